import Cluster
import Document
import Listener
import LocalCluster
import Manifest
import Synchronization
import System
import TestSupport
import Testing

@testable import KubernetesAPI

private func configMap(_ name: String, _ value: String = "1") -> String {
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"\(name)\"},\"data\":{\"x\":\"\(value)\"}}"
}

private let maps = "/api/v1/namespaces/default/configmaps"

@Suite struct HTTPTests {
    /// The answer's body as a value, and its status.
    private func ask(_ fixture: APIFixture, _ path: String, _ arguments: String...) async throws -> (
        status: Int, body: Value
    ) {
        let text = try await fixture.curl(path, arguments: arguments + ["-w", "%{http_code}"])
        let bytes = Array(text.utf8)
        let body = try JSON.parse(Array(bytes.dropLast(3)))
        return (Int(String(decoding: bytes.suffix(3), as: UTF8.self)) ?? 0, body)
    }

    @Test func `a list comes in pages that follow one another`() async throws {
        let fixture = try await APIFixture()
        for number in 0..<25 { _ = try await ask(fixture, maps, "-d", configMap("c\(100 + number)")) }
        var (names, next, version): ([String], String, String) = ([], "", "")
        for page in 0..<3 {
            let (_, body) = try await ask(fixture, "\(maps)?limit=10&continue=\(next)")
            names += body["items"]?.items?.compactMap { $0[path: "metadata", "name"]?.string } ?? []
            next = body[path: "metadata", "continue"]?.string ?? ""
            let own = body[path: "metadata", "resourceVersion"]?.string ?? ""
            if page == 0 { version = own }
            #expect(own == version)
            #expect(body[path: "metadata", "remainingItemCount"]?.int == [15, 5, nil][page])
        }
        #expect(next == "")
        #expect(names == (0..<25).map { "c\(100 + $0)" })
        await fixture.server.stop()
    }

    @Test func `a watch tells lines of JSON until its time is over`() async throws {
        let isOver = Mutex(false)
        let clock = WallClock(
            now: { .now },
            sleep: { wait in
                #expect(wait == .seconds(2))
                while !isOver.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
            })
        let fixture = try await APIFixture(clock: clock)
        _ = try await ask(fixture, maps, "-d", configMap("first"))
        let said = "\(fixture.folder.path)/said"
        async let end = fixture.curl(
            "\(maps)?watch=true&timeoutSeconds=2&sendInitialEvents=true&allowWatchBookmarks=true"
                + "&resourceVersionMatch=NotOlderThan", arguments: ["-N", "-o", said])
        #expect(await eventually { (try? Files.text(said))?.contains("BOOKMARK") == true })
        _ = try await ask(fixture, maps, "-d", configMap("second"))
        _ = try await ask(fixture, "\(maps)/first", "-X", "DELETE")
        #expect(await eventually { (try? Files.text(said))?.contains("DELETED") == true })
        isOver.withLock { $0 = true }
        _ = try await end
        let events = try Files.text(said).split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        #expect(events.map { $0["type"]?.string } == ["ADDED", "BOOKMARK", "ADDED", "DELETED"])
        let annotations = events[1][path: "object", "metadata", "annotations"]
        #expect(annotations?["k8s.io/initial-events-end"]?.string == "true")
        await fixture.server.stop()
    }

    @Test func `a watch from an unknown version is 410`() async throws {
        let fixture = try await APIFixture()
        let (status, body) = try await ask(fixture, "\(maps)?watch=true&resourceVersion=99999")
        #expect(status == 410)
        #expect(body["reason"]?.string == "Expired")
        await fixture.server.stop()
    }

    @Test(arguments: [
        ("POST", maps, "{", 400, "BadRequest"), ("POST", maps, "[]", 400, "BadRequest"),
        ("POST", maps, "{\"kind\":\"Secret\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\"}}", 400, "BadRequest"),
        ("POST", maps, "{\"metadata\":{\"name\":\"a\",\"namespace\":\"other\"}}", 400, "BadRequest"),
        ("POST", maps, "{\"metadata\":{\"name\":\"A B\"}}", 422, "Invalid"),
        ("POST", "/api/v1/namespaces/default/widgets", "{}", 404, "NotFound"),
        ("PUT", "\(maps)/nobody", "{\"metadata\":{\"name\":\"nobody\"}}", 404, "NotFound"),
        ("PUT", "\(maps)/a", "{\"metadata\":{\"name\":\"b\"}}", 400, "BadRequest"),
        ("PUT", maps, "{}", 405, "MethodNotAllowed"), ("PATCH", "\(maps)/a", "{}", 415, "UnsupportedMediaType"),
        ("DELETE", "\(maps)/nobody", "{}", 404, "NotFound"),
        ("DELETE", "\(maps)/nobody", "{\"propagationPolicy\":\"Sideways\"}", 400, "BadRequest"),
        ("POST", "/nothing/here", "{}", 405, "MethodNotAllowed"),
    ])
    func `what cannot be done is a Status that says why`(
        method: String, path: String, body: String, status: Int, reason: String
    ) async throws {
        let fixture = try await APIFixture()
        let answer = try await ask(fixture, path, "-X", method, "-H", "Content-Type: application/json", "-d", body)
        #expect(answer.status == status)
        #expect(answer.body["kind"]?.string == "Status")
        #expect(answer.body["reason"]?.string == reason)
        #expect(answer.body["message"]?.string?.isEmpty == false)
        await fixture.server.stop()
    }

