package import Cluster
import Foundation
import Manifest
import System

/// Programs of this machine in the place of programs in pods, with the same streams: output is read as it is asked for,
/// and input waits for whoever reads it.
package struct ProcessWorkloads: WorkloadAccess {
    /// Variables by namespace, beside those of this process.
    private let variables: [String: [String: String]]
    /// Folders by namespace and claim: `shop/files`.
    private let claims: [String: String]
    private let poller: Poller
    private let threads = WorkerPool(name: "programs", threads: 4)

    package init(_ variables: [String: [String: String]] = [:], claims: [String: String] = [:]) throws {
        self.variables = variables
        self.claims = claims
        poller = try Poller(name: "programs")
        // A program that reads no more is an error of the write, as in the service.
        signal(SIGPIPE, SIG_IGN)
    }

    package func logs(_ request: LogRequest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        throw ClusterError(.badRequest, "a process has no log")
    }

    package func folder(ofClaim name: String, in namespace: String) async throws -> String {
        guard let folder = claims["\(namespace)/\(name)"] else {
            throw ClusterError.notFound(ObjectKey(kind: "PersistentVolumeClaim", namespace: namespace, name: name))
        }
        return folder
    }

    package func exec(_ request: ExecRequest) async throws -> any ExecSession {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = request.command
        process.environment = ProcessInfo.processInfo.environment.merging(variables[request.namespace] ?? [:]) { $1 }
        process.currentDirectoryURL = URL(filePath: "/")
        return try ProcessSession(process, stdin: request.stdin, poller, threads)
    }
}

private final class ProcessSession: ExecSession {
    let output: AsyncThrowingStream<ExecOutput, any Error>
    private let process: Process
    private let input: Pipe
    private let poller: Poller

    init(_ process: Process, stdin: Bool, _ poller: Poller, _ threads: WorkerPool) throws {
        let (input, out, err) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = out
        process.standardError = err
        try process.run()
        self.process = process
        self.input = input
        self.poller = poller
        let descriptors = [out, err].map(\.fileHandleForReading.fileDescriptor)
        for descriptor in descriptors + [input.fileHandleForWriting.fileDescriptor] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
        if !stdin { try input.fileHandleForWriting.close() }
        let reader = Reader(descriptors: descriptors, pipes: [out, err], process: process, poller, threads)
        output = AsyncThrowingStream(unfolding: { try await reader.next() })
    }

    func write(_ bytes: [UInt8]) async throws {
        let descriptor = input.fileHandleForWriting.fileDescriptor
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                try await poller.wait(for: [(descriptor, .writing)])
            } else if errno != EINTR {
                throw SystemError(errno, call: "write", subject: "a program")
            }
        }
    }

    func closeInput() async throws { try? input.fileHandleForWriting.close() }
    func resize(columns: Int, rows: Int) async throws {}
    func cancel() async { kill(process.processIdentifier, SIGKILL) }

    /// What the program says, then how it ended. One task asks.
    private actor Reader {
        private var open: [Int32]
        private let all: [Int32]
        private let pipes: [Pipe]
        private let process: Process
        private let poller: Poller
        private let threads: WorkerPool
        private var hasEnded = false
        private var buffer = [UInt8](repeating: 0, count: 65536)

        init(descriptors: [Int32], pipes: [Pipe], process: Process, _ poller: Poller, _ threads: WorkerPool) {
            open = descriptors
            all = descriptors
            self.pipes = pipes
            self.process = process
            self.poller = poller
            self.threads = threads
        }

        func next() async throws -> ExecOutput? {
            while true {
                try Task.checkCancellation()
                for descriptor in open {
                    let count = read(descriptor, &buffer, buffer.count)
                    if count > 0 {
                        let bytes = Array(buffer[..<count])
                        return descriptor == all[0] ? .stdout(bytes) : .stderr(bytes)
                    }
                    if count == 0 { open.removeAll { $0 == descriptor } }
                }
                if open.isEmpty { break }
                try await poller.wait(for: open.map { ($0, .reading) })
            }
            if hasEnded { return nil }
            hasEnded = true
            let process = process
            try await threads.run { process.waitUntilExit() }
            let code = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
            return .exit(code: code)
        }
    }
}
