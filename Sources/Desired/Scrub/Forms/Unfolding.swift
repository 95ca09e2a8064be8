import Crypto
import Document

/// Takes a text apart into leaves, through what is written within it: base64, hexadecimal, gzip, JSON, YAML, settings,
/// connection strings, URLs. What a visitor changes is put together again in the same forms.
struct Unfolding {
    /// Forms within forms are followed so deep.
    static let deepest = 8

    /// What takes the place of a leaf; nil leaves it.
    typealias Visit = (Leaf) throws(Problem) -> [UInt8]?

    let visit: Visit

    /// - Returns: the text with what was changed; nil when nothing was.
    /// - Throws: what the visitor throws.
    func unfold(_ leaf: Leaf) throws(Problem) -> [UInt8]? {
        let depth = leaf.forms.count
        guard depth < Self.deepest, !leaf.bytes.isEmpty else { return try visit(leaf) }
        if Gzip.isPacked(leaf.bytes), let plain = Gzip.unpack(leaf.bytes) {
            return try unfold(leaf.within("gzip", plain)).flatMap(Gzip.pack)
        }
        guard let text = String(validating: leaf.bytes, as: UTF8.self) else {
            var leaf = leaf
            leaf.role = .binary
            return try visit(leaf)
        }
        if text.utf8.starts(with: "-----BEGIN ".utf8) {
            var leaf = leaf
            leaf.role = .pem
            return try visit(leaf)
        }
        if let form = Self.structure(text, leaf) { return try form.unfold(with: self) }
        return try visit(leaf)
    }

    /// The form of a text that holds others; nil for one that stands for itself.
    private static func structure(_ text: String, _ leaf: Leaf) -> (any TextForm)? {
        let bytes = leaf.bytes
        guard bytes.count >= 3 else { return nil }
        return StructuredText(json: text, leaf) ?? BasicForm(bytes, leaf) ?? EncodedForm(bytes, leaf) ?? URLForm(
            bytes, leaf)
            ?? PairsForm(bytes, leaf) ?? assignment(bytes, leaf) ?? SettingsForm(bytes, leaf)
            ?? StructuredText(yaml: text, leaf)
    }

    /// A password may hold an equals sign, and is no assignment.
    private static func assignment(_ bytes: [UInt8], _ leaf: Leaf) -> AssignmentForm? {
        if leaf.isSecretEntry, leaf.forms.allSatisfy({ $0 == "base64" }) { return nil }
        let secrecy = FieldName(Array(leaf.name.utf8), 0..<leaf.name.utf8.count).secrecy
        if secrecy == .password || secrecy == .token { return nil }
        return AssignmentForm(bytes, leaf)
    }
}

/// A text that is made of others.
protocol TextForm {
    /// - Returns: the text with what was changed; nil when nothing was.
    func unfold(with unfolding: Unfolding) throws(Problem) -> [UInt8]?
}

extension Leaf {
    /// What a form of this leaf holds.
    func within(_ form: String, _ bytes: [UInt8], name: String? = nil, role: Role = .text) -> Leaf {
        var leaf = Leaf(name: name ?? self.name, bytes: bytes, role: role, path: path, forms: forms + [form])
        leaf.isSecretEntry = isSecretEntry
        if let name, !name.isEmpty { leaf.path.append(name) }
        return leaf
    }
}
