import CLinux
import Glibc
import System

/// Requests to a container's shim over its socket (Sources/Shim/serve.c).
enum ShimControl {
    enum Request: UInt32 {
        case execute = 1
        case signal, signalExecuted, resize
    }

    /// Sends a signal to the container's first process, whose pid only its parent knows for certain.
    static func signal(_ signal: Int32, at place: ContainerFolder) throws {
        let socket = try connect(to: place)
        try send(.signal, signal: signal, descriptors: [], over: socket.raw)
        var watch = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
        guard try checked("poll", { poll(&watch, 1, 10_000) }) == 1 else {
            throw ContainerError(.machine, "belay-shim does not answer")
        }
        guard let (report, _) = try receive(from: socket.raw) else {
            throw ContainerError(.notRunning, "the container has ended")
        }
        if report.error == ESRCH { throw ContainerError(.notRunning, "the container has ended") }
        if report.error != 0 {
            throw ContainerError(.specification, "signal \(signal): \(String(cString: strerror(report.error)))")
        }
    }

    /// By the folder's descriptor, so that the path fits however long the folder's is.
    static func connect(to place: ContainerFolder) throws -> OwnedDescriptor {
        let socket = OwnedDescriptor(owning: try checked("socket") { linux_seqpacket_socket() })
        let folder = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder != -1 else {
            throw errno == ENOENT
                ? ContainerError(.notRunning, "the container has ended")
                : ContainerError(.machine, "open \(place.path): \(String(cString: strerror(errno)))")
        }
        defer { close(folder) }
        guard linux_connect_unix(socket.raw, "/proc/self/fd/\(folder)/control") == 0 else {
            let isGone = errno == ENOENT || errno == ECONNREFUSED
            throw isGone
                ? ContainerError(.notRunning, "the container has ended")
                : ContainerError(.machine, "connect \(place.control): \(String(cString: strerror(errno)))")
        }
        return socket
    }

    static func send(
        _ request: Request, signal: Int32 = 0, columns: UInt32 = 0, rows: UInt32 = 0, descriptors: [Int32],
        over socket: Int32
    ) throws(SystemError) {
        let words = [request.rawValue, UInt32(bitPattern: signal), columns, rows]
        try checked("sendmsg", on: "belay-shim") {
            words.withUnsafeBytes {
                linux_send(socket, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count))
            }
        }
    }

    /// One report, with the descriptor that came with it (-1: none); nil when the shim has closed the connection.
    static func receive(from socket: Int32, flags: Int32 = 0) throws(SystemError) -> (ShimReport, Int32)? {
        var bytes = [UInt8](repeating: 0, count: ShimReport.length)
        var descriptor: Int32 = -1
        let size = linux_receive(socket, &bytes, bytes.count, &descriptor, flags)
        if size == -1, errno == ECONNRESET { return nil }
        guard size >= 0 else { throw SystemError(errno, call: "recvmsg", subject: "belay-shim") }
        guard let report = ShimReport(bytes.prefix(size)) else {
            if descriptor >= 0 { close(descriptor) }
            return nil
        }
        return (report, descriptor)
    }
}
