import Document

/// Reads a Dockerfile (https://docs.docker.com/reference/dockerfile/). What it does not understand is an error that
/// names it; nothing is passed over.
struct DockerfileParser {
    private let escape: Character

    /// The instructions of a Dockerfile.
    ///
    /// - Throws: `Problem` with file and line.
    static func parse(_ text: String, file: SourceFile) throws(Problem) -> [Instruction] {
        let lines = try DockerfileLines(text, file: file)
        let parser = DockerfileParser(escape: lines.escape)
        var instructions: [Instruction] = []
        for line in lines.lines { instructions.append(try parser.instruction(line)) }
        try checkOrder(instructions, file)
        return instructions
    }

    /// The instruction of an ONBUILD trigger, which stands in an image and in no file.
    static func parseTrigger(_ text: String, at origin: Origin) throws(Problem) -> Instruction {
        let lines = try DockerfileLines(text, file: origin.file)
        guard let line = lines.lines.first, lines.lines.count == 1 else {
            throw Problem("the image's ONBUILD “\(text)” is no instruction", at: origin)
        }
        var placed = line
        placed.origin = origin
        return try DockerfileParser(escape: lines.escape).instruction(placed)
    }

    private static func checkOrder(_ instructions: [Instruction], _ file: SourceFile) throws(Problem) {
        guard !instructions.isEmpty else { throw Problem("the Dockerfile is empty", at: Origin(file)) }
        for instruction in instructions {
            switch instruction.kind {
            case .from: return
            case .arg: continue
            default:
                throw Problem("the first instruction must be FROM; only ARG may come before it", at: instruction.origin)
            }
        }
        throw Problem("the Dockerfile has no FROM", at: Origin(file))
    }

    private func instruction(_ line: DockerfileLines.Line) throws(Problem) -> Instruction {
        let name = line.text.prefix { !$0.isWhitespace }.uppercased()
        let rest = line.text.dropFirst(name.count).trimmed
        guard !rest.isEmpty else {
            if ["CMD", "ENTRYPOINT"].contains(name) {
                return whole(name == "CMD" ? .cmd(.exec([])) : .entrypoint(.exec([])), line)
            }
            throw Problem("\(name) says nothing", at: line.origin)
        }
        let reader = InstructionReader(name: name, rest: rest, line: line, escape: escape)
        return whole(try reader.read(), line)
    }

    private func whole(_ kind: Instruction.Kind, _ line: DockerfileLines.Line) -> Instruction {
        let text = line.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return Instruction(kind: kind, text: text, origin: line.origin)
    }
}

/// Reads what follows one instruction's name.
struct InstructionReader {
    let name: String
    let rest: String
    let line: DockerfileLines.Line
    let escape: Character

    func read() throws(Problem) -> Instruction.Kind {
        switch name {
        case "FROM": return try from()
        case "RUN": return try run()
        case "COPY", "ADD": return .copy(try copy())
        case "ENV": return .env(try pairs())
        case "LABEL": return .label(try pairs())
        case "ARG": return .arg(try arguments())
        case "WORKDIR": return .workdir(rest)
        case "USER": return .user(rest)
        case "CMD": return .cmd(command(rest))
        case "ENTRYPOINT": return .entrypoint(command(rest))
        case "EXPOSE": return .expose(Words.split(rest, escape: escape))
        case "VOLUME": return .volume(Words.array(rest) ?? Words.split(rest, escape: escape))
        case "STOPSIGNAL": return .stopSignal(rest)
        case "SHELL":
            guard let words = Words.array(rest), !words.isEmpty else {
                throw problem("SHELL needs a JSON array, such as [\"/bin/bash\", \"-c\"]")
            }
            return .shell(words)
        case "HEALTHCHECK": return .healthcheck(try healthcheck())
        case "ONBUILD":
            let trigger = rest.prefix { !$0.isWhitespace }.uppercased()
            guard !["ONBUILD", "FROM", "MAINTAINER"].contains(trigger), line.heredocs.isEmpty else {
                throw problem("ONBUILD cannot hold \(line.heredocs.isEmpty ? trigger : "a heredoc")")
            }
            return .onBuild(rest)
        case "MAINTAINER": return .maintainer(rest)
        default:
            throw problem(
                "“\(name)” is no instruction",
                hint:
                    "instructions are FROM, RUN, COPY, ADD, ENV, ARG, WORKDIR, USER, CMD, ENTRYPOINT, EXPOSE, LABEL, VOLUME, STOPSIGNAL, SHELL, HEALTHCHECK and ONBUILD"
            )
        }
    }

    func problem(_ message: String, hint: String = "") -> Problem { Problem(message, at: line.origin, hint: hint) }

    private func command(_ text: String) -> Command { Words.array(text).map { .exec($0) } ?? .shell(text) }

    /// The flags that an instruction may have; any other is refused by its name.
    private func flags(_ known: Set<String>) throws(Problem) -> (values: [String: String], rest: String) {
        let (flags, rest) = Words.flags(rest)
        var values: [String: String] = [:]
        for flag in flags {
            guard known.contains(flag.name) else {
                let all = known.sorted().map { "--\($0)" }.joined(separator: ", ")
                throw problem("\(name) --\(flag.name) is not supported", hint: known.isEmpty ? "" : "supported: \(all)")
            }
            guard values.updateValue(flag.value ?? "true", forKey: flag.name) == nil else {
                throw problem("\(name) --\(flag.name) is given twice")
            }
        }
        return (values, rest)
    }

