package import Cluster
import Manifest
import System

/// Reading what containers wrote.
extension Node {
    /// Streams a container's output; with `follow` it goes on until the container ends and is not started again.
    ///
    /// - Throws: `ClusterError.notFound`, `.badRequest` where there is no such container or no earlier one.
    package func logs(_ request: LogRequest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let (worker, container) = try await find(request.namespace, request.pod, request.container)
        let (pod, facts) = await (worker.pod, worker.facts)
        var attempt = facts[container].attempt
        if request.previous {
            attempt -= 1
            let path = services.folders.log(of: pod, container: container, attempt: attempt)
            guard attempt >= 0, !LogReader.files(of: path).isEmpty else {
                throw ClusterError(
                    .badRequest, "previous terminated container \"\(container)\" in pod \"\(request.pod)\" not found")
            }
        } else if !facts[container].hasStartedOnce, !request.follow {
            throw ClusterError(
                .badRequest, "container \"\(container)\" in pod \"\(request.pod)\" is waiting to start")
        }
        let since = request.sinceSeconds.map { services.now + .seconds(-$0) }
        let session = LogSession(
            worker: worker, pod: pod, container: container, attempt: attempt, folders: services.folders,
            clock: services.clock, follow: request.follow && !request.previous, tailLines: request.tailLines,
            filter: LogFilter(timestamps: request.timestamps, since: since))
        return session.stream()
    }
}

/// One reading of a container's log.
struct LogSession: Sendable {
    let worker: PodWorker
    let pod: PodSpec
    let container: String
    let attempt: Int
    let folders: NodeFolders
    let clock: WallClock
    let follow: Bool
    let tailLines: Int?
    let filter: LogFilter

    /// Chunks that may wait for a slow reader; who is slower than that loses the stream, not lines from its middle.
    private static let waiting = 1024
    /// How often a quiet log is looked at.
    private static let pause: Duration = .milliseconds(100)
    /// Bytes that are looked through for the last lines.
    private static let tailLimit = 64 << 20

    /// The log's bytes, from its oldest file on.
    func stream() -> AsyncThrowingStream<[UInt8], any Error> {
        let (stream, output) = AsyncThrowingStream<[UInt8], any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.waiting))
        // Ends with the log; cancelled when nobody reads any more.
        let task = Task {
            do {
                try await send(to: output)
                output.finish()
            } catch is CancellationError {
                output.finish()
            } catch {
                output.finish(throwing: error)
            }
        }
        output.onTermination = { _ in task.cancel() }
        return stream
    }

    private func send(to output: AsyncThrowingStream<[UInt8], any Error>.Continuation) async throws {
        var filter = filter
        var attempt = attempt
        var held: TailBuffer? = tailLines.map { TailBuffer(lines: $0, limit: Self.tailLimit) }
        while !Task.isCancelled {
            let path = folders.log(of: pod, container: container, attempt: attempt)
            for file in LogReader.files(of: path).dropLast() {
                try await drain(file, &filter, &held, output)
            }
            try await follow(path, attempt: attempt, &filter, &held, output)
            guard follow, let next = await nextAttempt(after: attempt) else { break }
            attempt = next
        }
        if let held { try await Self.give(held.bytes, to: output) }
    }

    /// Reads a rotated file whole.
    private func drain(
        _ path: String, _ filter: inout LogFilter, _ held: inout TailBuffer?,
        _ output: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) async throws {
        guard var reader = LogReader(path) else { return }
        while true {
            let entries = try reader.entries()
            if entries.isEmpty { return }
            try await pass(entries, &filter, &held, output)
        }
    }

    /// Reads the present file, and with `follow` what is added to it until its container has ended.
    private func follow(
        _ path: String, attempt: Int, _ filter: inout LogFilter, _ held: inout TailBuffer?,
        _ output: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) async throws {
        while true {
            if var reader = LogReader(path) {
                try await read(&reader, attempt: attempt, &filter, &held, output)
                return
            }
            guard follow, await isOpen(attempt) else { return }
            try await clock.sleep(Self.pause)
        }
    }

    private func read(
        _ reader: inout LogReader, attempt: Int, _ filter: inout LogFilter, _ held: inout TailBuffer?,
        _ output: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) async throws {
        var wasOpen = true
        while !Task.isCancelled {
            let entries = try reader.entries()
            try await pass(entries, &filter, &held, output)
            guard entries.isEmpty else { continue }
            if let tail = held {
                try await Self.give(tail.bytes, to: output)
                held = nil
            }
            // Once more after its end: the last lines may be younger than the last look.
            guard follow, wasOpen else { return }
            wasOpen = await isOpen(attempt)
            try await clock.sleep(Self.pause)
        }
    }

    private func pass(
        _ entries: [ArraySlice<UInt8>], _ filter: inout LogFilter, _ held: inout TailBuffer?,
        _ output: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) async throws {
        var bytes: [UInt8] = []
        for entry in entries {
            let line = filter.bytes(of: entry)
            if held != nil { held?.add(line) } else { bytes += line }
        }
        try await Self.give(bytes, to: output)
    }

    /// Hands bytes on, and waits for a reader that is slower than the log.
    private static func give(
        _ bytes: [UInt8], to output: AsyncThrowingStream<[UInt8], any Error>.Continuation
    ) async throws {
        guard !bytes.isEmpty else { return }
        while true {
            switch output.yield(bytes) {
            case .enqueued: return
            case .dropped: try await Task.sleep(for: .milliseconds(20))
            case .terminated: throw CancellationError()
            @unknown default: return
            }
        }
    }

    /// Whether an attempt may still write.
    private func isOpen(_ attempt: Int) async -> Bool {
        let facts = await worker.facts[container]
        if await worker.isStopped { return false }
        return facts.attempt <= attempt && (facts.isAlive || !facts.hasStartedOnce)
    }

    /// The attempt that follows, if there is one already.
    private func nextAttempt(after attempt: Int) async -> Int? {
        let facts = await worker.facts[container]
        return facts.attempt > attempt ? attempt + 1 : nil
    }
}

/// The last lines of what came by.
struct TailBuffer {
    private let lines: Int
    private let limit: Int
    private var held: [[UInt8]] = []
    private var head = 0
    private var size = 0
    private var isOpen = false

    /// - Parameter limit: bytes that are held at most, however many lines were asked for.
    init(lines: Int, limit: Int) {
        self.lines = max(0, lines)
        self.limit = limit
    }

    /// Takes a line, or a part of one that has no newline yet.
    mutating func add(_ bytes: [UInt8]) {
        guard lines > 0, !bytes.isEmpty else { return }
        if isOpen, !held.isEmpty { held[held.count - 1] += bytes } else { held.append(bytes) }
        isOpen = bytes.last != 10
        size += bytes.count
        while held.count - head > lines || (size > limit && held.count - head > 1) {
            size -= held[head].count
            held[head] = []
            head += 1
        }
        if head > 4096 {
            held.removeFirst(head)
            head = 0
        }
    }

    var bytes: [UInt8] { Array(held[head...].joined()) }
}
