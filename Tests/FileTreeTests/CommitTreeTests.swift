import FileTree
import Foundation
import Git
import Testing

@Suite struct CommitTreeTests {
    /// Runs the real git, away from this machine's own settings.
    func git(_ arguments: String..., in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/git")
        process.arguments = ["-C", folder, "-c", "user.name=T", "-c", "user.email=t@example.com"] + arguments
        process.environment = ["GIT_CONFIG_NOSYSTEM": "1", "HOME": folder, "PATH": "/usr/bin:/bin"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func `reads a commit as it would read its checkout`() throws {
        let folder = try SampleFolder(
            ["apps/web/k.yaml": "one", "apps/web/cm.yaml": "two"], links: ["apps/link": "web", "out": "/etc"])
        try git("init", "-q", "-b", "main", ".", in: folder.path)
        try git("add", ".", in: folder.path)
        try git("commit", "-q", "-m", "one", in: folder.path)
        let repository = try GitRepository(opening: folder.path)
        let commit = try repository.resolve("main")
        let tree = try #require(ObjectTree(try repository.tree(at: commit)))
        let disk = try DirectoryTree(folder.path)
        for name in ["apps/web/k.yaml", "apps/link/cm.yaml"] {
            let path = try #require(TreePath(name))
            #expect(try tree.read(path).bytes == disk.read(path).bytes)
            #expect(try tree.contentID(of: path) == disk.contentID(of: path))
        }
        #expect(
            try tree.entries(of: try #require(TreePath("apps"))) == [
                FileEntry("link", .link), FileEntry("web", .folder),
            ])
        let out = try #require(TreePath("out/passwd"))
        #expect(throws: TreeError(out, .outside)) { try tree.read(out) }
    }
}
