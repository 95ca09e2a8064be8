import Glibc
package import Scrub
import Synchronization
import System

/// Work on some rows: reads a block, writes what becomes of it. One object serves one lane; lanes never share one.
package protocol RowWork: AnyObject {
    /// - Throws: `Problem`, which ends the stream before anything of this block goes out.
    func rewrite(_ block: Block, into output: inout ByteBuffer) throws
}

/// A part of the input, and what is done with it.
package enum Piece {
    /// Goes out as it stands.
    case verbatim(Block)
    /// Goes through the work that `works` holds for the lane.
    case rows(Block, works: [any RowWork])
    /// Is asked for when everything before it has gone out.
    case late(() throws -> [UInt8])
}

/// Takes pieces from a parser in order, works on them on some threads, and hands on what comes of them in the same order.
///
/// Any lane may take the next piece (one at a time, under a lock) and any lane may write (likewise), so one thread needs
/// no other, and what goes out does not depend on how many there are. When a piece fails, what comes before it goes out
/// and nothing else does.
///
/// Sendable unchecked: `intake` guards the parser and the count of pieces; `outlet` guards the rest.
package final class Belt: @unchecked Sendable {
    private let lanes: Int
    private let pool: BlockPool
    private let next: () throws -> Piece?
    private let sink: (UnsafeRawBufferPointer) throws -> Void

    private var intake = pthread_mutex_t()
    private var taken = 0
    private var isDry = false

    private var outlet = pthread_mutex_t()
    private var changed = pthread_cond_t()
    private var turn = 0
    private var parked: [Int: Finished] = [:]
    private var isWriting = false
    private var failure: (number: Int, error: any Error)?
    private var idle: [Output] = []

    private final class Output {
        var bytes = ByteBuffer()
    }

    private enum Finished {
        case output(Output)
        case verbatim(Block)
        case late(() throws -> [UInt8])
    }

    /// - Parameters:
    ///   - lanes: how many threads work, the calling one included.
    ///   - next: gives the pieces; nil at the end.
    ///   - sink: takes what comes of them.
    package init(
        lanes: Int, pool: BlockPool, next: @escaping () throws -> Piece?,
        sink: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) {
        self.lanes = max(1, lanes)
        self.pool = pool
        self.next = next
        self.sink = sink
        pthread_mutex_init(&intake, nil)
        pthread_mutex_init(&outlet, nil)
        pthread_cond_init(&changed, nil)
    }

    deinit {
        pthread_mutex_destroy(&intake)
        pthread_mutex_destroy(&outlet)
        pthread_cond_destroy(&changed)
    }

    /// Runs until the input ends or a piece fails.
    package func run() throws {
        let ended = Semaphore()
        for lane in 1..<max(1, lanes) {
            startThread(named: "belay-scrub-\(lane)") {
                self.work(lane)
                ended.signal()
            }
        }
        work(0)
        for _ in 1..<max(1, lanes) { ended.wait() }
        if let failure { throw failure.error }
    }

    private func work(_ lane: Int) {
        while let (number, piece) = take() {
            do {
                finish(number, try process(piece, lane))
            } catch {
                fail(number, error)
            }
        }
    }

    private func take() -> (Int, Piece)? {
        pthread_mutex_lock(&intake)
        defer { pthread_mutex_unlock(&intake) }
        guard !isDry, !hasFailed() else { return nil }
        do {
            guard let piece = try next() else {
                isDry = true
                return nil
            }
            taken += 1
            return (taken - 1, piece)
        } catch {
            isDry = true
            fail(taken, error)
            return nil
        }
    }

    private func process(_ piece: Piece, _ lane: Int) throws -> Finished {
        switch piece {
        case .verbatim(let block): return .verbatim(block)
        case .late(let body): return .late(body)
        case .rows(let block, let works):
            let output = spareOutput()
            try works[lane].rewrite(block, into: &output.bytes)
            pool.giveBack(block)
            return .output(output)
        }
    }

    private func spareOutput() -> Output {
        pthread_mutex_lock(&outlet)
        defer { pthread_mutex_unlock(&outlet) }
        return idle.popLast() ?? Output()
    }

    private func hasFailed() -> Bool {
        pthread_mutex_lock(&outlet)
        defer { pthread_mutex_unlock(&outlet) }
        return failure != nil
    }

    private func fail(_ number: Int, _ error: any Error) {
        pthread_mutex_lock(&outlet)
        if number < failure?.number ?? .max { failure = (number, error) }
        pthread_cond_broadcast(&changed)
        pthread_mutex_unlock(&outlet)
    }

    /// Hands a finished piece in, and writes all whose turn it is unless another lane is at it.
    private func finish(_ number: Int, _ finished: Finished) {
        pthread_mutex_lock(&outlet)
        defer { pthread_mutex_unlock(&outlet) }
        // Whoever is far ahead waits, so that what is parked stays little; whose turn it is never waits.
        while number - turn > 2 * lanes, failure == nil { pthread_cond_wait(&changed, &outlet) }
        parked[number] = finished
        guard !isWriting else { return }
        isWriting = true
        while turn < failure?.number ?? .max, let next = parked.removeValue(forKey: turn) {
            pthread_mutex_unlock(&outlet)
            let result = Result { try write(next) }
            pthread_mutex_lock(&outlet)
            if case .failure(let error) = result, turn < failure?.number ?? .max { failure = (turn, error) }
            if case .output(let output) = next { keep(output) }
            turn += 1
            pthread_cond_broadcast(&changed)
        }
        isWriting = false
    }

    private func keep(_ output: Output) {
        guard idle.count < 2 * lanes + 2 else { return }
        output.bytes.removeAll()
        output.bytes.shrink(to: 2 << 20)
        idle.append(output)
    }

    private func write(_ finished: Finished) throws {
        switch finished {
        case .output(let output): try sink(UnsafeRawBufferPointer(output.bytes.bytes))
        case .verbatim(let block):
            try sink(block.bytes)
            pool.giveBack(block)
        case .late(let body): try body().withUnsafeBytes(sink)
        }
    }
}
