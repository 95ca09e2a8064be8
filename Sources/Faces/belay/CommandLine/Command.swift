/// A verb of the command line: what it is called, what it takes, what it does.
///
/// One table of these gives parsing, help, completions and the reference in `docs/`.
struct Command: Sendable {
    var name: String
    /// One line, without a full stop.
    var summary: String
    /// What a person needs to know beyond the options; shown by `--help`.
    var discussion: String = ""
    var arguments: [Argument] = []
    var options: [Option] = []
    /// Nouns have verbs of their own: `belay image build`.
    var commands: [Command] = []
    /// What everything after the arguments is kept for, dashes included: the program of `exec`.
    var takesRest: Bool = false
    /// Whether a noun does something itself when options and no verb follow it.
    var isCallable = false
    /// Carries the verb out and answers the exit code: 0 fine, 1 failed, 2 wrong usage.
    var run: @Sendable (Invocation) async throws -> Int32 = { _ in 2 }
}

/// A positional argument.
struct Argument: Sendable {
    /// In capitals, as usage shows it.
    var name: String
    var help: String
    var isOptional = false
    var repeats = false
}

/// An option: `--name`, `--name VALUE`, `--name=VALUE`, `-n VALUE`.
struct Option: Sendable {
    var name: String
    var short: Character?
    /// What its value is, in capitals; nil for a flag.
    var value: String?
    var help: String
    var repeats = false
    var standing = Standing.own

    /// Whose an option is.
    enum Standing: Sendable, Equatable {
        case own
        /// Another tool's, taken so that scripts can be moved, and without effect; help does not tell of it.
        case tolerated
        /// Another tool's, with what to do instead.
        case refused(String)
    }

    init(_ name: String, short: Character? = nil, value: String? = nil, repeats: Bool = false, _ help: String) {
        self.name = name
        self.short = short
        self.value = value
        self.help = help
        self.repeats = repeats
    }
}

/// What was typed for a command, checked against its table.
struct Invocation: Sendable {
    var command: Command
    /// The words that lead to the command: `image build`.
    var path: [String]
    var arguments: [String] = []
    /// What stands after the arguments of a command that takes a rest.
    var rest: [String] = []
    var options: [String: [String]] = [:]

    func has(_ option: String) -> Bool { options[option] != nil }
    func value(_ option: String) -> String? { options[option]?.last }
    func values(_ option: String) -> [String] { options[option] ?? [] }
    func argument(_ index: Int) -> String? { index < arguments.count ? arguments[index] : nil }

    /// The value of an option that is a number.
    func number(_ option: String) throws -> Int? {
        guard let text = value(option) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw UsageError("--\(option) takes a whole number, not '\(text)'", command: path)
        }
        return number
    }

    /// The value of an option that is a duration: `90s`, `5m`, `1h30m`.
    func duration(_ option: String) throws -> Duration? {
        guard let text = value(option) else { return nil }
        guard let duration = Duration(short: text) else {
            throw UsageError("--\(option) takes a duration such as 90s, 5m or 1h30m, not '\(text)'", command: path)
        }
        return duration
    }

    /// The value of an option that is one of a few words; the first one unless it is given.
    func choice(_ option: String, of words: [String]) throws -> String {
        guard let text = value(option) else { return words[0] }
        guard words.contains(text) else {
            throw UsageError("--\(option) takes \(words.joined(separator: ", ")), not '\(text)'", command: path)
        }
        return text
    }
}

/// What was typed makes no sense; exit code 2.
struct UsageError: Error, CustomStringConvertible {
    var message: String
    var command: [String]

    init(_ message: String, command: [String] = []) {
        self.message = message
        self.command = command
    }

    var description: String {
        let help = (["belay"] + command + ["--help"]).joined(separator: " ")
        return "\(message)\n  see: \(help)"
    }
}

extension Duration {
    /// Reads `90s`, `250ms`, `5m`, `1h30m`, `2d`.
    init?(short text: String) {
        var total = Duration.zero
        var rest = Substring(text)
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !$0.isNumber }
            rest = rest.dropFirst(unit.count)
            guard let number = Int64(digits) else { return nil }
            switch unit {
            case "ms": total += .milliseconds(number)
            case "s": total += .seconds(number)
            case "m": total += .seconds(number * 60)
            case "h": total += .seconds(number * 3600)
            case "d": total += .seconds(number * 86400)
            default: return nil
            }
        }
        guard !text.isEmpty else { return nil }
        self = total
    }
}
