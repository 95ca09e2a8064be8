import Crypto
import Document
import Glibc
import Scrub
import System

/// One run of a verb of `belay secrets`.
struct SecretsVerb {
    private static let longest = 64 << 20
    private let invocation: Invocation
    private let path: String

    init(_ invocation: Invocation) {
        self.invocation = invocation
        path = invocation.argument(0) ?? ""
    }

    private var file: SourceFile { SourceFile(path) }
    private var writer: SopsWriter { SopsWriter(now: "\(WallClock.system.now())") }

    // MARK: Verbs

    func encrypt() throws -> Int32 {
        let plain = try Files.read(path, limit: Self.longest)
        let encrypted = try writer.encrypted(plain, try format(), file: file, by: try rule())
        return try write(encrypted)
    }

    func decrypt() throws -> Int32 {
        try write(try opened(try sealed(), .readable).bytes)
    }

    func rotate() throws -> Int32 {
        let sealed = try sealed()
        let opened = try opened(sealed, .readable)
        var recipients = try SopsRule.recipients(sealed.recipients, at: Origin(file))
        if invocation.has("by-rules") { recipients = try rule().recipients }
        let removed = try SopsRule.recipients(invocation.values("rm-age"))
        recipients.removeAll { removed.contains($0) }
        for added in try SopsRule.recipients(invocation.values("add-age")) where !recipients.contains(added) {
            recipients.append(added)
        }
        guard !recipients.isEmpty else { throw Problem("nobody could open the file any more", at: Origin(file)) }
        return try write(try writer.rotated(sealed, opened, to: recipients))
    }

    func edit() throws -> Int32 {
        let exists = Files.exists(path)
        let sealed = exists ? try sealed() : nil
        let old = try sealed.map { try opened($0, .readable) }
        let rule = exists ? nil : try rule()
        let format = try sealed?.format ?? format()
        let before = old?.bytes ?? Array(Self.beginning(of: format).utf8)
        let scratch = try PrivateFile(before, named: path.split(separator: "/").last.map(String.init) ?? "secret")
        while true {
            try Editor.run(on: scratch.path)
            let after = try Files.read(scratch.path, limit: Self.longest)
            if after == before, exists, !invocation.has("ignore-mac") {
                Terminal.current.message("\(path) is as it was")
                return 0
            }
            do {
                let encrypted: [UInt8]
                if let sealed, let old {
                    encrypted = try writer.encrypted(after, changing: sealed, old)
                } else if let rule {
                    encrypted = try writer.encrypted(after, format, file: file, by: rule)
                } else {
                    return 1
                }
                try Files.replace(path, with: encrypted, mode: mode())
                return 0
            } catch let problem as Problem {
                // What was typed would be lost otherwise.
                guard isatty(STDIN_FILENO) == 1 else { throw problem }
                Terminal.current.message("belay: \(problem)\nPress Enter to edit again, or Ctrl-C to give up.")
                guard readLine() != nil else { throw problem }
            }
        }
    }

    func makeKey() throws -> Int32 {
        let identity = try AgeIdentity.generate(Random.bytes)
        let text = "# created: \(WallClock.system.now())\n# public key: \(identity.recipient)\n\(identity.revealed)\n"
        guard let output = invocation.value("output") else {
            try Terminal.current.out(text)
            return 0
        }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let descriptor = open(output, flags, 0o600)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw SystemError(errno, call: "open", subject: output) }
            throw Problem("\(output) is there already", hint: "a key that is overwritten opens nothing any more")
        }
        let file = OwnedDescriptor(owning: descriptor)
        try Files.write(text.utf8, to: file.raw, named: output)
        Terminal.current.message("Public key: \(identity.recipient)")
        return 0
    }

    // MARK: Files

    private func format() throws -> SopsFormat {
        guard let word = invocation.value("input-type") else { return SopsFormat(name: path) }
        guard let format = SopsFormat(rawValue: word) else {
            let all = SopsFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--input-type takes \(all), not '\(word)'", command: invocation.path)
        }
        return format
    }

    private func sealed() throws -> SopsFile {
        let bytes = try Files.read(path, limit: Self.longest)
        return try SopsFile(bytes, SopsFile.format(of: bytes, name: path) ?? SopsFormat(name: path), file: file)
    }

    private func opened(_ sealed: SopsFile, _ form: SopsFile.Form) throws -> SopsFile.Opened {
        try sealed.opened(
            with: try AgeKeys(invocation).identities(), form, ignoresMAC: invocation.has("ignore-mac"))
    }

    /// How a new file is encrypted: by what the command says, else by the nearest `.sops.yaml` above the file.
    private func rule() throws -> SopsRule {
        var fields = Value.mapping(Mapping())
        for option in Verbs.selection where invocation.has(option.name) {
            let name = option.name.replacing("-", with: "_")
            fields[name] = option.value == nil ? true : .string(invocation.value(option.name) ?? "")
        }
        let named = try SopsRule.recipients(invocation.values("age"))
        if !named.isEmpty { return try SopsRule(recipients: named, fields: fields) }
        let place = Paths.absolute(path)
        var folder = place[..<(place.lastIndex(of: "/") ?? place.startIndex)]
        while true {
            let rules = "\(folder)/\(SopsRule.fileName)"
            if Files.exists(rules) {
                let document = try YAML.parseOne(try Files.read(rules, limit: 1 << 20), file: SourceFile(rules))
                let inside = String(place.dropFirst(folder.count + 1))
                guard let rule = try SopsRule.first(in: document, for: inside) else {
                    throw Problem("no creation rule fits \(inside)", at: Origin(SourceFile(rules)), hint: Self.hint)
                }
                let isChanged = fields.fields?.isEmpty == false
                return isChanged ? try SopsRule(recipients: rule.recipients, fields: fields) : rule
            }
            guard let slash = folder.lastIndex(of: "/") else { break }
            folder = folder[..<slash]
        }
        throw Problem("who may open \(path) is said nowhere", hint: Self.hint)
    }

    private static let hint =
        "name recipients with --age, or in .sops.yaml: creation_rules: [{path_regex: …, age: age1…}]"

    private static func beginning(of format: SopsFormat) -> String {
        switch format {
        case .yaml: "key: value\n"
        case .json: "{\n  \"key\": \"value\"\n}\n"
        case .dotenv: "KEY=value\n"
        case .ini: "[section]\nkey = value\n"
        case .binary: ""
        }
    }

    /// As the file's own; a new one is nobody's secret.
    private func mode() -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o644
    }

    private func write(_ bytes: [UInt8]) throws -> Int32 {
        if invocation.has("in-place") {
            try Files.replace(path, with: bytes, mode: mode())
        } else if let output = invocation.value("output") {
            try Files.replace(output, with: bytes, mode: invocation.path.last == "decrypt" ? 0o600 : 0o644)
        } else {
            try Files.write(bytes, to: STDOUT_FILENO, named: "standard output")
        }
        return 0
    }
}
