package import Document
internal import Manifest
package import Plan
internal import System

/// Records as the journal stores them: JSON on one line, empty fields left out, keys in one order.
extension JournalRecord {
    /// The bytes that are stored and hashed. The number is in them, so that an entry cannot take another's place.
    func encoded(number: Int64) -> [UInt8] {
        var value: Value = .mapping(Mapping())
        value["number"] = .int(number)
        value["time"] = .string(time.nano)
        value["kind"] = .string(kind.rawValue)
        value.put("project", Self.bounded(project))
        value.put("environment", Self.bounded(environment))
        value.put("application", Self.bounded(application))
        value.put("commit", Self.bounded(commit))
        value.put("author", Self.bounded(author))
        value.put("actor", Self.bounded(actor))
        value.put("planHash", Self.bounded(planHash))
        value.put("result", result?.rawValue ?? "")
        value.put("message", Self.bounded(message))
        let kept = changes.prefix(Journal.changeLimit)
        if !kept.isEmpty { value["changes"] = .sequence(kept.map(\.value)) }
        if changes.count > kept.count { value["changesLeftOut"] = .int(changes.count - kept.count) }
        if !details.isEmpty { value["details"] = .strings(details.mapValues(Self.bounded)) }
        return JSON.emit(value)
    }

    /// A text of at most 4,096 bytes: names and messages come from whoever made the commit.
    private static func bounded(_ text: String) -> String {
        text.utf8.count <= 4096 ? text : String(decoding: text.utf8.prefix(4093), as: UTF8.self) + "…"
    }

    /// - Throws: `Problem` when the stored bytes are no record.
    package init(decoding bytes: [UInt8], number: Int64) throws(Problem) {
        let value = try JSON.parse(bytes)
        guard let kind = value.word("kind").flatMap(Kind.init(rawValue:)),
            let time = value.word("time").flatMap({ Timestamp($0) })
        else { throw Problem("entry \(number) of the journal is no record", hint: "run belay audit verify") }
        self.init(
            kind, at: time, project: value.word("project") ?? "", environment: value.word("environment") ?? "",
            application: value.word("application") ?? "", commit: value.word("commit") ?? "",
            author: value.word("author") ?? "", actor: value.word("actor") ?? "",
            planHash: value.word("planHash") ?? "",
            changes: (value["changes"]?.items ?? []).compactMap(JournalChange.init(value:)),
            result: value.word("result").flatMap(Result.init(rawValue:)), message: value.word("message") ?? "",
            details: value["details"]?.dictionary ?? [:])
    }
}

extension JournalChange {
    fileprivate var value: Value {
        var value: Value = .mapping(Mapping())
        value["action"] = .string(action.rawValue)
        if let object {
            var key: Value = .mapping(Mapping())
            key.put("group", object.group)
            key.put("kind", object.kind)
            if let namespace = object.namespace { key["namespace"] = .string(namespace) }
            key.put("name", object.name)
            value["object"] = key
        }
        value.put("field", field)
        value.put("before", before)
        value.put("after", after)
        value.put("error", error)
        return value
    }

    fileprivate init?(value: Value) {
        guard let action = value.word("action").flatMap(Action.init(rawValue:)) else { return nil }
        let object = value["object"].map { key in
            ObjectKey(
                group: key.word("group") ?? "", kind: key.word("kind") ?? "", namespace: key.word("namespace"),
                name: key.word("name") ?? "")
        }
        self.init(
            action, object: object, field: value.word("field") ?? "", before: value.word("before") ?? "",
            after: value.word("after") ?? "", error: value.word("error") ?? "")
    }
}

extension Value {
    /// Sets a key unless the text is empty.
    fileprivate mutating func put(_ key: String, _ text: String) {
        if !text.isEmpty { self[key] = .string(text) }
    }

    fileprivate func word(_ key: String) -> String? { self[key]?.string }
}
