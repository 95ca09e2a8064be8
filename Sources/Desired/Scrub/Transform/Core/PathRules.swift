/// What becomes of the values of a document, by path. Deny by default: a path that no rule reaches is an error of the
/// reader's.
///
/// It is a tree that a reader walks along with the document: `child(key)` for a mapping's value, `item` for a list's.
package struct PathRules: Sendable {
    /// What becomes of the value that a path reaches.
    package enum Action: Sendable {
        /// It stays, with all that is below it.
        case keep
        /// It is left out, with its key.
        case drop
        /// Its text is transformed; a mapping or a list there is an error.
        case transform(any TransformRecipe)
    }

    /// One place of the tree.
    package final class Node: Sendable {
        /// What becomes of the value here; nil where only what is below it has rules.
        package let action: Action?
        /// What is below a list's items; nil where no rule reaches.
        package let item: Node?
        private let children: [[UInt8]: Node]
        private let anyChild: Node?

        package init(action: Action?, children: [[UInt8]: Node] = [:], anyChild: Node? = nil, item: Node? = nil) {
            self.action = action
            self.children = children
            self.anyChild = anyChild
            self.item = item
        }

        /// What is below a mapping's key, decoded; nil where no rule reaches.
        package func child(_ key: UnsafeBufferPointer<UInt8>) -> Node? {
            if children.isEmpty { return anyChild }
            return children[Array(key)] ?? anyChild
        }

        /// Whether a rule spells this key out.
        package func names(_ key: UnsafeBufferPointer<UInt8>) -> Bool { children[Array(key)] != nil }

        /// Names that rules know here, for the hint of an error.
        package var known: [String] { children.keys.map { String(decoding: $0, as: UTF8.self) }.sorted() }
    }

    package let root: Node

    package init(root: Node) {
        self.root = root
    }
}
