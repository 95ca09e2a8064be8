import Document

/// A schema with an address of its own: what anchors and pointers are looked for in.
final class SchemaResource {
    let address: String
    let root: Value
    let draft: SchemaDraft
    fileprivate(set) var anchors: [String: Value] = [:]
    /// Anchors that `$dynamicRef` may find in an outer schema.
    fileprivate(set) var dynamicAnchors: [String: Value] = [:]

    fileprivate init(address: String, root: Value, draft: SchemaDraft) {
        self.address = address
        self.root = root
        self.draft = draft
    }

    /// Whether `$recursiveRef` looks further out (2019-09).
    var isRecursive: Bool { root["$recursiveAnchor"]?.bool == true }
}

/// All addresses of one schema file, and of those beside it. Nothing outside is ever fetched.
struct SchemaResources {
    private var byAddress: [String: SchemaResource] = [:]
    let root: SchemaResource
    static let fileAddress = "file:///values.schema.json"

    /// - Parameter others: schemas of other charts; those that say their address under `$id` can be referred to by it.
    /// - Throws: `Problem` for a draft that is unknown.
    init(_ schema: Value, beside others: [Value] = []) throws(Problem) {
        root = SchemaResource(
            address: Self.fileAddress, root: schema, draft: try Self.draft(of: schema) ?? .draft2020)
        byAddress[Self.fileAddress] = root
        try collect(schema, in: root, isTop: true, depth: 0)
        for other in others {
            let draft = try Self.draft(of: other) ?? .draft2020
            guard let id = other[draft.idKeyword]?.string, id.contains("://") else { continue }
            let address = SchemaAddress.split(id).address
            guard byAddress[address] == nil else { continue }
            let resource = SchemaResource(address: address, root: other, draft: draft)
            byAddress[address] = resource
            try collect(other, in: resource, isTop: true, depth: 0)
        }
    }

    private static func draft(of schema: Value) throws(Problem) -> SchemaDraft? {
        guard let field = schema["$schema"], let address = field.string else { return nil }
        if let draft = SchemaDraft(address: address) { return draft }
        throw Problem(
            "the schema is written in \(address), which is no draft of JSON Schema that is known", at: field.origin,
            hint: "for example: https://json-schema.org/draft/2020-12/schema")
    }

    /// Finds what has an address or an anchor.
    private mutating func collect(
        _ schema: Value, in resource: SchemaResource, isTop: Bool, depth: Int
    ) throws(Problem) {
        guard let fields = schema.fields else { return }
        guard depth < 200 else { throw Problem("the schema is nested too deep", at: schema.origin) }
        var resource = resource
        let ignoresSiblings = resource.draft <= .draft7 && fields["$ref"]?.string != nil
        if !ignoresSiblings, let id = fields[resource.draft.idKeyword]?.string, !id.isEmpty {
            let (address, fragment) = SchemaAddress.split(SchemaAddress.resolved(id, against: resource.address))
            if !fragment.isEmpty, resource.draft <= .draft7 { resource.anchors[fragment] = schema }
            if isTop {
                byAddress[address] = resource
            } else if id.first != "#" {
                let draft = try Self.draft(of: schema) ?? resource.draft
                resource = SchemaResource(address: address, root: schema, draft: draft)
                byAddress[address] = resource
            }
        }
        if let anchor = fields["$anchor"]?.string { resource.anchors[anchor] = schema }
        if let anchor = fields["$dynamicAnchor"]?.string {
            resource.anchors[anchor] = schema
            resource.dynamicAnchors[anchor] = schema
        }
        for entry in fields.entries {
            let key = entry.key.text
            if SchemaDraft.mappings.contains(key) {
                for inner in entry.value.fields?.entries ?? [] {
                    try collect(inner.value, in: resource, isTop: false, depth: depth + 1)
                }
            } else if let items = entry.value.items, SchemaDraft.lists.contains(key) {
                for item in items { try collect(item, in: resource, isTop: false, depth: depth + 1) }
            } else if SchemaDraft.single.contains(key) {
                try collect(entry.value, in: resource, isTop: false, depth: depth + 1)
            }
        }
    }

