import FileTree
import Testing

@Suite struct RemoteBaseTests {
    @Test(arguments: [
        ("https://host.example/org/repo", "https://host.example/org/repo", ""),
        ("https://host.example/org/repo.git", "https://host.example/org/repo", ""),
        ("https://host.example/org/repo//deploy/base?ref=v1", "https://host.example/org/repo", "deploy/base"),
        ("https://host.example/org/repo.git/deploy", "https://host.example/org/repo", "deploy"),
        ("https://host.example/org/repo/deploy/base/?ref=v1&timeout=9", "https://host.example/org/repo", "deploy/base"),
        ("https://host.example/group/sub/repo//a", "https://host.example/group/sub/repo", "a"),
        ("git::https://host.example/org/repo//a", "https://host.example/org/repo", "a"),
        ("github.com/org/repo/examples/x?ref=v1.0.6", "https://github.com/org/repo", "examples/x"),
        ("ssh://git@host.example/org/repo/a", "ssh://git@host.example/org/repo", "a"),
        ("git@host.example:org/repo//a/b", "git@host.example:org/repo", "a/b"),
        ("git@host.example/org/repo/a?ref=v1", "git@host.example:org/repo", "a"),
        ("git@host.example:org/repo.git", "git@host.example:org/repo", ""),
        ("http://127.0.0.1:80/x.git//", "http://127.0.0.1:80/x", ""),
    ])
    func `finds the repository and the folder`(text: String, repository: String, folder: String) throws {
        let base = try #require(RemoteBase(text))
        #expect(base.repository == repository)
        #expect(base.folder == folder)
        #expect(base.url == repository || base.url == repository + ".git")
    }

    @Test(arguments: ["../base", "https://", "https://host.example", "git@host.example", "base/x.yaml", ""])
    func `takes nothing else for an address`(text: String) {
        #expect(RemoteBase(text) == nil)
    }
}

@Suite struct MountedTreeTests {
    let commit = String(repeating: "ab", count: 20)

    func tree(commit: String? = nil) throws -> MountedTree {
        let base = try #require(RemoteBase("https://host.example/org/repo"))
        let other = MemoryTree(["deploy/a.yaml": "a: 1", "deploy/b.yaml": "b: 2"], links: ["link": "deploy"])
        return MountedTree(
            MemoryTree(["own.yaml": "own: 1"]), mounts: [.init(base, at: commit ?? self.commit, other)])
    }

    @Test func `shows its own files and those of a mount`() throws {
        let tree = try tree()
        let folder = try #require(tree.path(ofRemote: "https://host.example/org/repo.git//deploy?ref=main"))
        #expect(try tree.kind(of: folder) == .folder)
        #expect(try tree.entries(of: folder).map(\.name) == ["a.yaml", "b.yaml"])
        #expect(try tree.read(folder.appending("a.yaml")).bytes == Array("a: 1".utf8))
        #expect(try tree.kind(of: folder.appending("c.yaml")) == .absent)
        #expect(
            tree.displayName(of: folder.appending("a.yaml"))
                == "https://host.example/org/repo@abababababab:deploy/a.yaml")
        let root = try #require(folder.remoteRoot)
        #expect(try tree.resolved(root.appending("link")) == folder)
        #expect(try tree.kind(of: #require(TreePath("own.yaml"))) == .file)
        #expect(tree.path(ofRemote: "https://host.example/org/another") == nil)
    }

    @Test func `has a version that names all of its commits, unless its own part may change`() throws {
        let first = try #require(try tree().version)
        #expect(try tree().version == first)
        #expect(try tree(commit: String(repeating: "cd", count: 20)).version != first)
        let base = try #require(RemoteBase("https://host.example/org/repo"))
        let mount = MountedTree.Mount(base, at: commit, MemoryTree(["deploy/a.yaml": "a: 1"]))
        #expect(MountedTree(MemoryTree(["own.yaml": "own: 2"]), mounts: [mount]).version != first)
        let folder = try SampleFolder(["own.yaml": "own: 1"])
        #expect(MountedTree(try DirectoryTree(folder.path), mounts: [mount]).version == nil)
    }

    @Test func `is read like what it is made of`() throws {
        let folder = try SampleFolder(["own.yaml": "own: 1"])
        let base = try #require(RemoteBase("https://host.example/org/repo"))
        let mount = MountedTree.Mount(
            base, at: commit, MemoryTree(["deploy/a.yaml": "a: 1"], links: ["link": "deploy"]))
        let tree = MountedTree(try DirectoryTree(folder.path), mounts: [mount])
        let reading = tree.reading(remembersIDs: true)
        let remote = try #require(tree.path(ofRemote: "https://host.example/org/repo"))
        let names = ["deploy/a.yaml", "link/a.yaml", "gone"]
        for path in [TreePath.root, remote] + names.map(remote.appending)
            + ["own.yaml", "gone"].compactMap(TreePath.init)
        {
            let (short, long) = (try reading.look(at: path), try tree.look(at: path))
            #expect(short.kind == long.kind && short.place == long.place)
            #expect(try reading.kind(of: path) == tree.kind(of: path))
            #expect(reading.displayName(of: path) == tree.displayName(of: path))
        }
        #expect(reading.path(ofRemote: "https://host.example/org/repo") == remote)
        let own = try #require(TreePath("own.yaml"))
        #expect(try reading.read(own).id == tree.contentID(of: own))
        let linked = try reading.look(at: remote.appending("link/a.yaml"))
        #expect(linked.place == remote.appending("deploy/a.yaml"))
        #expect(linked.id == .blob(Array("a: 1".utf8)))
    }

    @Test func `allows no other folder than the one that is pinned`() throws {
        let base = try #require(RemoteBase("https://host.example/org/repo//deploy"))
        let tree = MountedTree(MemoryTree([:]), mounts: [.init(base, at: commit, MemoryTree(["deploy/a": "1"]))])
        #expect(tree.path(ofRemote: "https://host.example/org/repo//deploy") != nil)
        #expect(tree.path(ofRemote: "https://host.example/org/repo//secret") == nil)
    }

    @Test func `what was read at another commit is not unchanged`() throws {
        let before = try tree()
        let recording = RecordingTree(before)
        let folder = try #require(recording.path(ofRemote: "https://host.example/org/repo//deploy"))
        _ = try recording.read(folder.appending("a.yaml"))
        #expect(try recording.readSet.isUnchanged(in: before))
        #expect(try !recording.readSet.isUnchanged(in: tree(commit: String(repeating: "cd", count: 20))))
    }
}
