import Crypto
import Document
import FileTree
import Scrub

/// Reads files of kind `Dataset`, strictly.
struct DatasetReader {
    let environments: [Environment]
    /// The rules of the project's scrub policy, and the policy as it is written; nil where it names none.
    let policy: (rules: [DatasetRules], text: Value)?

    /// All datasets of the files that a project names.
    func all(_ files: [Value], in tree: any FileTree) throws(Problem) -> [Dataset] {
        var all: [Dataset] = []
        for file in files {
            let path = try TreePath.root.referred(by: file.string ?? "", at: file.origin)
            for document in try tree.documents(path, for: file.origin) {
                let dataset = try dataset(document, in: tree)
                if let other = all.first(where: { $0.name == dataset.name }) {
                    throw Problem(
                        "two datasets are named \(dataset.name); the other is at \(other.origin)", at: dataset.origin)
                }
                all.append(dataset)
            }
        }
        return all
    }

    private func dataset(_ document: Value, in tree: any FileTree) throws(Problem) -> Dataset {
        var top = try FieldReader(document, "the dataset")
        try ProjectReader.checkHeader(&top, kind: Dataset.kind)
        var metadata = try FieldReader(try top.required("metadata"), "the dataset's metadata")
        let nameValue = try metadata.required("name")
        let name = try metadata.requiredString("name")
        try metadata.finish()
        if let problem = NameRule.label.problem(name, of: "dataset", at: nameValue.origin) { throw problem }
        var reader = try FieldReader(try top.required("spec"), "the spec of dataset \(name)")
        try top.finish()
        let from = try environment(try reader.required("from"))
        let targets = try self.targets(&reader, from: from)
        let format: Dataset.Format = try ProjectReader.choice(&reader, "format") ?? .postgres
        let (rules, digest) = try self.rules(reader.value("rules"), named: name, at: nameValue.origin)
        let dataset = Dataset(
            name: name, from: from, targets: targets, format: format, rules: rules, policy: digest,
            source: try source(try reader.required("source"), in: tree),
            sink: try sink(try reader.required("sink"), format), schedule: try schedule(reader.value("schedule")),
            longestAge: try duration(&reader, "maxAge"),
            deadline: try duration(&reader, "deadline") ?? Dataset.usualDeadline, origin: nameValue.origin)
        try reader.finish()
        return dataset
    }

    // MARK: Environments

    private func environment(_ value: Value) throws(Problem) -> String {
        let names = environments.map(\.name)
        guard let name = value.string, names.contains(name) else {
            throw Problem(
                "the project has no environment \"\(value.string ?? value.typeName)\"", at: value.origin,
                hint: Spelling.nearest(to: value.string ?? "", among: names).map { "did you mean \"\($0)\"?" }
                    ?? "it has: \(names.joined(separator: ", "))")
        }
        return name
    }

    private func targets(_ reader: inout FieldReader, from: String) throws(Problem) -> [String] {
        let required = try reader.required("to")
        var targets: [String] = []
        for value in try reader.texts("to") {
            let name = try environment(value)
            if name == from { throw Problem("\(name) cannot get its own data", at: value.origin) }
            if environments.first(where: { $0.name == name })?.dataClass == .production {
                throw Problem(
                    "\(name) says \"data: production\", and data is only copied into scrubbed environments",
                    at: value.origin, hint: "take \(name) out of \"to\"")
            }
            if targets.contains(name) { throw Problem("\(name) is named twice", at: value.origin) }
            targets.append(name)
        }
        if targets.isEmpty { throw Problem("\"to\" names no environment", at: required.origin) }
        return targets
    }

    // MARK: Rules

    private func rules(
        _ value: Value?, named name: String, at origin: Origin
    ) throws(Problem) -> (DatasetRules, digest: String) {
        let wanted = value?.string ?? name
        let place = value?.origin ?? origin
        if let value, value.string == nil { throw Problem("\"rules\" must be a text", at: value.origin) }
        guard let policy else {
            throw Problem(
                "dataset \(name) needs rules, and the project names no scrub policy", at: place,
                hint: "name its file in spec.scrub of \(Project.fileName)")
        }
        let all = policy.rules
        guard let index = all.firstIndex(where: { $0.name == wanted }) else {
            let names = all.map(\.name)
            throw Problem(
                "the scrub policy has no dataset \"\(wanted)\"", at: place,
                hint: Spelling.nearest(to: wanted, among: names).map { "did you mean \"\($0)\"?" }
                    ?? (names.isEmpty
                        ? "write its rules under spec.datasets of the policy"
                        : "it has: \(names.joined(separator: ", "))"))
        }
        let written = policy.text[path: "spec", "datasets"]?.items?[index] ?? .null
        return (all[index], Digest.sha256(JSON.emit(written)).description)
    }

    // MARK: Places

