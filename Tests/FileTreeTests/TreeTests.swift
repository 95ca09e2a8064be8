import FileTree
import Foundation
import TestSupport
import Testing

/// The same files on disk and in memory: every tree must answer alike.
final class SampleFolder {
    private let folder: TemporaryFolder
    var path: String { folder.path }

    init(_ files: [String: String], links: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        for (name, text) in files {
            let file = "\(folder.path)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: file, atomically: false, encoding: .utf8)
        }
        for (name, target) in links {
            try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(name)", withDestinationPath: target)
        }
    }
}

@Suite struct TreeTests {
    static let files = ["root/apps/web/a.yaml": "a: 1\n", "root/apps/web/b/c.yaml": "c", "root/top": "", "secret": "s"]
    static let links = [
        "root/apps/in": "web/b", "root/apps/up": "../top", "root/out": "../secret", "root/far": "/etc/passwd",
        "root/round": "round", "root/apps/detour": "../../root/top", "root/gone": "nothing",
    ]
    let folder: SampleFolder
    let trees: [any FileTree]

    init() throws {
        folder = try SampleFolder(Self.files, links: Self.links)
        func inside(_ entries: [String: String]) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: entries.filter { $0.key.hasPrefix("root/") }
                    .map { (String($0.key.dropFirst(5)), $0.value) })
        }
        trees = [
            try DirectoryTree("\(folder.path)/root"), MemoryTree(inside(Self.files), links: inside(Self.links)),
        ]
    }

    @Test func `reads files and links to them`() throws {
        for tree in trees {
            for (name, text) in [("apps/web/a.yaml", "a: 1\n"), ("apps/in/c.yaml", "c"), ("apps/up", ""), ("top", "")] {
                let file = try tree.read(try #require(TreePath(name)))
                #expect(String(decoding: file.bytes, as: UTF8.self) == text)
                #expect(try tree.contentID(of: try #require(TreePath(name))) == file.id)
            }
        }
    }

    @Test func `names content as git does`() {
        #expect(ContentID.blob(Array("hello\n".utf8)).hex == "ce013625030ba8dba906f756967f9e9ca394464a")
    }

    @Test func `lists a folder in byte order`() throws {
        for tree in trees {
            let expected = [
                FileEntry("apps", .folder), FileEntry("far", .link), FileEntry("gone", .link), FileEntry("out", .link),
                FileEntry("round", .link), FileEntry("top", .file),
            ]
            #expect(try tree.entries(of: .root) == expected)
            #expect(try tree.entries(of: try #require(TreePath("apps/in"))) == [FileEntry("c.yaml", .file)])
        }
    }

    @Test(arguments: [
        ("apps", EntryKind.folder), ("apps/web/a.yaml", .file), ("apps/in", .folder), ("nothing", .absent),
        ("apps/web/a.yaml/x", .absent), ("gone", .absent), ("", .folder),
    ])
    func `says what a path is`(path: String, kind: EntryKind) throws {
        for tree in trees { #expect(try tree.kind(of: try #require(TreePath(path))) == kind) }
    }

    @Test(arguments: [
        ("out", TreeError.Reason.outside), ("far", .outside), ("apps/detour", .outside), ("round", .tooManyLinks),
        ("apps", .isFolder), ("nothing", .absent), ("gone", .absent),
    ])
    func `refuses to read what is not a file beneath the root`(path: String, reason: TreeError.Reason) throws {
        for tree in trees {
            let path = try #require(TreePath(path))
            #expect(throws: TreeError(path, reason)) { try tree.read(path) }
        }
    }

    @Test func `refuses devices and files beyond the limit`() throws {
        let device = try #require(TreePath("null"))
        #expect(throws: TreeError(device, .notReadable)) { try DirectoryTree("/dev").read(device) }
        let small = try DirectoryTree("\(folder.path)/root", limit: 3)
        let path = try #require(TreePath("apps/web/a.yaml"))
        #expect(throws: TreeError(path, .tooLarge(limit: 3))) { try small.read(path) }
    }

    @Test func `does not wait for a FIFO's writer`() throws {
        #expect(mkfifo("\(folder.path)/root/fifo", 0o600) == 0)
        let path = try #require(TreePath("fifo"))
        #expect(throws: TreeError(path, .notReadable)) { try trees[0].read(path) }
    }

    @Test func `names files as it was told to`() throws {
        let tree = try DirectoryTree("/", displayedAs: "/")
        #expect(tree.displayName(of: try #require(TreePath("etc/hosts"))) == "/etc/hosts")
        #expect(try tree.kind(of: try #require(TreePath("etc"))) == .folder)
    }
}
