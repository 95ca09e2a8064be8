import Git
import TestSupport
import Testing

@Suite struct GitTreeTests {
    private func makeTree(_ fixture: GitFixture, _ files: [String: String]) throws -> GitTree {
        let id = try #require(ObjectID(try fixture.commit("first", files)))
        return try GitRepository(opening: fixture.work).tree(at: id)
    }

    @Test func `reads files and folders at a commit`() throws {
        let fixture = try GitFixture()
        let tree = try makeTree(fixture, ["apps/web/base/a.yaml": "a: 1\n", "apps/web/b.yaml": "b\n", "top": ""])
        #expect(try text(tree.blob(at: "apps/web/base/a.yaml")) == "a: 1\n")
        #expect(try tree.blob(at: "top").isEmpty)
        #expect(try tree.entries().map(\.name) == ["apps", "top"])
        #expect(try tree.entries(of: "apps/web").map(\.name) == ["b.yaml", "base"])
        #expect(try tree.entries(of: "apps/web").map(\.kind) == [.file, .folder])
        #expect(try tree.entry(at: "")?.kind == .folder)
        #expect(
            try tree.walk().map(\.path) == [
                "apps", "apps/web", "apps/web/b.yaml", "apps/web/base", "apps/web/base/a.yaml", "top",
            ])
        let id = try fixture.git("rev-parse", "HEAD:apps/web/b.yaml")
        #expect(try tree.entry(at: "apps/web/b.yaml")?.id == ObjectID(id))
    }

    @Test(arguments: ["missing", "top/below", "link/below", "link/a", "module/x", "apps/missing/x"])
    func `finds nothing where nothing is, through files, links and submodules too`(path: String) throws {
        let fixture = try GitFixture()
        try fixture.write("top", "x")
        try fixture.write("apps/a", "x")
        try fixture.git("add", "-A")
        try fixture.git("update-index", "--add", "--cacheinfo", "160000,\(String(repeating: "1", count: 40)),module")
        let target = try fixture.git("hash-object", "-w", "--stdin", input: "apps")
        try fixture.git("update-index", "--add", "--cacheinfo", "120000,\(target),link")
        try fixture.git("commit", "-q", "-m", "odd modes")
        let repository = try GitRepository(opening: fixture.work)
        let tree = try repository.tree(at: repository.resolve("main"))
        #expect(try tree.entry(at: path) == nil)
        #expect(try tree.entry(at: "link")?.kind == .symlink)
        #expect(try tree.entry(at: "module")?.kind == .submodule)
        #expect(try text(tree.blob(at: "link")) == "apps")
        #expect(throws: GitError.self) { try tree.blob(at: "module") }
        #expect(throws: GitError.self) { try tree.blob(at: path) }
        #expect(throws: GitError.self) { try tree.entries(of: path) }
    }

    @Test(arguments: [
        "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a/.git/config", "a\0b",
        String(repeating: "a", count: 5000),
    ])
    func `refuses what is no path inside a repository`(path: String) throws {
        let fixture = try GitFixture()
        let tree = try makeTree(fixture, ["a/b": "x"])
        #expect(throws: GitError.self) { try tree.entry(at: path) }
        #expect(throws: GitError.self) { try tree.blob(at: path) }
    }

    @Test func `refuses a file and a folder larger than the caller's limit`() throws {
        let fixture = try GitFixture()
        let tree = try makeTree(fixture, ["big": String(repeating: "x", count: 1001), "a": "", "b": ""])
        #expect(try tree.blob(at: "big", limit: 1001).count == 1001)
        let failure = #expect(throws: GitError.self) { try tree.blob(at: "big", limit: 1000) }
        #expect(failure?.code == .tooLarge)
        #expect(throws: GitError.self) { try tree.entries(limit: 2) }
        #expect(throws: GitError.self) { try tree.walk(limit: 2) }
    }

    @Test func `refuses entries that no git makes`() throws {
        let fixture = try GitFixture()
        let blob = try fixture.git("hash-object", "-w", "--stdin", input: "x")
        let bytes = try #require(ObjectID(blob)).bytes
        let file = fixture.folder + "/tree"
        try runProgram([
            "sh", "-c",
            "printf '100644 ..\\000' > \(file); printf '\(bytes.map { "\\" + String($0, radix: 8) }.joined())' >> \(file)",
        ])
        let id = try #require(ObjectID(try fixture.git("hash-object", "-t", "tree", "--literally", "-w", file)))
        let failure = #expect(throws: GitError.self) { try GitRepository(opening: fixture.work).tree(id).entries() }
        #expect(failure?.code == .malformed)
    }

    @Test func `takes a missing object for damage, never for an absent file`() throws {
        let fixture = try GitFixture()
        let tree = try makeTree(fixture, ["a/b": "x", "c": "y"])
        for path in ["HEAD:a", "HEAD:c"] {
            let id = try fixture.git("rev-parse", path)
            try runProgram(["rm", "-f", "\(fixture.work)/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))"])
        }
        let folder = #expect(throws: GitError.self) { try tree.entry(at: "a/b") }
        #expect(folder?.code == .malformed)
        let file = #expect(throws: GitError.self) { try tree.blob(at: "c") }
        #expect(file?.code == .malformed)
    }

    @Test func `is read by many threads at once`() async throws {
        let fixture = try GitFixture()
        let files = Dictionary(uniqueKeysWithValues: (0..<50).map { ("d/f\($0)", "text \($0)") })
        let tree = try makeTree(fixture, files)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for (path, content) in files {
                        let found = try text(tree.blob(at: path))
                        #expect(found == content)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Bytes as text.
func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}