    @Test(arguments: ["labelSelector=a%20in%20(", "fieldSelector=nonsense", "fieldSelector=spec.x=1", "continue=zzz"])
    func `selectors and tokens that make no sense are refused`(query: String) async throws {
        let fixture = try await APIFixture()
        #expect(try await ask(fixture, "\(maps)?\(query)").status == 400)
        await fixture.server.stop()
    }

    @Test func `without the token there is nothing to see`() async throws {
        let fixture = try await APIFixture()
        for path in ["/version", "/api", maps, "/healthz", "/nothing"] {
            let (status, body) = try await ask(fixture, path, "-H", "Authorization: Bearer wrong")
            #expect(status == 401)
            #expect(body["reason"]?.string == "Unauthorized")
        }
        await fixture.server.stop()
    }

    @Test func `YAML is read as well as JSON, and a bomb is not`() async throws {
        let fixture = try await APIFixture()
        let yaml = "metadata: {name: y}\ndata: {a: b}\n"
        #expect(try await ask(fixture, maps, "-H", "Content-Type: application/yaml", "-d", yaml).status == 201)
        let bomb =
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + zip("bcdefgh", "abcdefg").map {
                "\($0): &\($0) [*\($1),*\($1),*\($1),*\($1),*\($1),*\($1),*\($1),*\($1),*\($1)]\n"
            }
            .joined()
        #expect(
            try await ask(fixture, maps, "-H", "Content-Type: application/yaml", "--data-binary", bomb).status == 400)
        let deep = "{\"metadata\":{\"name\":\"d\"},\"data\":" + String(repeating: "[", count: 5000)
        #expect(try await ask(fixture, maps, "-d", deep).status == 400)
        await fixture.server.stop()
    }

    @Test func `a dry run shows and keeps nothing`() async throws {
        let fixture = try await APIFixture()
        #expect(try await ask(fixture, "\(maps)?dryRun=All", "-d", configMap("a")).status == 201)
        #expect(try await ask(fixture, "\(maps)/a").status == 404)
        await fixture.server.stop()
    }

    @Test func `a collection is deleted by its labels`() async throws {
        let fixture = try await APIFixture()
        for name in ["a", "b", "c"] { _ = try await ask(fixture, maps, "-d", configMap(name)) }
        _ = try await ask(
            fixture, "\(maps)/b", "-X", "PATCH", "-H", "Content-Type: application/merge-patch+json", "-d",
            "{\"metadata\":{\"labels\":{\"keep\":\"yes\"}}}")
        #expect(try await ask(fixture, "\(maps)?labelSelector=!keep", "-g", "-X", "DELETE").status == 200)
        let (_, list) = try await ask(fixture, maps)
        #expect(list["items"]?.items?.map { $0[path: "metadata", "name"]?.string } == ["b"])
        await fixture.server.stop()
    }

    @Test func `many patches of one object at once all count`() async throws {
        let fixture = try await APIFixture()
        _ = try await ask(fixture, maps, "-d", configMap("a"))
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await ask(
                        fixture, "\(maps)/a", "-X", "PATCH", "-H", "Content-Type: application/merge-patch+json", "-d",
                        "{\"data\":{\"k\(number)\":\"v\"}}"
                    ).status
                }
            }
            for try await status in group { #expect(status == 200) }
        }
        #expect(try await ask(fixture, "\(maps)/a").body["data"]?.fields?.count == 13)
        await fixture.server.stop()
    }
}

@Suite struct RouteTests {
    @Test(
        arguments: [
            ("/api/v1/namespaces/shop/pods/web/log", "shop", "pods", "web", "log"),
            ("/api/v1/namespaces/shop", nil, "namespaces", "shop", nil),
            ("/api/v1/namespaces/shop/status", nil, "namespaces", "shop", "status"),
            ("/api/v1/pods", nil, "pods", nil, nil),
            ("/apis/apps/v1/namespaces/shop/deployments", "shop", "deployments", nil, nil),
        ] as [(String, String?, String, String?, String?)])
    func `paths of resources`(path: String, namespace: String?, plural: String, name: String?, subresource: String?) {
        guard case .resource(let found) = Route(path) else {
            Issue.record("no resource")
            return
        }
        #expect(found.namespace == namespace && found.plural == plural)
        #expect(found.name == name && found.subresource == subresource)
    }

    @Test(arguments: ["/", "/api/v1/a/b/c/d", "/apiary", "/api/v1/watch"])
    func `paths of nothing`(path: String) { #expect(Route(path) == .unknown) }

    @Test(arguments: [
        (0, "0s"), (119, "119s"), (120, "2m"), (150, "2m30s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"),
        (12_000, "3h20m"), (90_000, "25h"), (180_000, "2d2h"), (700_000, "8d"), (70_000_000, "2y80d"),
    ])
    func `ages read like kubectl's`(seconds: Int, text: String) { #expect(Age.text(seconds: seconds) == text) }

    @Test func `protobuf of another kind, or broken, is refused`() {
        for bytes in [
            [], Array("k8s\u{0}".utf8), Array("k8s\u{0}\u{0A}\u{7F}".utf8), [107, 56, 115, 0, 255, 255, 255],
        ] as [[UInt8]] {
            let error = #expect(throws: ClusterError.self) { try ProtobufObject.value(of: bytes) }
            #expect(error?.reason == .unsupportedMediaType)
        }
    }
}
