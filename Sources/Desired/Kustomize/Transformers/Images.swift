import Document
import Manifest

/// `images`: other names, tags and digests for images.
extension Accumulator {
    mutating func setImage(
        _ entry: Kustomization.ImageEntry, in specs: [FieldSpec], among chosen: [Resource]
    ) throws(Problem) {
        let change = try ImageChange(entry)
        var tables = SpecTables(specs)
        try each(of: chosen) { (resource) throws(Problem) in
            let id = resource.id
            if id.kind.kind == "CustomResourceDefinition" { return }
            if try change.hasImage(resource.value) { try resource.update(change.setContainers) }
            for spec in tables.specs(for: id.kind) {
                let walk = FieldWalk(spec: spec, made: nil, object: id, growth: growth)
                try resource.update { (value) throws(Problem) in try walk.apply(to: &value, change.set) }
            }
        }
    }
}

/// What one entry of `images` does to an object.
private final class ImageChange {
    private let entry: Kustomization.ImageEntry
    private let pattern: Pattern

    init(_ entry: Kustomization.ImageEntry) throws(Problem) {
        let tag = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
        self.entry = entry
        pattern = try Pattern((entry.name.string ?? "") + tag, at: entry.name.origin)
    }

    /// Whether there is anything to set in lists of containers; most objects have none, and are left alone.
    func hasImage(_ value: Value) throws(Problem) -> Bool {
        switch value.content {
        case .scalar: return false
        case .sequence(let items):
            for item in items where try hasImage(item) { return true }
        case .mapping(let mapping):
            // In place: an entry that is taken out is copied, with all that it refers to.
            for index in mapping.entries.indices {
                if case .scalar = mapping.entries[index].value.content { continue }
                if isContainers(mapping.entries[index].key.text), let items = mapping.entries[index].value.items {
                    for item in items {
                        guard let image = item["image"] else { continue }
                        guard let text = image.scalar?.text, try !pattern.matches(text) else { return true }
                    }
                }
                if try hasImage(mapping.entries[index].value) { return true }
            }
        }
        return false
    }

    private func isContainers(_ key: String) -> Bool {
        key == "containers" || key == "initContainers"
    }

    /// Lists of containers are found wherever they stand, also in kinds that nobody knows.
    func setContainers(_ value: inout Value) throws(Problem) {
        switch value.content {
        case .scalar: return
        case .sequence(var items):
            value.content = .sequence([])
            for index in items.indices { try setContainers(&items[index]) }
            value.content = .sequence(items)
        case .mapping(var mapping):
            value.content = .sequence([])
            for position in mapping.entries.indices {
                try mapping.change(at: position, setContainers)
                let key = mapping.entries[position].key.text
                guard isContainers(key), var items = mapping[valueAt: position].items else { continue }
                mapping[valueAt: position].content = .sequence([])
                for index in items.indices {
                    guard var image = items[index]["image"] else { continue }
                    try set(&image)
                    items[index]["image"] = image
                }
                mapping[valueAt: position].content = .sequence(items)
            }
            value.content = .mapping(mapping)
        }
    }

    /// Sets a field that holds an image.
    func set(_ field: inout Value) throws(Problem) {
        guard var scalar = field.scalar else { throw Problem("an image must be a text", at: field.origin) }
        guard scalar.kind != .null, try pattern.matches(scalar.text) else { return }
        // An entry that says what is there already has set it all the same.
        let sources = entry.sources
        guard let source = sources.first else { return }
        let text = changed(scalar.text)
        if text != scalar.text { scalar = Scalar(text, scalar.kind, style: scalar.style) }
        field = Value(.scalar(scalar), origin: source.origin).made(with: Array(sources.dropFirst())).replacing(field)
    }

    private func changed(_ image: String) -> String {
        var parts = Self.split(image)
        if let name = entry.newName?.string { parts.name = name }
        switch (entry.newTag?.string, entry.digest?.string, entry.tagSuffix?.string) {
        case (let tag?, let digest, _): (parts.tag, parts.digest) = (tag, digest ?? "")
        case (nil, let digest?, _): (parts.tag, parts.digest) = ("", digest)
        case (nil, nil, let suffix?): (parts.tag, parts.digest) = (parts.tag + suffix, "")
        default: break
        }
        return parts.name + (parts.tag.isEmpty ? "" : ":\(parts.tag)")
            + (parts.digest.isEmpty ? "" : "@\(parts.digest)")
    }

    /// The parts of `[host[:port]/]name[:tag][@digest]`.
    private static func split(_ image: String) -> (name: String, tag: String, digest: String) {
        // A colon before the first slash belongs to a port.
        let start = image.firstIndex(of: "/") ?? image.startIndex
        let at = image[start...].firstIndex(of: "@")
        let colon = image[start...].firstIndex(of: ":")
        switch (colon, at) {
        case (nil, nil): return (image, "", "")
        case (let colon?, nil): return (String(image[..<colon]), String(image[image.index(after: colon)...]), "")
        case (let colon?, let at?) where colon < at:
            return (
                String(image[..<colon]), String(image[image.index(after: colon)..<at]),
                String(image[image.index(after: at)...])
            )
        case (_, let at?): return (String(image[..<at]), "", String(image[image.index(after: at)...]))
        }
    }
}
