import Synchronization
import System

/// Progress on standard error: one line drawn over itself on a terminal, a line a step elsewhere.
final class ProgressLine: Sendable {
    private struct State {
        var shown = ""
        var step = ""
        var drawn = ContinuousClock.now - .seconds(1)
    }

    private let terminal: Terminal
    private let state = Mutex(State())

    init(_ terminal: Terminal = .current) {
        self.terminal = terminal
    }

    /// Shows how far a step is.
    ///
    /// - Parameters:
    ///   - step: what is being done; a new one is a new line where nothing can be drawn over.
    ///   - detail: how far; only drawn on a terminal, a few times a second.
    func show(_ step: String, detail: String = "") {
        state.withLock { state in
            let isNew = state.step != step
            state.step = step
            guard terminal.isInteractive else {
                if isNew { terminal.message(step) }
                return
            }
            let now = ContinuousClock.now
            guard isNew || now - state.drawn > .milliseconds(100) else { return }
            state.drawn = now
            state.shown = detail.isEmpty ? step : "\(step)  \(detail)"
            draw("\r\u{1b}[K\(state.shown.prefix(100))")
        }
    }

    /// Ends the line, so that what follows starts on one of its own.
    func end() {
        state.withLock { state in
            if terminal.isInteractive, !state.shown.isEmpty { draw("\r\u{1b}[K") }
            state.shown = ""
            state.step = ""
        }
    }

    /// A bar of 24 characters with the share in percent: `[======>         ]  41 %`.
    static func bar(_ done: Int, of total: Int) -> String {
        guard total > 0 else { return "" }
        let share = min(1, Double(done) / Double(total))
        let full = Int(share * 24)
        let bar = String(repeating: "=", count: full) + (full < 24 ? ">" : "")
        let empty = String(repeating: " ", count: 24 - bar.count)
        return "[\(bar)\(empty)] \(Int(share * 100)) %"
    }

    /// Bytes for people: `12.3 MB`.
    static func size(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = Int((value * 10).rounded())
        return unit == 0 ? "\(bytes) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }

    private func draw(_ text: String) {
        try? Files.write(text.utf8, to: 2, named: "standard error")
    }
}
