package import Crypto
package import Document

/// A file encrypted with SOPS.
///
/// Its text is taken apart where it stands and put together again with other bytes in place of the values, so that
/// comments, order and layout stay.
package struct SopsFile {
    /// What a decrypted text is for.
    package enum Form: Sendable {
        /// To be rendered: every value stands on the line that its ciphertext stands on.
        case inPlace
        /// To be read and edited: texts of several lines in block style.
        case readable
    }

    package let format: SopsFormat
    let source: SopsSource
    let metadata: SopsMetadata

    /// The format of a text that is encrypted with SOPS, by what is in it; nil for any other text.
    ///
    /// - Parameter name: of the file, which tells binary files from JSON.
    package static func format(of bytes: [UInt8], name: String) -> SopsFormat? {
        guard bytes.holds("sops"), bytes.holds("mac"), bytes.holds("lastmodified") else { return nil }
        // A SopsSecret is decrypted by its own controller in the cluster.
        if bytes.holds("kind: SopsSecret") { return nil }
        let byName = SopsFormat(name: name)
        switch bytes.first(where: { $0 > 0x20 }) {
        case UInt8(ascii: "{"):
            return bytes.holds("\"sops\"") ? (byName == .yaml || byName == .json ? byName : .binary) : nil
        case nil: return nil
        default: break
        }
        if bytes.holdsLine("sops_mac=") { return .dotenv }
        if bytes.holdsLine("[sops]") { return .ini }
        return bytes.holdsLine("sops:") ? .yaml : nil
    }

    /// - Throws: `Problem` with line and column: no text of the format, no metadata, a version that is not known.
    package init(_ bytes: [UInt8], _ format: SopsFormat, file: SourceFile) throws(Problem) {
        source = try SopsSource(bytes, format, file: file)
        guard let value = source.metadata else {
            throw Problem(
                "the file is not encrypted with SOPS: it has no metadata", at: Origin(file, line: 1, column: 1),
                hint: "belay secrets encrypt encrypts it")
        }
        self.format = format
        metadata = try SopsMetadata(value)
    }

    /// The recipients of age that open it.
    package var recipients: [String] { metadata.age.map(\.recipient) }

    /// Kinds of keys beside age that open the file too.
    package var otherKeys: [String] { metadata.others }

    /// A file that was opened.
    package struct Opened {
        /// The plain text, without the metadata.
        package var bytes: [UInt8]
        /// Whose key opened it.
        package var recipient: AgeRecipient
        /// The lines, from 1, of the ciphertext on which encrypted values stand.
        package var lines: Set<UInt32>
        /// The key of the values.
        var key: [UInt8]
        var known = KnownCiphertexts()
    }

    /// Decrypts all of it, and checks the code over it.
    ///
    /// - Parameter ignoresMAC: whether a text that was changed by hand is decrypted all the same.
    /// - Throws: `Problem` with line and column: no key opens it, a value or the whole was changed.
    package func opened(
        with identities: [AgeIdentity], _ form: Form = .inPlace, ignoresMAC: Bool = false
    ) throws(Problem) -> Opened {
        try opened(by: key(with: identities), form, ignoresMAC: ignoresMAC)
    }

    /// What a file's values are encrypted with, and whose private key gave it.
    package struct Key: Sendable {
        let bytes: [UInt8]
        let recipient: AgeRecipient
    }

    /// The file's key, by the first identity that it is encrypted to.
    ///
    /// - Throws: `Problem` that says whose key is needed.
    package func key(with identities: [AgeIdentity]) throws(Problem) -> Key {
        let (key, recipient) = try metadata.key(with: identities)
        return Key(bytes: key, recipient: recipient)
    }

    /// As above, with a key that is known.
    package func opened(
        by fileKey: Key, _ form: Form = .inPlace, ignoresMAC: Bool = false
    ) throws(Problem) -> Opened {
        let key = fileKey.bytes
        var opened = Opened(bytes: [], recipient: fileKey.recipient, lines: [], key: key)
        var changes: [(range: Range<Int>, text: [UInt8])] = []
        var code = SopsCode(metadata.selection)
        var lines = LineCounter(source.bytes)
        for (index, leaf) in source.leaves.enumerated() {
            let isEncrypted = try metadata.selection.isEncrypted(leaf)
            if leaf.kind == .comment {
                guard isEncrypted, let (plain, context) = comment(index, key) else { continue }
                changes.append((leaf.range, plain.map { $0 == 0x0A ? 0x20 : $0 }))
                opened.known.add(leaf.text, of: plain, .comment, context: context)
                continue
            }
            guard isEncrypted else {
                code.add(try canonical(leaf), isEncrypted: false)
                continue
            }
            let (plain, kind) = try value(leaf, key)
            code.add(plain, isEncrypted: true)
            opened.known.add(leaf.text, of: plain, kind, context: leaf.context)
            opened.lines.insert(lines.line(at: leaf.range.lowerBound))
            if format == .binary, leaf.path == ["data"] { opened.bytes = plain }
            changes.append((leaf.range, SopsText(source, format, form).written(plain, kind, for: leaf)))
        }
        if !ignoresMAC { try check(code, key) }
        if format != .binary {
            opened.bytes = source.replacing(changes + SopsText(source, format, form).metadataRemoved())
        }
        return opened
    }

    private func canonical(_ leaf: SopsLeaf) throws(Problem) -> [UInt8] {
        if let text = SopsForm.canonical(leaf.text, leaf.kind) { return Array(text.utf8) }
        throw Problem("the value is out of the range that SOPS has", at: source.origin(of: leaf.range.lowerBound))
    }

    private func value(_ leaf: SopsLeaf, _ key: [UInt8]) throws(Problem) -> (plain: [UInt8], kind: SopsLeaf.Kind) {
        if leaf.text.isEmpty, leaf.kind == .string { return ([], .string) }
        let name = leaf.path.joined(separator: ".")
        guard leaf.kind == .string, let value = SopsValue(leaf.text) else {
            throw Problem(
                "\(name) is not encrypted, and should be", at: source.origin(of: leaf.range.lowerBound),
                hint: "belay secrets edit changes encrypted files")
        }
        guard let (plain, kind) = value.opened(key, context: leaf.context),
            let text = SopsForm.canonical(String(decoding: plain, as: UTF8.self), kind)
        else {
            throw Problem(
                "\(name) cannot be decrypted: its ciphertext was changed, or stood elsewhere when it was made",
                at: source.origin(of: leaf.range.lowerBound),
                hint: "take it from git as it was; belay secrets edit changes and moves values")
        }
        return (kind == .string || kind == .bytes ? plain : Array(text.utf8), kind)
    }

    /// A comment's text and the context that it was encrypted in: parsers differ in what a comment belongs to.
    private func comment(_ index: Int, _ key: [UInt8]) -> (plain: [UInt8], context: String)? {
        let leaf = source.leaves[index]
        guard let value = SopsValue(leaf.text) else { return nil }
        let near = [index, index + 1, index - 1].filter(source.leaves.indices.contains).map { source.leaves[$0].path }
        for path in near {
            for count in (0...path.count).reversed() {
                let context = SopsLeaf.context(Array(path.prefix(count)))
                if let opened = value.opened(key, context: context) { return (opened.plain, context) }
            }
        }
        return nil
    }

    private func check(_ code: consuming SopsCode, _ key: [UInt8]) throws(Problem) {
        let expected = SopsValue(metadata.mac)?.opened(key, context: metadata.lastModified)?.plain
        guard let expected, ConstantTime.equal(expected, Array(code.finish().utf8)) else {
            throw Problem(
                "the file was changed after it was encrypted: its MAC is not that of its values",
                at: metadata.value["mac"]?.origin ?? metadata.value.origin,
                hint: "take it from git as it was, or see what changed with belay secrets edit --ignore-mac and save it"
            )
        }
    }
}