    private func from() throws(Problem) -> Instruction.Kind {
        let (flags, rest) = try flags(["platform"])
        let words = rest.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.count == 1 { return .from(image: words[0], platform: flags["platform"], name: nil) }
        guard words.count == 3, words[1].uppercased() == "AS" else {
            throw problem("FROM is “FROM image” or “FROM image AS name”")
        }
        let name = words[2].lowercased()
        guard let first = name.first, first.isLetter,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) })
        else { throw problem("“\(words[2])” is no name for a stage") }
        return .from(image: words[0], platform: flags["platform"], name: name)
    }

    private func run() throws(Problem) -> Instruction.Kind {
        let (flags, rest) = try flags(["network"])
        if let network = flags["network"], !["default", "host"].contains(network) {
            throw problem("RUN --network=\(network) is not supported", hint: "supported: default, host")
        }
        guard !rest.isEmpty else { throw problem("RUN says nothing") }
        return .run(command(rest), heredocs: line.heredocs)
    }

    private func copy() throws(Problem) -> Instruction.Copy {
        let (flags, rest) = try flags(
            name == "COPY" ? ["from", "chown", "chmod", "link"] : ["chown", "chmod", "link"])
        let words = Words.array(rest) ?? Words.split(rest, escape: escape)
        guard words.count >= 2, let target = words.last else { throw problem("\(name) needs a source and a target") }
        let sources = words.dropLast().filter { HeredocMarker.all(in: $0).isEmpty }
        for source in sources where name == "ADD" && (source.contains("://") || source.hasPrefix("git@")) {
            throw problem(
                "ADD from \(source.prefix { $0 != ":" }) is not supported",
                hint: "fetch it in a RUN, and check its digest there")
        }
        if flags["from"] != nil, !line.heredocs.isEmpty { throw problem("COPY --from cannot have a heredoc") }
        return Instruction.Copy(
            sources: sources, target: target, heredocs: line.heredocs, from: flags["from"], owner: flags["chown"],
            mode: flags["chmod"], unpacks: name == "ADD")
    }

    /// `a=b c="d e"`, or the old form `a b c`, which is one pair.
    private func pairs() throws(Problem) -> [Instruction.Pair] {
        let words = Words.split(rest, escape: escape)
        guard words.first?.contains("=") == true else {
            let key = rest.prefix { !$0.isWhitespace }
            let value = rest.dropFirst(key.count).trimmed
            guard !value.isEmpty else {
                throw problem("\(name) \(key) has no value", hint: "write \(name) \(key)=value")
            }
            return [Instruction.Pair(name: String(key), value: value)]
        }
        var pairs: [Instruction.Pair] = []
        for word in words {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
                throw problem("“\(word)” in \(name) is no name=value")
            }
            pairs.append(.init(name: String(word[..<equals]), value: String(word[word.index(after: equals)...])))
        }
        return pairs
    }

    private func arguments() throws(Problem) -> [Instruction.Argument] {
        var arguments: [Instruction.Argument] = []
        for word in Words.split(rest, escape: escape) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let first = parts[0].first, first.isLetter || first == "_",
                parts[0].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            else { throw problem("“\(parts[0])” is no name for an ARG") }
            arguments.append(.init(name: parts[0], value: parts.count > 1 ? parts[1] : nil))
        }
        return arguments
    }

    private func healthcheck() throws(Problem) -> Instruction.Healthcheck {
        let fields = [
            "interval": "Interval", "timeout": "Timeout", "start-period": "StartPeriod",
            "start-interval": "StartInterval",
        ]
        let (flags, rest) = try flags(Set(fields.keys).union(["retries"]))
        var check = Instruction.Healthcheck()
        for (flag, field) in fields {
            guard let text = flags[flag] else { continue }
            guard let nanoseconds = GoDuration.nanoseconds(text) else {
                throw problem("“\(text)” of --\(flag) is no duration")
            }
            check.durations[field] = nanoseconds
        }
        if let text = flags["retries"] {
            guard let retries = Int(text), retries >= 0 else { throw problem("“\(text)” of --retries is no number") }
            check.retries = retries
        }
        let word = rest.prefix { !$0.isWhitespace }.uppercased()
        if word == "NONE" { return check }
        guard word == "CMD" else { throw problem("HEALTHCHECK is “HEALTHCHECK CMD …” or “HEALTHCHECK NONE”") }
        check.test = command(rest.dropFirst(3).trimmed)
        return check
    }
}

/// Durations as Go writes them: `1m30s`, `500ms`.
enum GoDuration {
    static func nanoseconds(_ text: String) -> Int? {
        let units = [
            "ns": 1, "us": 1000, "µs": 1000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
            "h": 3_600_000_000_000,
        ]
        if text == "0" { return 0 }
        var rest = Substring(text)
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let scale = units[String(unit)] else { return nil }
            total += value * Double(scale)
        }
        return total < 9e18 ? Int(total) : nil
    }
}
