/// Structures that many kinds share (the API's OpenAPI document, `io.k8s.apimachinery` and `io.k8s.api.core.v1`).
extension Schema {
    /// A list that merges by one key, in server-side apply and in patches alike.
    static func named(_ key: String = "name") -> Schema {
        .list(keys: [key], patchKey: key, item: .object([:]))
    }

    /// A list that merges by names, of items with known fields.
    static func named(retainKeys: Bool = false, _ fields: [String: Schema]) -> Schema {
        .list(keys: ["name"], patchKey: "name", retainKeys: retainKeys, item: .object(fields))
    }

    /// A list that is replaced whole, its items' structure unknown.
    static let atomicList = Schema.atomic(.any)

    /// A selector: one owner, replaced whole by server-side apply.
    static let selector = Schema.atomic(.object(["matchLabels": .map(.any), "matchExpressions": .atomicList]))

    static let conditions = Schema.named("type")

    /// `metav1.ObjectMeta`.
    static let metadata = Schema.object([
        "labels": .map(.any), "annotations": .map(.any), "finalizers": .set, "ownerReferences": .named("uid"),
        "managedFields": .atomicList,
    ])

    /// An object's own fields with those that every object has.
    static func manifest(_ fields: [String: Schema]) -> Schema {
        var all = fields
        all["metadata"] = .metadata
        return .object(all)
    }

    /// The status of most kinds.
    static let statusWithConditions = Schema.object(["conditions": .conditions])

    /// The structure of a field; `any` where nothing is known of it.
    package func field(_ key: String) -> Schema {
        switch self {
        case .object(let fields): fields[key] ?? .any
        case .map(let value): value
        case .atomic(let inner): inner.field(key)
        case .any, .set, .list: .any
        }
    }

    /// The structure of a list's items.
    package var item: Schema {
        switch self {
        case .list(_, _, _, let item): item
        case .atomic(let inner): inner.item
        case .any, .set, .object, .map: .any
        }
    }
}
