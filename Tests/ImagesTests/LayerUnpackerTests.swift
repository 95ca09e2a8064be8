import Archive
import CLinux
import Glibc
import System
import TestSupport
import Testing

@testable import Images

@Suite struct LayerUnpackerTests {
    private let folder: TemporaryFolder
    private let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = "\(folder.path)/root"
    }

    private func status(_ path: String) throws -> stat {
        var status = stat()
        try checked("lstat", on: path) { lstat("\(root)/\(path)", &status) }
        return status
    }

    private func attribute(_ name: String, of path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = lgetxattr("\(root)/\(path)", name, &buffer, buffer.count)
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }

    @Test func `modes, owners, times and links are as the layer says`() throws {
        var program = Layers.file("bin/program", "content", mode: 0o4755)
        program.header.user = 12
        program.header.group = 34
        program.header.modified = 1_000_000_000
        program.header.attributes = [.init(name: "user.note", value: Array("kept".utf8))]
        var bin = Layers.folder("bin", mode: 0o750)
        bin.header.modified = 1_100_000_000
        try Layers.unpack(
            [bin, program, Layers.hardLink("bin/other", "bin/program"), Layers.link("bin/link", "program")], into: root)
        let file = try status("bin/program")
        #expect(file.st_mode & 0o7777 == 0o4755)
        #expect(file.st_uid == 12 && file.st_gid == 34)
        #expect(file.st_mtim.tv_sec == 1_000_000_000)
        #expect(file.st_nlink == 2)
        #expect(attribute("user.note", of: "bin/program") == "kept")
        #expect(try status("bin").st_mode & 0o7777 == 0o750)
        #expect(try status("bin").st_mtim.tv_sec == 1_100_000_000)
        #expect(try Files.text("\(root)/bin/link") == "content")
    }

    @Test func `a folder nobody can write into still takes its entries`() throws {
        try Layers.unpack(
            [Layers.folder("a", mode: 0o000), Layers.file("a/b"), Layers.folder("a/c", mode: 0o111)], into: root)
        #expect(try status("a").st_mode & 0o7777 == 0)
        #expect(Files.exists("\(root)/a/b"))
    }

    @Test func `a whiteout becomes a device 0:0, an opaque folder gets its attribute`() throws {
        try Layers.unpack(
            [
                Layers.file("etc/.wh.gone"), Layers.folder("var"), Layers.file("var/.wh..wh..opq"),
                Layers.file("var/new"),
                Layers.file(".wh..wh.plnk"),
            ], into: root)
        #expect(Whiteout.isOne(try status("etc/gone")))
        #expect(attribute("trusted.overlay.opaque", of: "var") == "y")
        #expect(try Files.names(in: root) == ["etc", "var"])
        #expect(try Files.names(in: "\(root)/var") == ["new"])
    }

    @Test func `what a layer hides and makes anew hides what is below, in either order`() throws {
        try Layers.unpack(
            [
                Layers.file(".wh.a"), Layers.folder("a"), Layers.file("a/x"), Layers.folder("b"), Layers.file("b/x"),
                Layers.file(".wh.b"), Layers.file(".wh.c"), Layers.file("c", "new"),
            ], into: root)
        #expect(attribute("trusted.overlay.opaque", of: "a") == "y")
        #expect(attribute("trusted.overlay.opaque", of: "b") == "y")
        #expect(Files.exists("\(root)/b/x"))
        #expect(try Files.text("\(root)/c") == "new")
    }

    @Test func `the last of two entries with one name counts`() throws {
        try Layers.unpack(
            [
                Layers.file("a", "1"), Layers.file("a", "2"), Layers.file("b"), Layers.folder("b"), Layers.folder("c"),
                Layers.file("c/d"), Layers.file("c", "file"), Layers.link("d", "x"), Layers.file("d", "no link"),
            ], into: root)
        #expect(try Files.text("\(root)/a") == "2")
        #expect(FileKind(try status("b")) == .folder)
        #expect(try Files.text("\(root)/c") == "file")
        #expect(try Files.text("\(root)/d") == "no link")
    }

    @Test func `devices of the image's own /dev are left out`() throws {
        let null = ArchiveEntry(path: Array("./dev/null".utf8), kind: .characterDevice(major: 1, minor: 3), mode: 0o666)
        try Layers.unpack(
            [Layers.folder("dev"), .init(header: null), Layers.link("dev/fd", "/proc/self/fd")], into: root)
        #expect(try Files.names(in: "\(root)/dev") == ["fd"])
    }

    @Test func `security modules' attributes are left out`() throws {
        var file = Layers.file("a")
        file.header.attributes = [.init(name: "security.selinux", value: [1]), .init(name: "trusted.x", value: [1])]
        try Layers.unpack([file], into: root)
        #expect(attribute("trusted.x", of: "a") == nil)
    }
}

/// After containerd's TestBreakouts and the published escapes: nothing may be made, changed or read outside the root.
@Suite struct BreakoutTests {
    private let folder: TemporaryFolder
    private let root: String

