/// A command's words as runc's command line has them: `--name value`, `--name=value`, one dash or two, short forms.
struct OCIArguments {
    /// What a command takes.
    struct Grammar {
        /// Names that take a value, and names that take none.
        var values: Set<String> = []
        var switches: Set<String> = []
        /// Short forms by letter.
        var short: [String: String] = [:]
        /// Arguments before what is not looked at any more.
        var arguments: ClosedRange<Int>
        var takesRest = false
    }

    private(set) var options: [String: [String]] = [:]
    private(set) var arguments: [String] = []
    private(set) var rest: [String] = []

    /// - Throws: `OCIUsage` for an option that is not known, or too few or many arguments.
    init(_ words: ArraySlice<String>, _ grammar: Grammar, command: String) throws(OCIUsage) {
        var words = words
        while let word = words.popFirst() {
            // What follows the last argument is somebody else's, options too; before the first one they are ours.
            let isFull = arguments.count == grammar.arguments.upperBound && (!arguments.isEmpty || !word.hasPrefix("-"))
            if grammar.takesRest, isFull || word == "--" {
                rest = word == "--" ? Array(words) : [word] + words
                break
            }
            if word == "--" {
                arguments += words
                break
            }
            guard word.hasPrefix("-"), word != "-" else {
                arguments.append(word)
                continue
            }
            try take(word, &words, grammar, command)
        }
        guard grammar.arguments.contains(arguments.count) else {
            let wanted = grammar.arguments.lowerBound
            throw OCIUsage("\(command): \(arguments.count) arguments are given, and it takes \(wanted)")
        }
    }

    private mutating func take(
        _ word: String, _ words: inout ArraySlice<String>, _ grammar: Grammar, _ command: String
    ) throws(OCIUsage) {
        let bare = word.drop { $0 == "-" }
        let parts = bare.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let name = grammar.short[parts[0]] ?? parts[0]
        if grammar.switches.contains(name) {
            if parts.count == 1 || parts[1] == "true" { options[name] = ["true"] }
        } else if grammar.values.contains(name) {
            guard let value = parts.count > 1 ? parts[1] : words.popFirst() else {
                throw OCIUsage("\(command): \(word) needs a value")
            }
            options[name, default: []].append(value)
        } else {
            throw OCIUsage("\(command): there is no option \(word)")
        }
    }

    func has(_ name: String) -> Bool { options[name] != nil }
    func value(_ name: String) -> String? { options[name]?.last }
    func values(_ name: String) -> [String] { options[name] ?? [] }

    /// - Throws: `OCIUsage` when it is no number of the type's range.
    func number<Number: FixedWidthInteger>(_ name: String) throws(OCIUsage) -> Number? {
        guard let text = value(name) else { return nil }
        guard let number = Number(text) else { throw OCIUsage("--\(name): \(text) is not a number that it takes") }
        return number
    }
}

/// A command line that cannot be understood.
struct OCIUsage: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}
