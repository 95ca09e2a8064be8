import Archive
import Crypto
import Document
import FileTree
import System
import TestSupport
import Testing

@Suite struct ArchiveTreeTests {
    private func tar(_ script: String) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try Program.run(["sh", "-ec", "cd \(folder.path); mkdir in; cd in; \(script)"])
        return try Files.read("\(folder.path)/out.tgz")
    }

    @Test func `an archive reads as a tree`() throws {
        let bytes = try tar(
            "mkdir -p app/templates; echo one >app/a; echo two >app/templates/b; tar czf ../out.tgz app")
        let tree = try ArchiveTree(bytes, digest: .sha256(bytes), displayedAs: "app.tgz")
        let folder = TreePath.root.appending("app")
        #expect(try tree.entries(of: folder).map(\.name) == ["a", "templates"])
        #expect(try tree.read(folder.appending("templates").appending("b")).bytes == Array("two\n".utf8))
        #expect(tree.displayName(of: folder.appending("a")) == "app.tgz/app/a")
    }

    @Test func `another digest is refused`() throws {
        let bytes = try tar("echo one >a; tar czf ../out.tgz a")
        #expect(throws: Problem.self) { try ArchiveTree(bytes, digest: .sha256("other"), displayedAs: "a.tgz") }
    }

    @Test(arguments: [
        (
            "echo one >a; tar czPf ../out.tgz ../in/../../a 2>/dev/null || tar czf ../out.tgz --transform 's|^|../../|' -P a",
            "leads out"
        ),
        ("truncate -s 300M zeros; tar czf ../out.tgz zeros", "more than"),
        ("mkdir a; tar czf ../out.tgz a", "holds no files"), ("echo hello >../out.tgz", "cannot be read"),
        ("echo one >a; tar cf - a | gzip | head -c 40 >../out.tgz", "cannot be read"),
    ])
    func `what is broken, leads out or holds too much is refused`(script: String, message: String) throws {
        let bytes = try tar(script)
        let problem = #expect(throws: Problem.self) { try ArchiveTree(bytes, digest: nil, displayedAs: "a.tgz") }
        #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
    }

    @Test func `links and devices are passed over`() throws {
        let bytes = try tar("echo one >a; ln -s /etc/passwd b; mkfifo c; tar czf ../out.tgz a b c")
        let tree = try ArchiveTree(bytes, digest: nil, displayedAs: "a.tgz")
        #expect(try tree.entries(of: .root).map(\.name) == ["a"])
    }

    @Test func `files are laid over a tree, and seen from every side`() throws {
        let base = MemoryTree(["app/a": "one", "app/b": "two"])
        let app = TreePath.root.appending("app")
        let tree = OverlaidTree(
            base, adding: [app.appending("charts").appending("c.tgz"): [1], app.appending("b"): [2]])
        #expect(try tree.entries(of: app) == [.init("a", .file), .init("b", .file), .init("charts", .folder)])
        #expect(try tree.kind(of: app.appending("charts")) == .folder)
        #expect(try tree.entries(of: app.appending("charts")) == [.init("c.tgz", .file)])
        #expect(try tree.read(app.appending("b")).bytes == [2])
        #expect(try tree.read(app.appending("a")).bytes == Array("one".utf8))
        #expect(try tree.kind(of: app.appending("none")) == .absent)
    }
}
