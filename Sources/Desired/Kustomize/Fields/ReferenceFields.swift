import Document
import Manifest

/// The fields of objects in which names of other objects may stand, by kind, so that one look into an object finds
/// those that it has.
final class ReferenceFields {
    /// A field, and what kind of object it names.
    struct Use {
        var target: GroupVersionKind
        var spec: FieldSpec
    }

    /// The uses of one kind of object as a tree of keys.
    private struct Tree {
        /// Keys from here, each with the node that it leads to.
        struct Node {
            var next: [(key: String, isList: Bool, node: Int)] = []
            /// Uses whose path ends here, by their place in the order of the table.
            var uses: [Int] = []
        }

        var nodes = [Node()]
        var uses: [Use] = []
        /// Whether a path is longer than can be followed, which following it says.
        var isDeep = false

        mutating func add(_ use: Use) {
            isDeep = isDeep || use.spec.steps.count > FieldWalk.depthLimit
            var node = 0
            for step in use.spec.steps {
                let known = nodes[node].next.first { $0.key == step.key && $0.isList == step.isList }
                if let known {
                    node = known.node
                } else {
                    nodes.append(Node())
                    nodes[node].next.append((step.key, step.isList, nodes.count - 1))
                    node = nodes.count - 1
                }
            }
            nodes[node].uses.append(uses.count)
            uses.append(use)
        }
    }

    private let references: [NameReference]
    private let names: Set<String>
    private var trees: [GroupVersionKind: Tree] = [:]

    /// - Parameter names: those that objects have had and lost.
    init(_ references: [NameReference], names: Set<String>) {
        self.references = references
        self.names = names
    }

    /// The fields of an object that are there, in the table's order; none when none of them holds one of the names.
    func uses(in value: Value, of kind: GroupVersionKind) -> [Use] {
        let tree = tree(for: kind)
        if tree.uses.isEmpty || tree.isDeep { return tree.uses }
        var look = Look(tree: tree, names: names)
        look.into(value, 0)
        if look.isAmiss { return tree.uses }
        return look.isNeeded ? look.reached.sorted().map { tree.uses[$0] } : []
    }

    private func tree(for kind: GroupVersionKind) -> Tree {
        if let known = trees[kind] { return known }
        var tree = Tree()
        for reference in references {
            for spec in reference.fields where spec.selects(kind) {
                tree.add(Use(target: reference.target, spec: spec))
            }
        }
        trees[kind] = tree
        return tree
    }

    /// One look, which changes nothing.
    private struct Look {
        let tree: Tree
        let names: Set<String>
        var reached: Set<Int> = []
        var isNeeded = false
        /// Whether something stands where a mapping should; following the fields one by one says which is wrong.
        var isAmiss = false

        mutating func into(_ value: Value, _ node: Int) {
            if !tree.nodes[node].uses.isEmpty {
                reached.formUnion(tree.nodes[node].uses)
                if !isNeeded { isNeeded = mayName(value) }
            }
            let next = tree.nodes[node].next
            if next.isEmpty { return }
            switch value.content {
            case .sequence(let items): for item in items { into(item, node) }
            case .mapping(let mapping):
                for (key, isList, node) in next {
                    guard let position = mapping.position(of: key) else { continue }
                    if mapping.entries[position].value.isNull {
                        isAmiss = isAmiss || isList
                    } else {
                        into(mapping.entries[position].value, node)
                    }
                }
            case .scalar(let scalar): isAmiss = isAmiss || scalar.kind != .null
            }
        }

        private func mayName(_ value: Value) -> Bool {
            switch value.content {
            case .scalar(let scalar): scalar.kind != .null && names.contains(scalar.text)
            case .sequence(let items): items.contains { mayName($0) }
            case .mapping: true
            }
        }
    }
}
