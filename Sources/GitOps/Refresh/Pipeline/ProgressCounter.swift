import Synchronization

/// How far a refresh is, as counters that its sides raise and anybody may read.
package final class ProgressCounter: Sendable {
    private struct State {
        var input: ByteQueue?
        var output: ByteQueue?
        var table = ""
    }

    let rows = Atomic<Int>(0)
    private let state = Mutex(State())

    package init() {}

    /// What has been done so far.
    package struct Snapshot: Sendable, Hashable {
        /// Bytes that the source gave, and that the sink was handed.
        package var bytesIn = 0
        package var bytesOut = 0
        /// Rows that have been verified.
        package var rows = 0
        /// The table that is passing.
        package var table = ""
    }

    package var snapshot: Snapshot {
        let (input, output, table) = state.withLock { ($0.input, $0.output, $0.table) }
        return Snapshot(
            bytesIn: input?.total ?? 0, bytesOut: output?.total ?? 0, rows: rows.load(ordering: .relaxed), table: table)
    }

    func follow(input: ByteQueue, output: ByteQueue) {
        state.withLock { state in
            state.input = input
            state.output = output
        }
    }

    func enter(table: String) { state.withLock { $0.table = table } }
}
