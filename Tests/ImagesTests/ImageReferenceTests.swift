import Testing

@testable import Images

@Suite struct ImageReferenceTests {
    private static let digest = "sha256:" + String(repeating: "ab", count: 32)

    @Test(arguments: [
        ("nginx", "docker.io/library/nginx:latest"), ("nginx:1.25", "docker.io/library/nginx:1.25"),
        ("library/nginx", "docker.io/library/nginx:latest"), ("bitnami/redis", "docker.io/bitnami/redis:latest"),
        ("index.docker.io/library/nginx", "docker.io/library/nginx:latest"),
        ("localhost/debian:12", "localhost/debian:12"), ("localhost:5000/a", "localhost:5000/a:latest"),
        ("127.0.0.1:5000/a/b:c", "127.0.0.1:5000/a/b:c"), ("[::1]:5000/a", "[::1]:5000/a:latest"),
        ("Example.com/a", "example.com/a:latest"), ("r.io/a_b__c-d--e.f", "r.io/a_b__c-d--e.f:latest"),
        ("a@\(digest)", "docker.io/library/a@\(digest)"), ("a:1@\(digest)", "docker.io/library/a:1@\(digest)"),
        ("r.io/a:V1.0_x-y", "r.io/a:V1.0_x-y"),
    ])
    func `a name is read to its whole form`(text: String, whole: String) throws {
        #expect(try ImageReference(text).description == whole)
        #expect(try ImageReference(whole).description == whole)
    }

    @Test(arguments: [
        "", ":", "a:", "a@", "UPPER", "a/UPPER", "a//b", "/a", "a/", "a:b:c", "a b", "a@sha256:short",
        "a@sha1:\(String(repeating: "a", count: 40))", "a@md5:00", "-a", "a-", "a..b", "a___b", "a.-b", "../etc",
        "r.io:0/a",
        "r.io:99999/a", "r.io/../a", "a:\(String(repeating: "t", count: 129))", "a:.t", "a\u{0}b", "r..io/a", "-r.io/a",
        "a@\(digest.uppercased())", String(repeating: "a", count: 600), "http://r.io/a", "ä/b",
    ])
    func `what is no name is refused`(text: String) {
        let error = #expect(throws: ImageError.self) { try ImageReference(text) }
        #expect(error?.code == .invalidName)
    }

    @Test(arguments: [
        ("a", PullPolicy.always), ("a:latest", .always), ("a:1", .ifNotPresent), ("a@\(digest)", .ifNotPresent),
        ("a:latest@\(digest)", .ifNotPresent),
    ])
    func `the policy follows from the tag as Kubernetes has it`(text: String, policy: PullPolicy) throws {
        #expect(try ImageReference(text).defaultPolicy == policy)
    }
}

@Suite struct ChallengeTests {
    @Test(arguments: [
        (
            [#"Bearer realm="https://auth.example/token",service="reg, of us",scope="repository:a/b:pull,push""#],
            Challenge.bearer(
                realm: "https://auth.example/token", service: "reg, of us", scope: "repository:a/b:pull,push")
        ),
        ([#"Basic realm="x""#], .basic), ([#"basic realm=x"#], .basic),
        ([#"Basic realm="x", Bearer realm="https://t""#], .bearer(realm: "https://t", service: nil, scope: nil)),
        (
            ["Basic realm=\"x\"", "Bearer realm=\"https://t\\\"u\""],
            .bearer(realm: "https://t\"u", service: nil, scope: nil)
        ),
    ])
    func `challenges are read`(headers: [String], expected: Challenge) {
        #expect(Challenge(headers) == expected)
    }

    @Test(arguments: ["", "Digest realm=x", "Bearer", "Bearer service=x", "=", "Bearer realm=\"open"])
    func `what is not understood is none`(header: String) {
        #expect(Challenge([header]) == nil)
    }
}
