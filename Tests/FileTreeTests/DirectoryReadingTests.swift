import FileTree
import Foundation
import Glibc
import TestSupport
import Testing

/// A folder read the short way, for one rendering, answers as the folder itself does.
@Suite struct DirectoryReadingTests {
    static let paths = [
        ".", "apps", "apps/web", "apps/web/a.yaml", "apps/web/b/c.yaml", "apps/in", "apps/in/c.yaml", "apps/up", "top",
        "top/below", "out", "far", "round", "round/more", "gone", "nothing", "nothing/at/all", "apps/detour", "pipe",
    ]

    /// What a tree says of a path in every way, as text.
    private func answers(_ tree: any FileTree, _ path: TreePath) -> [String] {
        func told(_ what: () throws -> Any) -> String {
            do { return "\(try what())" } catch { return "\((error as? TreeError)?.reason as Any)" }
        }
        return [
            told { try tree.kind(of: path) }, told { try tree.resolved(path) }, told { try tree.read(path).bytes },
            told { try tree.contentID(of: path) }, told { try tree.kind(of: path) },
            told { try tree.look(at: path).kind }, told { try tree.look(at: path).place },
            told { try tree.look(at: path).id.map { try $0 == tree.contentID(of: path) } ?? true },
        ]
    }

    @Test(arguments: [false, true])
    func `gives the same answers`(remembersIDs: Bool) throws {
        let folder = try SampleFolder(TreeTests.files, links: TreeTests.links)
        #expect(mkfifo("\(folder.path)/root/pipe", 0o600) == 0)
        let tree = try DirectoryTree("\(folder.path)/root")
        for round in 0..<2 {
            let reading = tree.reading(remembersIDs: remembersIDs)
            for text in Self.paths {
                let path = try #require(TreePath(text))
                #expect(answers(reading, path) == answers(tree, path), "\(text), round \(round)")
            }
        }
    }

    @Test func `holds to what it saw for as long as it lasts`() throws {
        let folder = try SampleFolder(["kept.yaml": "one"])
        let tree = try DirectoryTree(folder.path)
        let path = try #require(TreePath("kept.yaml"))
        usleep(50_000)
        _ = try tree.reading(remembersIDs: true).contentID(of: path)
        let reading = tree.reading(remembersIDs: true)
        let first = try reading.contentID(of: path)
        try "two".write(toFile: "\(folder.path)/kept.yaml", atomically: false, encoding: .utf8)
        #expect(try reading.contentID(of: path) == first)
        // What is read says which content it is, whatever was thought before.
        #expect(try reading.read(path).id == .blob(Array("two".utf8)))
        #expect(try reading.contentID(of: path) == .blob(Array("two".utf8)))
        #expect(try tree.reading(remembersIDs: true).contentID(of: path) == .blob(Array("two".utf8)))
    }

    @Test func `sees a change that leaves size and time of a file as they were`() throws {
        let folder = try SampleFolder(["kept.yaml": "one"])
        let tree = try DirectoryTree(folder.path)
        let file = "\(folder.path)/kept.yaml"
        let path = try #require(TreePath("kept.yaml"))
        // Past the tick in which the file was written, so that its id is remembered.
        usleep(50_000)
        let first = try tree.reading(remembersIDs: true).contentID(of: path)
        #expect(first == .blob(Array("one".utf8)))
        var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, file, &times, 0) == 0)
        usleep(50_000)
        #expect(try tree.reading(remembersIDs: true).contentID(of: path) == first)
        try "two".write(toFile: file, atomically: false, encoding: .utf8)
        #expect(utimensat(AT_FDCWD, file, &times, 0) == 0)
        #expect(try tree.reading(remembersIDs: true).contentID(of: path) == .blob(Array("two".utf8)))
    }

    @Test func `sees names come and go, and what became another thing`() throws {
        let folder = try SampleFolder(["kept/a.yaml": "one", "kept/b.yaml": "two"])
        let tree = try DirectoryTree(folder.path)
        let path = try #require(TreePath("kept"))
        func names() throws -> [String] {
            let reading = tree.reading(remembersIDs: true)
            let entries = try reading.entries(of: path)
            #expect(try reading.entries(of: path) == entries)
            return entries.map { "\($0.name) \($0.kind)" }
        }
        for _ in 0..<2 {
            // Past the tick of the last change, so that what is listed is remembered.
            usleep(50_000)
            #expect(try names() == ["a.yaml file", "b.yaml file"])
        }
        try "three".write(toFile: "\(folder.path)/kept/c.yaml", atomically: false, encoding: .utf8)
        #expect(try names() == ["a.yaml file", "b.yaml file", "c.yaml file"])
        usleep(50_000)
        #expect(try names().count == 3)
        #expect(unlink("\(folder.path)/kept/a.yaml") == 0 && mkdir("\(folder.path)/kept/a.yaml", 0o700) == 0)
        #expect(try names() == ["a.yaml folder", "b.yaml file", "c.yaml file"])
        #expect(rename("\(folder.path)/kept", "\(folder.path)/away") == 0)
        #expect(throws: TreeError.self) { try names() }
        #expect(mkdir("\(folder.path)/kept", 0o700) == 0)
        #expect(try names() == [])
    }

    @Test func `sees changes that follow one another at once`() throws {
        let folder = try SampleFolder(["quick.yaml": "0"])
        let tree = try DirectoryTree(folder.path)
        let path = try #require(TreePath("quick.yaml"))
        for number in 1...200 {
            let text = "\(number % 10)"
            try text.write(toFile: "\(folder.path)/quick.yaml", atomically: false, encoding: .utf8)
            let file = try tree.reading(remembersIDs: true).read(path)
            #expect(file.bytes == Array(text.utf8))
            #expect(file.id == .blob(file.bytes))
        }
    }
}