    private func source(_ value: Value, in tree: any FileTree) throws(Problem) -> Dataset.Place {
        var reader = try FieldReader(value, "the source")
        let file = reader.value("file")
        let text = try reader.string("file")
        let place = try place(&reader, isSink: false)
        try reader.finish()
        guard let file, let text else {
            if let place { return place }
            throw Problem("the source needs \"exec\", \"volume\" or \"file\"", at: value.origin)
        }
        if place != nil { throw Self.tooMany("the source", value) }
        let path = try TreePath.root.referred(by: text, at: file.origin)
        guard try tree.kind(of: path, for: file.origin) == .file else {
            throw Problem("there is no file \(path)", at: file.origin)
        }
        return .file(path)
    }

    private func sink(_ value: Value, _ format: Dataset.Format) throws(Problem) -> Dataset.Place {
        var reader = try FieldReader(value, "the sink")
        let place = try place(&reader, isSink: true)
        try reader.finish()
        guard let place else { throw Problem("the sink needs \"exec\" or \"volume\"", at: value.origin) }
        if case .program(let program) = place { try checkSafety(of: program, format) }
        return place
    }

    private func place(_ reader: inout FieldReader, isSink: Bool) throws(Problem) -> Dataset.Place? {
        let exec = try reader.fields("exec")
        let volume = try reader.fields("volume")
        if exec != nil, volume != nil { throw Problem("\(reader.subject) has two places", at: reader.origin) }
        if var exec {
            let program = try program(&exec, isSink: isSink)
            try exec.finish()
            return .program(program)
        }
        guard var volume else { return nil }
        let claim = try volume.requiredString("claim")
        let pathValue = try volume.required("path")
        let path = try TreePath.root.referred(by: try volume.requiredString("path"), at: pathValue.origin)
        try volume.finish()
        if path == .root { throw Problem("\"path\" must name a file on the volume", at: pathValue.origin) }
        return .volume(claim: claim, path: path.text)
    }

    private func program(_ reader: inout FieldReader, isSink: Bool) throws(Problem) -> Dataset.Program {
        let workload = try reader.required("in")
        let text = try reader.requiredString("in")
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw Problem(
                "\"\(text)\" names no workload", at: workload.origin,
                hint: "write kind and name, such as deploy/database")
        }
        let command = try reader.texts("command").compactMap(\.string)
        if command.isEmpty {
            throw Problem("\(reader.subject) needs \"command\", a list of words", at: reader.origin)
        }
        let container = try reader.string("container")
        let more = try reader.texts(isSink ? "commit" : "schema").compactMap(\.string)
        return Dataset.Program(
            workload: text, container: container, command: command,
            schema: isSink ? [] : more.isEmpty ? Self.schema(of: command) : more, commit: isSink ? more : [],
            origin: workload.origin)
    }

    /// pg_dump states keys after the rows; asked for the schema alone first, every rule can be judged before a row comes.
    private static func schema(of command: [String]) -> [String] {
        guard command[0].split(separator: "/").last == "pg_dump" else { return [] }
        // The custom format states all first, and data alone has no schema.
        let others = ["-F", "--format", "-a", "--data-only", "-s", "--schema-only", "--section"]
        guard !command.dropFirst().contains(where: { word in others.contains(where: word.hasPrefix) }) else {
            return []
        }
        return [command[0], "--schema-only"] + command.dropFirst()
    }

    /// A load that fails half-way must leave the target as it was: by a transaction, or by loading aside.
    private func checkSafety(of program: Dataset.Program, _ format: Dataset.Format) throws(Problem) {
        guard program.commit.isEmpty else { return }
        guard format == .postgres else {
            throw Problem(
                "loading \(format.rawValue) is no transaction: what fails half-way would stay", at: program.origin,
                hint: "load it aside, and name the command that puts it in place under \"commit\"")
        }
        let names = program.command.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        if names.contains("pg_restore"),
            !program.command.contains(where: { ["-1", "--single-transaction"].contains($0) })
        {
            throw Problem(
                "pg_restore without --single-transaction would leave half of a load", at: program.origin,
                hint: "add --single-transaction to the command")
        }
    }

    private static func tooMany(_ what: String, _ value: Value) -> Problem {
        Problem("\(what) has two places", at: value.origin, hint: "leave one of them")
    }

    // MARK: Times

    private func schedule(_ value: Value?) throws(Problem) -> CronSchedule? {
        guard let value else { return nil }
        guard let schedule = value.string.flatMap({ CronSchedule($0) }) else {
            throw Problem(
                "\"schedule\" is no time that comes back", at: value.origin,
                hint: "write minute, hour, day, month and weekday, in UTC, such as \"30 3 * * mon-fri\"")
        }
        return schedule
    }

    private func duration(_ reader: inout FieldReader, _ key: String) throws(Problem) -> Duration? {
        guard let value = reader.value(key) else { return nil }
        guard let duration = GateReader.duration(value.string ?? "") else {
            throw Problem(
                "\"\(key)\" is no length of time", at: value.origin, hint: "write it as 90s, 2m, 1h30m or 1d")
        }
        return duration
    }
}
