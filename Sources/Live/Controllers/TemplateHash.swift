import Document

/// The number that tells pod templates apart: FNV-1a over the template with its keys in order, so that how a manifest
/// was written does not count.
enum TemplateHash {
    /// - Parameter collisions: how many other templates had the same name; each gives another hash.
    static func of(_ template: Value, collisions: Int = 0) -> String {
        var hash = FNV1a()
        hash.add(template)
        if collisions > 0 { hash.add(bytes: String(collisions).utf8) }
        return RandomSuffix.encode(String(hash.folded))
    }
}

private struct FNV1a {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// 32 bits, which make ten letters at most.
    var folded: UInt32 { UInt32(truncatingIfNeeded: state ^ state >> 32) }

    mutating func add(bytes: some Sequence<UInt8>) {
        for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }

    mutating func add(_ value: Value) {
        switch value.content {
        case .scalar(let scalar):
            add(bytes: CollectionOfOne(scalar.kind == .string || scalar.kind == .timestamp ? 34 : 35))
            add(bytes: scalar.text.utf8)
        case .sequence(let items):
            add(bytes: CollectionOfOne(91))
            for item in items { add(item) }
        case .mapping(let mapping):
            add(bytes: CollectionOfOne(123))
            for entry in mapping.entries.sorted(by: { $0.key.text < $1.key.text }) {
                add(bytes: entry.key.text.utf8)
                add(bytes: CollectionOfOne(58))
                add(entry.value)
            }
        }
        add(bytes: CollectionOfOne(0))
    }
}