/// The code over the values of a document.
struct SopsCode: ~Copyable {
    private let stream = DigestStream(.sha512)
    private let isOfEncrypted: Bool

    init(_ selection: SopsSelection) {
        isOfEncrypted = selection.macOnlyEncrypted
        // So that the one kind of code is never the other.
        if isOfEncrypted { stream.update(Digest.sha256("sops").bytes) }
    }

    mutating func add(_ plain: [UInt8], isEncrypted: Bool) {
        if isEncrypted || !isOfEncrypted { stream.update(plain) }
    }

    consuming func finish() -> String { stream.copy().finish().hex.uppercased() }
}

/// Counts lines for places that come in the order of the text.
private struct LineCounter {
    private let bytes: [UInt8]
    private var place = 0
    private var line: UInt32 = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func line(at offset: Int) -> UInt32 {
        while place < offset {
            if bytes[place] == 0x0A { line += 1 }
            place += 1
        }
        return line
    }
}

extension [UInt8] {
    /// Whether a text stands anywhere in it.
    fileprivate func holds(_ text: StaticString) -> Bool { place(of: text) { _ in true } }

    /// Whether a line begins with a text.
    fileprivate func holdsLine(_ text: StaticString) -> Bool { place(of: text) { $0 == 0 || self[$0 - 1] == 0x0A } }

    private func place(of text: StaticString, where fits: (Int) -> Bool) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        let first = text.utf8Start[0]
        return withUnsafeBufferPointer { bytes in
            for start in 0...(bytes.count - length) where bytes[start] == first {
                var offset = 1
                while offset < length, bytes[start + offset] == text.utf8Start[offset] { offset += 1 }
                if offset == length, fits(start) { return true }
            }
            return false
        }
    }
}
