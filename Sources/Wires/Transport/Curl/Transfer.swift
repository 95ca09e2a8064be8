import CCurl
import Synchronization

/// One request on its way: the meeting point of the task that asked and the thread that carries it out.
final class Transfer: Sendable {
    let request: HTTPRequest
    private let loop: CurlLoop.Handle
    private let head = OneShot<HeadParser.Head>()
    private let inbound = InboundPipe(capacity: 1 << 20)
    let outbound = OutboundPipe(capacity: 256 << 10)
    private let upload = Mutex<Task<Void, Never>?>(nil)
    private let parser = Mutex(HeadParser())

    init(_ request: HTTPRequest, on loop: CurlLoop.Handle) {
        self.request = request
        self.loop = loop
    }

    /// Sends the request and waits for the answer's head.
    func begin() async throws -> HeadParser.Head {
        try await withTaskCancellationHandler {
            try Task.checkCancellation()
            loop.submit(.start(self))
            startUpload()
            return try await head.wait()
        } onCancel: {
            cancel()
        }
    }

    /// The body's next bytes; nil at its end.
    func nextChunk() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await inbound.next { loop.submit(.resume(self)) }
        } onCancel: {
            cancel()
        }
    }

    /// Ends the transfer; whoever waits for it gets `CancellationError`. One that has ended already is fine.
    func cancel() {
        finish(.failure(CancellationError()))
        loop.submit(.cancel(self))
    }

    // MARK: the thread's side

    /// A header line came; false ends the transfer.
    func headerLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        switch parser.withLock({ $0.line(bytes) }) {
        case .more: break
        case .head(let head): self.head.give(.success(head))
        case .malformed: return false
        }
        return true
    }

    /// Body bytes came; false asks to pause.
    func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        inbound.offer(bytes)
    }

    /// Whether it is over, cancelled before it began included.
    var hasEnded: Bool { inbound.hasEnded }

    /// The transfer is over.
    func finish(_ result: Result<Void, any Error>) {
        outbound.close()
        upload.withLock { task in
            task?.cancel()
            task = nil
        }
        switch result {
        case .success: head.give(.failure(HTTPError(.transfer, "\(request.url): the server sent no answer")))
        case .failure(let error): head.give(.failure(error))
        }
        inbound.finish(result)
    }

    /// The task that carries the request's body belongs to the transfer, as it goes on while the answer comes, and is
    /// cancelled when the transfer ends.
    private func startUpload() {
        guard case .stream(_, let make) = request.body else { return }
        let task = Task {
            var failed = false
            do {
                for try await bytes in make() {
                    guard await outbound.send(bytes, wake: { loop.submit(.resume(self)) }) else { break }
                }
            } catch {
                failed = true
                finish(.failure(error))
            }
            outbound.finish(failed: failed) { loop.submit(.resume(self)) }
        }
        upload.withLock { $0 = task }
    }
}
