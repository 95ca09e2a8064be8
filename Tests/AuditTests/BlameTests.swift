import Audit
import Document
import Git
import TestSupport
import Testing

@Suite struct BlameTests {
    @Test func `names the commit of each field's line`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit(
            "first", ["base/web.yaml": "kind: A\nreplicas: 1\nname: x\n", "dev.yaml": "a: 1\n"])
        let second = try fixture.commit("second", ["base/web.yaml": "kind: A\nreplicas: 2\nname: x\n"])
        let id = try fixture.git("hash-object", "-w", "--stdin", input: "base/web.yaml")
        try fixture.git("update-index", "--add", "--cacheinfo", "120000,\(id),link.yaml")
        try fixture.git("commit", "-q", "-m", "link")
        let repository = try GitRepository(opening: fixture.work)
        let blame = Blame(repository)
        let web = SourceFile("base/web.yaml")
        let fields: [(path: String, origin: Origin)] = [
            ("spec.replicas", Origin(web, line: 2, column: 11)), ("kind", Origin(web, line: 1)),
            ("a", Origin(SourceFile("dev.yaml"), line: 1)), ("computed", .none), ("whole", Origin(web)),
            ("gone", Origin(SourceFile("missing.yaml"), line: 1)), ("beyond", Origin(web, line: 99)),
            ("outside", Origin(SourceFile("../x"), line: 1)), ("name", Origin(SourceFile("link.yaml"), line: 2)),
        ]
        let found = try await blame.blame(fields, at: repository.resolve("main"))
        #expect(found.map(\.path) == fields.map(\.path))
        #expect(
            found.map { $0.commit?.id.description } == [second, first, first, nil, nil, nil, nil, nil, second])
        #expect(found[0].commit?.author.name == "Ada")
    }

    @Test func `says that the repository cannot be read`() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1\n"])
        let repository = try GitRepository(opening: fixture.work)
        await #expect(throws: GitError.self) {
            try await Blame(repository).blame([("a", Origin(SourceFile("a"), line: 1))], at: .zero)
        }
    }
}
