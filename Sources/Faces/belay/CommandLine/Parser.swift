/// Turns words into an invocation of a command, or into a usage error that says what was expected.
struct Parser {
    /// `belay` itself, with all verbs.
    let root: Command
    /// Options that every command takes.
    let common: [Option]

    /// What the words ask for.
    enum Result {
        case run(Invocation)
        case help(Command, path: [String])
    }

    func parse(_ words: [String]) throws -> Result {
        var command = root
        var path: [String] = []
        var rest = words[...]
        while !command.commands.isEmpty {
            guard let word = rest.first else { return .help(command, path: path) }
            if word == "--help" || word == "-h" { return .help(command, path: path) }
            if command.isCallable, word.hasPrefix("-") { break }
            if word == "help" { return try help(Array(rest.dropFirst()), path: path, in: command) }
            guard let next = command.commands.first(where: { $0.name == word }) else {
                throw UsageError(unknown(word, in: command, path: path), command: path)
            }
            command = next
            path.append(word)
            rest = rest.dropFirst()
        }
        return try invocation(of: command, path: path, words: rest)
    }

    private func help(_ words: [String], path: [String], in command: Command) throws -> Result {
        var command = command
        var path = path
        for word in words {
            guard let next = command.commands.first(where: { $0.name == word }) else {
                throw UsageError(unknown(word, in: command, path: path), command: path)
            }
            command = next
            path.append(word)
        }
        return .help(command, path: path)
    }

    private func invocation(of command: Command, path: [String], words: ArraySlice<String>) throws -> Result {
        var invocation = Invocation(command: command, path: path)
        var words = words
        var onlyArguments = false
        while let word = words.popFirst() {
            let full = invocation.arguments.count >= command.arguments.count
            if command.takesRest, full || onlyArguments, word == "--" || (full && !word.hasPrefix("-")) {
                invocation.rest = word == "--" ? Array(words) : [word] + words
                break
            }
            if word == "--", !onlyArguments {
                onlyArguments = true
                if command.takesRest {
                    invocation.rest = Array(words)
                    break
                }
            } else if !onlyArguments, word == "--help" || word == "-h" {
                return .help(command, path: path)
            } else if !onlyArguments, word.hasPrefix("-"), word != "-" {
                try option(word, &words, into: &invocation)
            } else {
                invocation.arguments.append(word)
            }
        }
        try check(invocation)
        return .run(invocation)
    }

    private func option(_ word: String, _ words: inout ArraySlice<String>, into invocation: inout Invocation) throws {
        let known = invocation.command.options + common
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let attached = parts.count == 2 ? parts[1] : nil
        let found: Option? =
            if parts[0].hasPrefix("--") {
                known.first { $0.name == parts[0].dropFirst(2) }
            } else {
                known.first { option in option.short.map { parts[0] == "-\($0)" } ?? false }
            }
        guard let option = found else {
            let hint = closest(String(parts[0].drop { $0 == "-" }), of: known.map(\.name)).map {
                "; did you mean --\($0)?"
            }
            throw UsageError("unknown option \(parts[0])\(hint ?? "")", command: invocation.path)
        }
        if case .refused(let reason) = option.standing {
            throw UsageError("\(parts[0]) is not taken: \(reason)", command: invocation.path)
        }
        guard option.value != nil else {
            if attached == "false" { return }
            if option.standing == .tolerated, let attached {
                invocation.options[option.name, default: []].append(attached)
                return
            }
            guard attached == nil || attached == "true" else {
                throw UsageError("--\(option.name) takes no value", command: invocation.path)
            }
            invocation.options[option.name, default: []].append("true")
            return
        }
        guard let value = attached ?? words.popFirst() else {
            throw UsageError("--\(option.name) needs a value (\(option.value ?? ""))", command: invocation.path)
        }
        if invocation.options[option.name] != nil, !option.repeats {
            throw UsageError("--\(option.name) is given twice", command: invocation.path)
        }
        invocation.options[option.name, default: []].append(value)
    }

    private func check(_ invocation: Invocation) throws {
        let arguments = invocation.command.arguments
        let needed = arguments.filter { !$0.isOptional }.count
        if invocation.arguments.count < needed {
            throw UsageError("\(arguments[invocation.arguments.count].name) is missing", command: invocation.path)
        }
        let most = arguments.last?.repeats == true ? Int.max : arguments.count
        if invocation.arguments.count > most {
            throw UsageError("unexpected '\(invocation.arguments[most])'", command: invocation.path)
        }
    }

    private func unknown(_ word: String, in command: Command, path: [String]) -> String {
        let hint = closest(word, of: command.commands.map(\.name)).map { "; did you mean \($0)?" } ?? ""
        return "unknown command '\((path + [word]).joined(separator: " "))'\(hint)"
    }

    /// The name that differs in at most two letters.
    private func closest(_ word: String, of names: [String]) -> String? {
        let scored = names.map { (name: $0, distance: editDistance(word, $0)) }
        return scored.filter { $0.distance <= 2 }.min { $0.distance < $1.distance }?.name
    }
}

/// How many letters must be added, dropped or changed to make one word of another (Levenshtein).
func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
        var previous = row[0]
        row[0] = index + 1
        for column in right.indices {
            let changed = previous + (letter == right[column] ? 0 : 1)
            previous = row[column + 1]
            row[column + 1] = min(changed, row[column] + 1, previous + 1)
        }
    }
    return row[right.count]
}
