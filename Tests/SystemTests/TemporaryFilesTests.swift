import Glibc
import TestSupport
import Testing

@testable import System

@Suite struct TemporaryFilesTests {
    @Test func `a temporary folder is its owner's alone, and has a name of its own`() throws {
        let temporary = try TemporaryFolder()
        let first = try Files.makeTemporaryFolder(in: temporary.path)
        #expect(try Files.makeTemporaryFolder(in: temporary.path) != first)
        var status = stat()
        #expect(stat(first, &status) == 0 && status.st_mode & 0o777 == 0o700)
        #expect(throws: SystemError.self) { try Files.makeTemporaryFolder(in: "\(temporary.path)/none") }
    }

    @Test(arguments: ["disk", "proc"]) func `a file without a name can be read again and stands nowhere`(place: String)
        throws
    {
        guard place == "disk" else {
            #expect(throws: SystemError.self) { _ = try Files.openUnnamed(in: "/proc") }
            return
        }
        let temporary = try TemporaryFolder()
        let file = try Files.openUnnamed(in: temporary.path)
        try Files.write([1, 2, 3], to: file.raw, named: "unnamed")
        var bytes = [UInt8](repeating: 0, count: 4)
        #expect(pread(file.raw, &bytes, 4, 0) == 3 && bytes == [1, 2, 3, 0])
        #expect(try Files.names(in: temporary.path) == [])
        #expect(fcntl(file.raw, F_GETFD) & FD_CLOEXEC != 0)
    }
}
