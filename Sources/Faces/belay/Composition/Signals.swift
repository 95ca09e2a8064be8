import Glibc
import System

/// Ends a task on the first SIGINT or SIGTERM, and the process on the second.
///
/// The handler only writes a byte to a pipe, as signal-safety(7) allows; a thread reads it. Blocking the signals and
/// waiting for them would not do: libdispatch takes the main thread over, with a signal mask of its own.
enum Signals {
    /// The pipe's writing end. Set once before a handler is installed, and read by the handler alone.
    nonisolated(unsafe) private static var wakeUp: Int32 = -1

    /// Runs `body` in a task that a signal cancels.
    static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        var ends: [Int32] = [-1, -1]
        try checked("pipe2") { pipe(&ends) }
        for end in ends { try checked("fcntl") { fcntl(end, F_SETFD, FD_CLOEXEC) } }
        let reading = ends[0]
        wakeUp = ends[1]
        let task = Task { try await body() }
        startThread(named: "signals") {
            var number: UInt8 = 0
            while read(reading, &number, 1) == 1 {
                if task.isCancelled { _exit(128 + Int32(number)) }
                task.cancel()
            }
        }
        for number in [SIGINT, SIGTERM] { signal(number, handler) }
        try await task.value
    }

    private static let handler: @convention(c) (Int32) -> Void = { number in
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(Signals.wakeUp, &byte, 1)
    }
}
