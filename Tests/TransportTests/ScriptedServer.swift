import Glibc
import Synchronization
import System

/// A server of the test's own: each connection gets a thread, each request the bytes that the script answers.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        /// Lower-case names.
        var headers: [String: String]
        var body: [UInt8]
    }

    /// What is written to the client after a request; the connection stays open unless `close` comes.
    enum Step: Sendable {
        case write([UInt8])
        case pause(System.Semaphore)
        case note(@Sendable () -> Void)
        case close

        static func text(_ text: String) -> Step { .write(Array(text.utf8)) }
    }

    typealias Script = @Sendable (Request) -> [Step]

    let address: String
    private let listener: Int32
    private let seen = Mutex<[Request]>([])
    private let connections = Atomic<Int>(0)

    var requests: [Request] { seen.withLock { $0 } }
    /// How many connections were accepted so far.
    var connectionCount: Int { connections.load(ordering: .relaxed) }

    /// - Parameter unixSocket: where to listen; on a free loopback port when nil.
    init(unixSocket: String? = nil, script: @escaping Script) throws {
        let socket: Int32
        if let unixSocket {
            socket = try checked("socket") { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(unixSocket.utf8)) }
            try Self.bind(socket, &name)
            address = "http://belay"
        } else {
            socket = try checked("socket") { Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            try Self.bind(socket, &name)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &name) {
                _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
            }
            address = "http://127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
        }
        try checked("listen") { listen(socket, 64) }
        listener = socket
        startThread(named: "test-server") { [weak self] in
            while true {
                let connection = accept(socket, nil, nil)
                if connection == -1, errno == EINVAL { break }
                if connection == -1 { continue }
                self?.connections.add(1, ordering: .relaxed)
                startThread(named: "test-peer") { [weak self] in
                    Connection(descriptor: connection).serve { request in
                        self?.seen.withLock { $0.append(request) }
                        return script(request)
                    }
                }
            }
            // Only here: a number that another server has already would be accepted from.
            close(socket)
        }
    }

    deinit {
        // Ends the thread's accept.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    static func answer(_ body: String, status: String = "200 OK", headers: String = "") -> [Step] {
        [.text("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")]
    }

    private static func bind<Address>(_ descriptor: Int32, _ name: inout Address) throws {
        try withUnsafeMutablePointer(to: &name) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                _ = try checked("bind") { Glibc.bind(descriptor, name, socklen_t(MemoryLayout<Address>.size)) }
            }
        }
    }
}

/// `MSG_NOSIGNAL` (send(2)), whose type differs from toolchain to toolchain.
private let noSignal: Int32 = 0x4000

/// One client's connection, read request by request.
private struct Connection {
    let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) { self.descriptor = descriptor }

    consuming func serve(_ script: (ScriptedServer.Request) -> [ScriptedServer.Step]) {
        defer { close(descriptor) }
        while let request = next() {
            for step in script(request) {
                switch step {
                case .write(let bytes): if !write(bytes) { return }
                case .pause(let semaphore): semaphore.wait()
                case .note(let note): note()
                case .close: return
                }
            }
        }
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent, noSignal)
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    private mutating func next() -> ScriptedServer.Request? {
        guard let head = until([13, 10, 13, 10]) else { return nil }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        var request = ScriptedServer.Request(
            method: String(words[0]), path: String(words[1]), headers: headers, body: [])
        if headers["transfer-encoding"] == "chunked" {
            while let line = until([13, 10]), let size = Int(String(decoding: line, as: UTF8.self), radix: 16) {
                guard let chunk = take(size), take(2) != nil else { return nil }
                if size == 0 { break }
                request.body += chunk
            }
        } else if let length = headers["content-length"].flatMap({ Int($0) }) {
            guard let body = take(length) else { return nil }
            request.body = body
        }
        return request
    }

    private mutating func until(_ end: [UInt8]) -> [UInt8]? {
        var from = 0
        while true {
            if buffer.count >= end.count {
                for start in from...(buffer.count - end.count)
                where buffer[start..<start + end.count].elementsEqual(end) {
                    defer { buffer.removeFirst(start + end.count) }
                    return Array(buffer[..<start])
                }
                from = buffer.count - end.count + 1
            }
            guard fill() else { return nil }
        }
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        while buffer.count < count { guard fill() else { return nil } }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private mutating func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }
}