    init() throws {
        folder = try TemporaryFolder()
        root = "\(folder.path)/root"
        try Files.makeFolders("\(folder.path)/outside")
        try Files.replace("\(folder.path)/outside/file", with: Array("untouched".utf8))
    }

    static let refused: [(String, [Layers.Entry])] = [
        ("a name that climbs", [Layers.file("../outside/new")]),
        ("a name that climbs inside", [Layers.file("a/../../outside/new")]),
        ("a folder that climbs", [Layers.folder("..")]),
        ("a whiteout that climbs", [Layers.file("../outside/.wh.file")]),
        ("a whiteout of ..", [Layers.file("a/.wh...")]), ("a whiteout of .", [Layers.file("a/.wh..")]),
        ("a whiteout of nothing", [Layers.file("a/.wh.")]), ("an opaque root", [Layers.file(".wh..wh..opq")]),
        ("a hard link that climbs", [Layers.hardLink("a", "../outside/file")]),
        ("a hard link to what is not there", [Layers.hardLink("a", "etc/shadow")]),
        ("a hard link to a folder", [Layers.folder("d"), Layers.hardLink("a", "d")]),
        ("a hard link to a whiteout", [Layers.file(".wh.w"), Layers.hardLink("a", "w")]),
        ("a file under a file", [Layers.file("a"), Layers.file("a/b")]),
        ("a link to itself as a folder", [Layers.link("a", "a"), Layers.file("a/b")]),
        ("the root as a file", [Layers.file(".")]), ("the root as a link", [Layers.link(".", "/")]),
        (
            "a device",
            [
                .init(
                    header: ArchiveEntry(path: Array("sda".utf8), kind: .blockDevice(major: 8, minor: 0), mode: 0o600))
            ]
        ),
        (
            "a device that calls itself dev",
            [
                .init(
                    header: ArchiveEntry(
                        path: Array("dev".utf8), kind: .characterDevice(major: 1, minor: 1), mode: 0o600))
            ]
        ),
        (
            "a whiteout in overlayfs' form",
            [
                .init(
                    header: ArchiveEntry(path: Array("etc/x".utf8), kind: .characterDevice(major: 0, minor: 0), mode: 0)
                )
            ]
        ),
        ("overlayfs' own attributes", [attributed("trusted.overlay.redirect")]),
        ("overlayfs' own attributes for users", [attributed("user.overlay.opaque")]),
    ]

    private static func attributed(_ name: String) -> Layers.Entry {
        var file = Layers.file("a")
        file.header.attributes = [.init(name: name, value: Array("/etc".utf8))]
        return file
    }

    @Test(arguments: refused.indices)
    func `what must not be is refused by its name`(index: Int) throws {
        let (_, entries) = Self.refused[index]
        let error = #expect(throws: ImageError.self) { try Layers.unpack(entries, into: root) }
        #expect(error?.code == .refused)
        #expect(error?.message.contains("“") == true)
        #expect(try Files.names(in: "\(folder.path)/outside") == ["file"])
    }

    static let contained: [(String, [Layers.Entry])] = [
        (
            "a file through an absolute link",
            [Layers.link("l", "/outside"), Layers.folder("outside"), Layers.file("l/file")]
        ),
        (
            "a file through a climbing link",
            [Layers.link("l", "../../outside"), Layers.folder("outside"), Layers.file("l/file")]
        ),
        ("a file in place of a link", [Layers.link("l", "../outside/file"), Layers.file("l", "mine")]),
        ("a hard link to a link", [Layers.link("l", "../outside/file"), Layers.hardLink("h", "l")]),
        ("an absolute name", [Layers.file("/outside/file")]),
        (
            "a folder in place of a link, then into it",
            [Layers.link("l", "../outside"), Layers.folder("l"), Layers.file("l/file")]
        ),
        (
            "a link in place of a folder",
            [
                Layers.folder("d"), Layers.file("d/x"), Layers.link("d", "../outside"), Layers.folder("outside"),
                Layers.file("d/file"),
            ]
        ),
        (
            "links that chain",
            [
                Layers.folder("outside"), Layers.link("a", "/b"), Layers.link("b", "../../../outside"),
                Layers.file("a/file"),
            ]
        ),
        (
            "a hard link through a link",
            [
                Layers.folder("outside"), Layers.file("outside/file"), Layers.link("l", "/outside"),
                Layers.hardLink("h", "l/file"),
            ]
        ),
        (
            "an opaque folder through a link",
            [Layers.folder("outside"), Layers.link("l", "/outside"), Layers.file("l/.wh.file")]
        ),
    ]

    @Test(arguments: contained.indices)
    func `what leads out leads within`(index: Int) throws {
        try Layers.unpack(Self.contained[index].1, into: root)
        #expect(try Files.text("\(folder.path)/outside/file") == "untouched")
        #expect(try Files.names(in: "\(folder.path)/outside") == ["file"])
        var status = stat()
        #expect(stat("\(folder.path)/outside/file", &status) == 0 && status.st_nlink == 1)
    }
}
