import Glibc
import System

/// Where output waits until it may go: closed, it holds what it is given; open, it hands everything on.
///
/// What is held is in memory as long as it is little, then in a file without a name, which is gone with the process. It
/// only ever holds what has been scrubbed. Not `Sendable`: whoever's turn it is to write uses it.
package final class OutputGate {
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    /// Where files without a name, or for a while, are made.
    let folder: String
    private var held = Block(capacity: 64 << 10)
    private var spool: Int32 = -1
    /// Whether bytes pass.
    package private(set) var isOpen = false
    /// Bytes taken so far, and of those the ones that went out.
    package private(set) var bytesTaken = 0
    package private(set) var bytesOut = 0

    private static let memory = 1 << 20

    /// - Parameter folder: where the file without a name is made.
    package init(spoolIn folder: String, _ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.folder = folder
        self.sink = sink
    }

    /// To a descriptor.
    package convenience init(writingTo descriptor: Int32, named name: String, spoolIn folder: String) {
        self.init(spoolIn: folder) { bytes in try Files.write(bytes, to: descriptor, named: name) }
    }

    deinit { if spool >= 0 { close(spool) } }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        bytesTaken += bytes.count
        if isOpen {
            bytesOut += bytes.count
            return try sink(bytes)
        }
        if spool < 0, held.count + bytes.count <= Self.memory { return held.append(bytes) }
        if spool < 0 {
            spool = try Files.openUnnamed(in: folder).release()
            try Files.write(held.bytes, to: spool, named: folder)
            held = Block(capacity: 16)
        }
        try Files.write(bytes, to: spool, named: folder)
    }

    package func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes(write)
    }

    /// Lets everything held go, and all that follows.
    package func open() throws {
        guard !isOpen else { return }
        isOpen = true
        bytesOut += held.count
        try sink(held.bytes)
        held = Block(capacity: 16)
        guard spool >= 0 else { return }
        defer {
            close(spool)
            spool = -1
        }
        try checked("lseek", on: folder) { lseek(spool, 0, SEEK_SET) }
        let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { chunk.deallocate() }
        while true {
            let count = try checked("read", on: folder) { read(spool, chunk.baseAddress, chunk.count) }
            if count == 0 { return }
            bytesOut += count
            try sink(UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        }
    }
}
