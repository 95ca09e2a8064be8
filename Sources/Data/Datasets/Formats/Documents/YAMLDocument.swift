import Document
import Scrub

/// Rewrites YAML, whole in memory: values by their paths, comments left out, since nothing tells what they say.
struct YAMLDocument {
    let rules: DocumentRules

    init(_ plan: DocumentPlan) { rules = DocumentRules(plan) }

    /// - Returns: the documents as they are written, and how many they are.
    func rewrite(_ bytes: [UInt8], named name: String) throws(Problem) -> (bytes: [UInt8], count: Int) {
        let documents = try YAML.parse(bytes, file: SourceFile(name))
        var result: [Value] = []
        for (number, document) in documents.enumerated() {
            if let value = try rewrite(document, at: rules.root, path: "", number: UInt64(number)) {
                result.append(value)
            }
        }
        return (YAML.emit(result, .asWritten), result.count)
    }

    /// What becomes of a value; nil when it is left out.
    private func rewrite(
        _ value: Value, at place: DocumentRules.Place, path: String, number: UInt64
    ) throws(Problem) -> Value? {
        let bare = Value(value.content, origin: value.origin)
        switch rules.action(at: place) {
        case .keep: return Self.withoutComments(bare)
        case .drop: return nil
        case .transform(let transform, let replacesNull):
            guard let scalar = value.scalar else {
                throw Problem("\(path) holds a mapping or a list, and its rule is for plain values", at: value.origin)
            }
            return try transformed(scalar, transform, replacesNull, bare, path, number)
        case .descend:
            return try descend(bare, at: place, path: path, number: number)
        case .undecided:
            let known = place.known
            throw Problem(
                "\(path.isEmpty ? "the document" : path) is undecided: no rule reaches it", at: value.origin,
                hint: known.isEmpty ? "give it a rule, or drop it" : "rules here: \(known.joined(separator: ", "))")
        }
    }

    private func descend(
        _ value: Value, at place: DocumentRules.Place, path: String, number: UInt64
    ) throws(Problem) -> Value {
        switch value.content {
        case .scalar(let scalar):
            guard rules.keepsPlain(at: place) || value.isNull else {
                throw Problem(
                    "\(path.isEmpty ? "the document" : path) holds a plain value, and the rules are for what would be below it",
                    at: value.origin)
            }
            if let inspector = rules.inspector { _ = try transformed(scalar, inspector, true, value, path, number) }
            return value
        case .sequence(let items):
            var kept: [Value] = []
            for item in items {
                if let item = try rewrite(item, at: rules.item(of: place), path: path + "[*]", number: number) {
                    kept.append(item)
                }
            }
            return Value(.sequence(kept), origin: value.origin)
        case .mapping(let mapping):
            var kept = Mapping()
            for entry in mapping.entries {
                let key = DocumentRules.shown(entry.key.text.utf8)
                let name = path.isEmpty ? key : "\(path).\(key)"
                let child = try child(of: place, entry.key, path, at: value.origin)
                guard let inner = try rewrite(entry.value, at: child, path: name, number: number) else { continue }
                kept.add(.init(key: Self.bare(entry.key), value: inner))
            }
            return Value(.mapping(kept), origin: value.origin)
        }
    }

    private func child(
        of place: DocumentRules.Place, _ key: Mapping.Key, _ path: String, at origin: Origin
    ) throws(Problem) -> DocumentRules.Place {
        do throws(TransformFailure) {
            return try Array(key.text.utf8).withUnsafeBufferPointer { bytes throws(TransformFailure) in
                try rules.child(of: place, bytes)
            }
        } catch {
            throw Problem("a key below \(path.isEmpty ? "the document" : path): \(error.reason)", at: origin)
        }
    }

    private func transformed(
        _ scalar: Scalar, _ transform: any CellTransform, _ replacesNull: Bool, _ value: Value, _ path: String,
        _ number: UInt64
    ) throws(Problem) -> Value {
        var output = ByteBuffer()
        var result = CellResult.null
        let row = RowContext.bare(number)
        do throws(TransformFailure) {
            if scalar.kind != .null {
                result = try Self.apply(transform, Array(scalar.text.utf8), row, &output)
            } else if replacesNull {
                result = try transform.applyToNull(row: row, into: &output)
            }
        } catch {
            throw Problem("\(path): \(error.reason)", at: value.origin)
        }
        guard result == .value else { return Value(.scalar(Scalar("null", .null)), origin: value.origin) }
        let text = String(decoding: output.bytes, as: UTF8.self)
        let keepsKind = scalar.kind == .int && Int(text) != nil
        return Value(.scalar(Scalar(text, keepsKind ? .int : .string)), origin: value.origin)
    }

    private static func apply(
        _ transform: any CellTransform, _ bytes: [UInt8], _ row: RowContext, _ output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        var input = ByteBuffer()
        input.append(contentsOf: bytes)
        return try transform.apply(input.bytes, row: row, into: &output)
    }

    private static func bare(_ key: Mapping.Key) -> Mapping.Key {
        var key = key
        key.trivia = nil
        return key
    }

    private static func withoutComments(_ value: Value) -> Value {
        switch value.content {
        case .scalar: return Value(value.content, origin: value.origin)
        case .sequence(let items): return Value(.sequence(items.map(withoutComments)), origin: value.origin)
        case .mapping(let mapping):
            let entries = mapping.entries.map {
                Mapping.Entry(key: bare($0.key), value: withoutComments($0.value))
            }
            return Value(.mapping(Mapping(entries)), origin: value.origin)
        }
    }
}