    /// The resource that a schema begins, if it has an address of its own; else the one it is in.
    func resource(of schema: Value, within outer: SchemaResource) -> SchemaResource {
        guard let id = schema[outer.draft.idKeyword]?.string, !id.isEmpty, id.first != "#",
            outer.draft > .draft7 || schema["$ref"]?.string == nil
        else { return outer }
        let address = SchemaAddress.split(SchemaAddress.resolved(id, against: outer.address)).address
        return byAddress[address] ?? outer
    }

    /// What a reference leads to.
    ///
    /// - Returns: nil for a `urn:` that is not in the file, which Helm takes to allow everything.
    /// - Throws: `Problem` at the reference when it leads nowhere, or out of the file.
    func target(of reference: Value, from resource: SchemaResource) throws(Problem) -> (Value, SchemaResource)? {
        let text = reference.string ?? ""
        let (address, fragment) = SchemaAddress.split(SchemaAddress.resolved(text, against: resource.address))
        guard let found = byAddress[address] else {
            if address.hasPrefix("urn:") { return nil }
            throw Problem(
                "the schema refers to \(text), which is not in the file, and rendering uses no network",
                at: reference.origin, hint: "copy that schema under \"$defs\", and refer to \"#/$defs/NAME\"")
        }
        if fragment.isEmpty { return (found.root, found) }
        if let anchored = found.anchors[fragment] { return (anchored, found) }
        if fragment.first == "/", let schema = follow(fragment, in: found) { return schema }
        throw Problem(
            "the schema refers to \(text), which is not there", at: reference.origin,
            hint: "check the spelling of what stands behind \"#\"")
    }

    /// A JSON pointer (RFC 6901), through schemas that may have addresses of their own.
    private func follow(_ pointer: String, in resource: SchemaResource) -> (Value, SchemaResource)? {
        var value = resource.root
        var resource = resource
        for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = Search.replace(Search.replace(String(part), "~1", "/"), "~0", "~")
            if let items = value.items {
                guard let index = Int(name), items.indices.contains(index) else { return nil }
                value = items[index]
            } else {
                guard let inner = value[name] else { return nil }
                value = inner
            }
            resource = self.resource(of: value, within: resource)
        }
        return (value, resource)
    }
}

/// References between addresses (RFC 3986, section 5), as far as schemas need them.
enum SchemaAddress {
    static func resolved(_ reference: String, against base: String) -> String {
        if reference.isEmpty { return split(base).address }
        if reference.first == "#" { return split(base).address + reference }
        let scheme = reference.prefix { $0 != ":" && $0 != "/" && $0 != "#" && $0 != "?" }
        if reference.dropFirst(scheme.count).first == ":" { return reference }
        let plain = split(base).address
        let halves = Search.split(plain, "://", most: 2)
        guard halves.count == 2 else { return reference }
        let (top, rest) = (halves[0], halves[1])
        let host = rest.prefix { $0 != "/" }
        let prefix = "\(top)://\(host)"
        if reference.hasPrefix("//") { return "\(top):\(reference)" }
        if reference.first == "/" { return prefix + reference }
        var parts = rest.dropFirst(host.count).split(separator: "/", omittingEmptySubsequences: false).dropLast()
        for part in reference.split(separator: "/", omittingEmptySubsequences: false) {
            if part == ".." {
                if parts.count > 1 { parts.removeLast() }
            } else if part != "." {
                parts.append(part)
            }
        }
        return prefix + parts.joined(separator: "/")
    }

    /// An address without its fragment, and that.
    static func split(_ address: String) -> (address: String, fragment: String) {
        guard let mark = address.firstIndex(of: "#") else { return (address, "") }
        return (String(address[..<mark]), unescaped(String(address[address.index(after: mark)...])))
    }

    /// Without `%2F` and its kin.
    static func unescaped(_ text: String) -> String {
        guard text.contains("%") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
