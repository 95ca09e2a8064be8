import Glibc

/// Lines for the operator on standard error: time, level, part, message, fields.
///
/// Values of secrets never get here: callers log names, digests and counts.
package struct Log: Sendable {
    /// How much a line matters.
    package enum Level: Int, Sendable, Comparable {
        case debug, info, warning, error

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        var word: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warn"
            case .error: "error"
            }
        }
    }

    /// The part of Belay that speaks: `git`, `sync`, `node`.
    package let part: String
    private let least: Level
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - least: quieter lines are dropped.
    ///   - write: where whole lines go, newline included; standard error unless a test listens.
    package init(
        _ part: String, least: Level = .info, write: @escaping @Sendable (String) -> Void = Log.standardError
    ) {
        self.part = part
        self.least = least
        self.write = write
    }

    /// The same log for another part.
    package func part(_ name: String) -> Log {
        Log(name, least: least, write: write)
    }

    package func debug(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        line(.debug, message(), fields)
    }

    package func info(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        line(.info, message, fields)
    }

    package func warning(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        line(.warning, message, fields)
    }

    package func error(_ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        line(.error, message, fields)
    }

    /// Writes a whole line in one call, so that lines of several threads do not mix.
    package static let standardError: @Sendable (String) -> Void = { line in
        try? Files.write(line.utf8, to: STDERR_FILENO, named: "standard error")
    }

    private func line(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, String>) {
        guard level >= least else { return }
        var text = "\(Timestamp.now.micro) \(level.word) \(part): \(Self.oneLine(message))"
        for (name, value) in fields { text += " \(name)=\(Self.quoted(value))" }
        write(text + "\n")
    }

    private static func quoted(_ value: String) -> String {
        let plain = value.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 34 && $0 != 61 }
        return plain && !value.isEmpty ? value : "\"\(oneLine(value).replacing("\"", with: "\\\""))\""
    }

    /// Control characters from outside must not forge lines or move a terminal's cursor.
    private static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return text }
        var clean = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": clean += "\\n"
            case "\t": clean += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127: clean += "\\u{\(String(scalar.value, radix: 16))}"
            default: clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }
}
