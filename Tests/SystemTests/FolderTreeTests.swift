import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct FolderTreeTests {
    @Test func `a tree goes with all that is in it, whatever its names are`() throws {
        let temporary = try TemporaryFolder()
        let folder = "\(temporary.path)/tree"
        try Files.makeFolders("\(folder)/a/b/c")
        try Files.replace("\(folder)/a/b/file", with: [1])
        #expect(mkfifo("\(folder)/a/fifo", 0o600) == 0)
        let odd = Array("\(folder)/a/".utf8) + [0xff, 0xfe, 0]
        #expect(
            odd.withUnsafeBufferPointer {
                mkdir(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self), 0o700)
            } == 0)
        try Files.removeTree(folder)
        #expect(!Files.exists(folder))
    }

    @Test func `links are removed, not followed`() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        try Files.makeFolders("\(folder)/kept")
        try Files.replace("\(folder)/kept/file", with: [1])
        try Files.makeFolders("\(folder)/gone")
        #expect(symlink("\(folder)/kept", "\(folder)/gone/link") == 0)
        try Files.removeTree("\(folder)/gone")
        #expect(Files.exists("\(folder)/kept/file"))
        #expect(symlink("kept", "\(folder)/link") == 0)
        try Files.removeTree("\(folder)/link")
        #expect(Files.exists("\(folder)/kept/file"))
    }

    @Test func `what is gone already is fine, what cannot be reached is not`() throws {
        try Files.removeTree("/tmp/belay-tree-that-is-not-there")
        #expect(throws: SystemError.self) { try Files.removeTree("/proc/self") }
    }
}
