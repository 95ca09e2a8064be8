import Crypto
import Document
import Images

/// Instructions that change no files.
extension Step {
    func configure(_ state: inout StageState) throws {
        try apply(&state)
        var key = KeyBuilder()
        key.add([state.key.description, instruction.text, state.file.config.environment.joined(separator: "\n")])
        // Steps that change nothing have the time of the last one that did, so that building again gives the same image.
        let created = state.file.created ?? "1970-01-01T00:00:00Z"
        state.file.addHistory(instruction.text, created: created, isEmptyLayer: true)
        state.key = key.digest
    }

    private func apply(_ state: inout StageState) throws {
        var config = state.config
        switch instruction.kind {
        case .env(let pairs):
            // All values are expanded before any of them is set.
            let values = try pairs.map { (try expand($0.name, state), try expand($0.value, state)) }
            for (name, value) in values { state.setEnvironment(name, value) }
            return
        case .arg(let arguments): return try declare(arguments, &state)
        case .label(let pairs):
            for pair in pairs { config.labels[try expand(pair.name, state)] = try expand(pair.value, state) }
        case .user(let text): config.user = try user(text, state)
        case .cmd(let command): config.command = arguments(command, state)
        case .entrypoint(let command):
            config.entrypoint = arguments(command, state)
            // A new entrypoint does not go with the command that the base had for its own.
            if !stage.setsCommand(before: instruction) { config.command = [] }
        case .expose(let ports): config.exposedPorts = try union(config.exposedPorts, expand(ports, state).map(port))
        case .volume(let paths): config.volumes = try union(config.volumes, expand(paths, state))
        case .stopSignal(let text): config.stopSignal = try expand(text, state)
        case .shell(let words):
            state.shell = words
            state.file.set("Shell", .strings(words))
            return
        case .healthcheck(let check): return state.file.set("Healthcheck", healthcheck(check, state))
        case .onBuild(let trigger):
            let triggers = state.file.value[path: "config", "OnBuild"]?.strings ?? []
            return state.file.set("OnBuild", .strings(triggers + [trigger]))
        case .maintainer(let text): config.labels["org.opencontainers.image.authors"] = try expand(text, state)
        case .from, .run, .copy, .workdir: return
        }
        state.config = config
    }

    private func declare(_ arguments: [Instruction.Argument], _ state: inout StageState) throws {
        for argument in arguments {
            let standard = try argument.value.map { try expand($0, state) }
            let value = build.request.arguments[argument.name] ?? standard ?? globals[argument.name]
            if let value { state.declare(argument.name, value) }
        }
    }

    private func user(_ text: String, _ state: StageState) throws -> String {
        let user = try expand(text, state)
        let parts = user.split(separator: ":", omittingEmptySubsequences: false)
        // A number that does not fit must not become root by wrapping (CVE-2024-40635).
        for part in parts where part.allSatisfy(\.isNumber) && UInt32(part) == nil {
            throw Problem("USER \(user): \(part) is no user or group id", at: origin)
        }
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw Problem("USER \(user) is no user, nor user:group", at: origin)
        }
        return user
    }

    func arguments(_ command: Command, _ state: StageState) -> [String] {
        switch command {
        case .exec(let words): words
        case .shell(let line): state.shell + [line]
        }
    }

    private func port(_ text: String) throws -> String {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false)
        let range = parts[0].split(separator: "-").compactMap { UInt16($0) }
        guard !range.isEmpty, parts.count <= 2, parts.count == 1 || ["tcp", "udp", "sctp"].contains(parts[1]) else {
            throw Problem("EXPOSE \(text) is no port", at: origin)
        }
        return parts.count == 2 ? text.lowercased() : "\(text)/tcp"
    }

    private func union(_ known: [String], _ added: [String]) throws -> [String] {
        Set(known).union(added).sorted()
    }

    private func healthcheck(_ check: Instruction.Healthcheck, _ state: StageState) -> Value {
        guard let test = check.test else { return ["Test": ["NONE"]] }
        var value = Value.mapping(Mapping())
        switch test {
        case .exec(let words): value["Test"] = .strings(["CMD"] + words)
        case .shell(let line): value["Test"] = .strings(["CMD-SHELL", line])
        }
        for (field, nanoseconds) in check.durations.sorted(by: { $0.key < $1.key }) { value[field] = .int(nanoseconds) }
        if let retries = check.retries { value["Retries"] = .int(retries) }
        return value
    }
}

extension StagePlan.Stage {
    /// Whether a CMD stands before an instruction of this stage.
    func setsCommand(before instruction: Instruction) -> Bool {
        instructions.contains { other in
            if case .cmd = other.kind { other.origin.line < instruction.origin.line } else { false }
        }
    }
}
