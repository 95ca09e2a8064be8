import CLinux
import ContainerRuntime
import Glibc
import System
import Transport

/// Carries out probes and lifecycle handlers: runs programs in containers, asks over HTTP, opens connections.
struct HandlerRunner: Sendable {
    let engine: any ContainerEngine
    /// Trusts any certificate: a probe asks whether a pod answers, not who it is (as kubelet does).
    let client: HTTPClient
    let clock: WallClock

    /// What is needed of the container that is asked.
    struct Target: Sendable {
        var id: String
        var address: String
        var process: ProcessSpec
    }

    /// How an answer was.
    struct Answer: Sendable, Equatable {
        var succeeded: Bool
        /// Why not, for people.
        var message: String = ""
    }

    /// Most of what a program writes that is kept for a message.
    private static let outputLimit = 1024

    /// Asks once; a late answer is a failure.
    func run(_ handler: Handler, on target: Target, timeout: Duration) async -> Answer {
        await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await run(handler, on: target, within: timeout) }
            group.addTask {
                try? await clock.sleep(timeout)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? Answer(succeeded: false, message: "timed out after \(timeout)")
        }
    }

    private func run(_ handler: Handler, on target: Target, within timeout: Duration) async -> Answer {
        switch handler {
        case .exec(let command): return await exec(command, on: target)
        case .http(let get): return await ask(get, target.address, timeout)
        case .tcp(let host, let port): return await connect(host ?? target.address, port, timeout)
        case .sleep(let seconds):
            try? await clock.sleep(.seconds(seconds))
            return Answer(succeeded: true)
        }
    }

    private func exec(_ command: [String], on target: Target) async -> Answer {
        var process = target.process
        process.arguments = command
        process.terminal = false
        do {
            let program = try await engine.execWhenListening(target.id, ExecSpec(process: process), clock: clock)
            return try await withTaskCancellationHandler {
                var output: [UInt8] = []
                for try await event in program.output {
                    switch event {
                    case .stdout(let bytes), .stderr(let bytes):
                        output += bytes.prefix(max(0, Self.outputLimit - output.count))
                    case .exit(let code):
                        return Answer(succeeded: code == 0, message: String(decoding: output, as: UTF8.self))
                    }
                }
                return Answer(succeeded: false, message: "the program ended without an exit code")
            } onCancel: {
                // Owned by nobody: it ends once the program is killed.
                Task { await program.kill() }
            }
        } catch {
            return Answer(succeeded: false, message: "\(error)")
        }
    }

    private func ask(_ get: Handler.HTTPGet, _ address: String, _ timeout: Duration) async -> Answer {
        let host = get.host ?? address
        let path = get.path.hasPrefix("/") ? get.path : "/\(get.path)"
        do {
            let url = try WebURL("\(get.scheme)://\(host.contains(":") ? "[\(host)]" : host):\(get.port)\(path)")
            var headers: HTTPHeaders = ["User-Agent": "kube-probe/1.36", "Accept": "*/*", "Connection": "close"]
            for header in get.headers { headers[header.name] = header.value }
            let request = HTTPRequest(
                "GET", url, headers: headers, timeouts: .init(connect: timeout, idle: timeout, total: timeout))
            let response = try await client.send(request)
            let isGood = (200..<400).contains(response.status)
            return Answer(
                succeeded: isGood,
                message: isGood ? "" : "HTTP probe failed with statuscode: \(response.status)")
        } catch {
            return Answer(succeeded: false, message: "Get \"\(get.scheme)://\(host):\(get.port)\(path)\": \(error)")
        }
    }

    private func connect(_ host: String, _ port: UInt16, _ timeout: Duration) async -> Answer {
        await withCheckedContinuation { continuation in
            startThread(named: "probe") {
                continuation.resume(returning: Self.connect(host, port, milliseconds: Int32(timeout.wholeMilliseconds)))
            }
        }
    }

    /// Opens a connection and closes it again (tcp(7), without blocking longer than asked).
    private static func connect(_ host: String, _ port: UInt16, milliseconds: Int32) -> Answer {
        let failure = { (code: Int32) in
            Answer(succeeded: false, message: "dial tcp \(host):\(port): \(String(cString: strerror(code)))")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let address = list else {
            return Answer(succeeded: false, message: "dial tcp \(host):\(port): no such host")
        }
        defer { freeaddrinfo(address) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = socket(address.pointee.ai_family, kind, 0)
        guard raw >= 0 else { return failure(errno) }
        let descriptor = OwnedDescriptor(owning: raw)
        if Glibc.connect(descriptor.raw, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
            return Answer(succeeded: true)
        }
        guard errno == EINPROGRESS else { return failure(errno) }
        var wait = pollfd(fd: descriptor.raw, events: Int16(POLLOUT), revents: 0)
        guard poll(&wait, 1, milliseconds) == 1 else { return failure(ETIMEDOUT) }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor.raw, SOL_SOCKET, SO_ERROR, &code, &size)
        return code == 0 ? Answer(succeeded: true) : failure(code)
    }
}

extension ContainerEngine {
    /// Executes a program; a container that has only just started may not take requests for an instant.
    ///
    /// - Throws: `ContainerError`, `.notRunning` once it has ended.
    func execWhenListening(_ id: String, _ spec: ExecSpec, clock: WallClock) async throws -> any RunningExec {
        for _ in 0..<40 {
            do {
                return try await exec(id, spec)
            } catch let error as ContainerError where error.code == .notRunning {
                guard let state = try await state(id), state.exit == nil else { throw error }
                try await clock.sleep(.milliseconds(5))
            }
        }
        return try await exec(id, spec)
    }
}
