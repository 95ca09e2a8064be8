package import Crypto
package import Document

/// Encrypts files as SOPS does.
package struct SopsWriter {
    /// The version whose form is written.
    private static let version = "3.10.2"

    /// The time that is written down, as RFC 3339 has it.
    private let now: String
    private let random: (Int) throws(CryptoError) -> [UInt8]

    /// - Parameter random: so many bytes that nobody can foresee.
    package init(now: String, random: @escaping (Int) throws(CryptoError) -> [UInt8] = Random.bytes) {
        self.now = now
        self.random = random
    }

    /// Encrypts a plain text to the recipients of a rule, under a new key.
    ///
    /// - Throws: `Problem` with line and column: no text of the format, encrypted already, nothing to encrypt.
    package func encrypted(
        _ plain: [UInt8], _ format: SopsFormat, file: SourceFile, by rule: SopsRule
    ) throws(Problem) -> [UInt8] {
        let key = try wrapping { () throws(CryptoError) in try random(AEAD.keyCount) }
        var metadata = Value.mapping(Mapping())
        metadata["age"] = .sequence(
            try rule.recipients.map { recipient throws(Problem) in try wrapped(key, for: recipient) })
        for (name, value) in rule.settings { metadata[name] = value }
        metadata["version"] = .string(Self.version)
        return try write(
            plain, format, file, Plan(key: key, selection: rule.selection, metadata: metadata, old: nil))
    }

    /// Encrypts a text that was opened and changed. Values that are as they were keep their ciphertext.
    package func encrypted(
        _ plain: [UInt8], changing old: SopsFile, _ opened: SopsFile.Opened
    ) throws(Problem) -> [UInt8] {
        let plan = Plan(
            key: opened.key, selection: old.metadata.selection, known: opened.known, metadata: old.metadata.value,
            old: old)
        return try write(plain, old.format, old.source.file, plan)
    }

    /// The same content under a new key.
    ///
    /// - Throws: `Problem` for a file that other kinds of keys open too: it would be closed to them.
    package func rotated(
        _ old: SopsFile, _ opened: SopsFile.Opened, to recipients: [AgeRecipient]
    ) throws(Problem) -> [UInt8] {
        guard old.otherKeys.isEmpty else {
            throw Problem(
                "the file is encrypted to \(old.otherKeys.joined(separator: ", ")) too, which cannot be given a new key here",
                at: old.metadata.value.origin, hint: "rotate it with sops, or remove those keys from it first")
        }
        let key = try wrapping { () throws(CryptoError) in try random(AEAD.keyCount) }
        var metadata = old.metadata.value
        metadata["age"] = .sequence(
            try recipients.map { recipient throws(Problem) in try wrapped(key, for: recipient) })
        let plan = Plan(key: key, selection: old.metadata.selection, metadata: metadata, old: nil)
        return try write(opened.bytes, old.format, old.source.file, plan)
    }

    private func wrapped(_ key: [UInt8], for recipient: AgeRecipient) throws(Problem) -> Value {
        do {
            let file = AgeArmor.encode(try Age.encrypt(key, to: [recipient], random))
            return ["enc": .string(file), "recipient": .string("\(recipient)")]
        } catch {
            throw Problem("the file's key could not be encrypted: \(error)")
        }
    }

    private func wrapping<Result>(_ body: () throws(CryptoError) -> Result) throws(Problem) -> Result {
        do {
            return try body()
        } catch {
            throw Problem("the file could not be encrypted: \(error)")
        }
    }

    /// What a text is encrypted with.
    private struct Plan {
        var key: [UInt8]
        var selection: SopsSelection
        var known = KnownCiphertexts()
        var metadata: Value
        /// The file that is changed, whose metadata stays as it is written.
        var old: SopsFile?
    }

    private func write(
        _ plain: [UInt8], _ format: SopsFormat, _ file: SourceFile, _ plan: Plan
    ) throws(Problem) -> [UInt8] {
        if format == .binary { return try writeBinary(plain, plan) }
        guard String(validating: plain, as: UTF8.self) != nil else {
            throw Problem(
                "the file is no text in UTF-8, and would come back as another one",
                at: Origin(file, line: 1, column: 1),
                hint: "write it in UTF-8, or encrypt it as one value: --input-type binary")
        }
        let source = try SopsSource(plain, format, file: file)
        guard source.metadata == nil else {
            throw Problem(
                "the file is encrypted with SOPS already", at: source.metadata?.origin ?? Origin(file),
                hint: "belay secrets edit changes it")
        }
        if let taken = source.roots.compactMap(\.metadata).first {
            throw Problem(
                "sops is where the metadata goes, and is there already", at: source.origin(of: taken.lowerBound),
                hint: "name it otherwise, or encrypt the file as one value: --input-type binary")
        }
        guard source.leaves.contains(where: { $0.kind != .comment }) else {
            throw Problem("the file holds nothing to encrypt", at: Origin(file, line: 1, column: 1))
        }
        var code = SopsCode(plan.selection)
        var changes: [(range: Range<Int>, text: [UInt8])] = []
        var plan = plan
        for var leaf in source.leaves {
            let isEncrypted = try plan.selection.isEncrypted(leaf)
            // Read as a time and written anew it would be another text: what is encrypted stays as it was written.
            if isEncrypted, leaf.kind == .time { leaf.kind = .string }
            guard let canonical = SopsForm.canonical(leaf.text, leaf.kind) else {
                throw Problem(
                    "the value is out of the range that SOPS has", at: source.origin(of: leaf.range.lowerBound))
            }
            let plain = Array(canonical.utf8)
            if leaf.kind != .comment { code.add(plain, isEncrypted: isEncrypted) }
            guard isEncrypted, !plain.isEmpty else { continue }
            let text = try ciphertext(plain, leaf, &plan)
            let isQuoted = format == .json || leaf.isInFlow && leaf.kind != .comment
            changes.append((leaf.range, Array((isQuoted ? "\"\(text)\"" : text).utf8)))
        }
        let metadata = try stamped(plan, code.finish())
        return SopsMetadataText(source, format).added(metadata, old: plan.old, to: changes)
    }

    private func ciphertext(_ plain: [UInt8], _ leaf: SopsLeaf, _ plan: inout Plan) throws(Problem) -> String {
        if let known = plan.known.take(plain, leaf.kind, context: leaf.context) { return known }
        return try wrapping { () throws(CryptoError) in
            try SopsValue.text(of: plain, leaf.kind, plan.key, context: leaf.context, random)
        }
    }

    private func writeBinary(_ plain: [UInt8], _ plan: Plan) throws(Problem) -> [UInt8] {
        var plan = plan
        var code = SopsCode(plan.selection)
        code.add(plain, isEncrypted: true)
        let leaf = SopsLeaf(path: ["data"], kind: .string, text: "", range: 0..<0)
        let text = plain.isEmpty ? "" : try ciphertext(plain, leaf, &plan)
        let value: Value = ["data": .string(text), "sops": try stamped(plan, code.finish())]
        return Array((SopsMetadataText.json(value, unit: "\t", depth: 0) + "\n").utf8)
    }

    /// The metadata with the time and the code.
    private func stamped(_ plan: Plan, _ code: String) throws(Problem) -> Value {
        var metadata = plan.metadata
        metadata["lastmodified"] = .string(now)
        metadata["mac"] = .string(
            try wrapping { () throws(CryptoError) in
                try SopsValue.text(of: Array(code.utf8), .string, plan.key, context: now, random)
            })
        return metadata
    }
}
