import Scrub

/// The rules of a document for one lane: each recipe's own transform is made once.
final class DocumentRules {
    /// A place of the rules: its node, and whether what has no rule of its own there is kept.
    struct Place {
        var node: PathRules.Node?
        var isKept = false
        /// What rules know beside it, for the hint of an error.
        var known: [String] = []
    }

    /// What becomes of a value.
    enum Action {
        case keep
        case drop
        case transform(any CellTransform, replacesNull: Bool)
        /// Only what is below it is decided on.
        case descend
        case undecided
    }

    let root: Place
    /// Is shown what is kept.
    let inspector: (any CellTransform)?
    private var shown = ByteBuffer()
    private var transforms: [ObjectIdentifier: any CellTransform] = [:]

    init(_ plan: DocumentPlan) {
        root = Place(node: plan.rules.root)
        inspector = plan.inspector?.instance()
    }

    func action(at place: Place) -> Action {
        // Where somebody looks, what is kept is walked through.
        let kept: Action = inspector == nil ? .keep : .descend
        guard let node = place.node else { return place.isKept ? kept : .undecided }
        switch node.action {
        case .keep: return node.isLeaf ? kept : .descend
        case .drop: return .drop
        case .transform(let recipe):
            let id = ObjectIdentifier(node)
            let transform = transforms[id] ?? recipe.instance()
            transforms[id] = transform
            return .transform(transform, replacesNull: recipe.replacesNull)
        case nil: return .descend
        }
    }

    /// Whether a plain value may stand where only what is below has rules.
    func keepsPlain(at place: Place) -> Bool { below(place) }

    /// A key as a path in a message shows it: what is no plain name may be somebody's address.
    static func shown(_ key: some Collection<UInt8>) -> String {
        let isName = key.count <= 64 && key.allSatisfy { SQLLexer.isWord($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x20 }
        return isName ? String(decoding: key, as: UTF8.self) : "(a key)"
    }

    /// - Throws: what the inspector of a key throws.
    func child(of place: Place, _ key: UnsafeBufferPointer<UInt8>) throws(TransformFailure) -> Place {
        if let inspector, place.node?.names(key) != true {
            shown.removeAll()
            _ = try inspector.apply(key, row: .none, into: &shown)
        }
        let node = place.node?.child(key)
        return Place(node: node, isKept: below(place), known: node == nil ? place.node?.known ?? [] : [])
    }

    func item(of place: Place) -> Place {
        Place(node: place.node?.item, isKept: below(place))
    }

    private func below(_ place: Place) -> Bool {
        if case .keep = place.node?.action { return true }
        return place.isKept
    }
}

extension PathRules.Node {
    /// Whether no rule lies below.
    fileprivate var isLeaf: Bool {
        known.isEmpty && item == nil && child(UnsafeBufferPointer(start: nil, count: 0)) == nil
    }
}
