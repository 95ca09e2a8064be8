import CLinux
import Glibc
import System

/// A program that this process waits for: signals go on to it, and its terminal is shown on this one's.
struct Foreground {
    let pid: Int32
    /// The terminal's other side; -1 without one.
    let terminal: Int32
    /// Where this process's signals are read from.
    let signals: Int32

    /// Waits for the end.
    ///
    /// - Returns: the exit code; 128 + signal for one that was killed.
    func wait() -> Int32 {
        var former = termios()
        let isTerminal = terminal >= 0 && tcgetattr(0, &former) == 0
        if isTerminal {
            var raw = former
            cfmakeraw(&raw)
            tcsetattr(0, TCSANOW, &raw)
            _ = linux_terminal_size(0, terminal)
        }
        defer { if isTerminal { tcsetattr(0, TCSANOW, &former) } }
        var input: Int32 = terminal >= 0 ? 0 : -1
        while true {
            var watches = [
                pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
                pollfd(fd: terminal, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watches, 3, -1) >= 0 || errno == EINTR else { return 1 }
            if watches[1].revents != 0 { _ = Self.copy(from: terminal, to: 1) }
            if watches[2].revents != 0, !Self.copy(from: 0, to: terminal) { input = -1 }
            if watches[0].revents != 0, let code = takeSignals() {
                while terminal >= 0, Self.copy(from: terminal, to: 1) { continue }
                return code
            }
        }
    }

    /// Passes signals on; the exit code once the program has ended.
    private func takeSignals() -> Int32? {
        while true {
            let signal = linux_next_signal(signals)
            if signal <= 0 { return signal < 0 ? 1 : nil }
            switch signal {
            case SIGCHLD:
                if let code = reap() { return code }
            case SIGWINCH: _ = linux_terminal_size(0, terminal)
            case SIGURG, SIGPIPE: break
            default: kill(pid, signal)
            }
        }
    }

    private func reap() -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        return status & 0x7f != 0 ? 128 + status & 0x7f : status >> 8 & 0xff
    }

    /// Copies what is there; false at the end.
    private static func copy(from source: Int32, to target: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = read(source, &bytes, bytes.count)
        guard count > 0 else { return false }
        try? Files.write(bytes[..<count], to: target, named: "terminal")
        return true
    }
}
