extension ReadSet {
    /// What a folder's id vouches for of a read set, so that a chart of hundreds of files is known to be unchanged by one
    /// look.
    package struct Seal: Sendable {
        private let folder: TreePath
        private let id: ContentID
        /// What the folder's id says nothing of.
        private let rest: ReadSet

        fileprivate init(_ folder: TreePath, _ id: ContentID, rest: ReadSet) {
            self.folder = folder
            self.id = id
            self.rest = rest
        }

        /// Whether another tree shows the same at every path; nil where the folder does not say, as it has become another
        /// one or its id is not known there.
        package func isUnchanged(in tree: some FileTree) throws(TreeError) -> Bool? {
            guard tree.treeID(of: folder) == id else { return nil }
            return try rest.isUnchanged(in: tree)
        }

        /// The seal of another tree, which shows the same paths; nil where that knows no id of the folder.
        package func renewed(in tree: some FileTree, showing readSet: ReadSet) -> Seal? {
            guard let id = tree.treeID(of: folder) else { return nil }
            var new = ReadSet()
            for (path, _) in rest.looks {
                guard let look = readSet[path] else { return nil }
                new.note(path, look.seen, leadsTo: look.place)
            }
            return Seal(folder, id, rest: new)
        }
    }

    /// - Parameter tree: one that shows what was seen.
    /// - Returns: nil where the tree knows no id of the folder.
    package func seal(_ folder: TreePath, in tree: some FileTree) -> Seal? {
        guard let id = tree.treeID(of: folder) else { return nil }
        var rest = ReadSet()
        for (path, look) in looks where !folder.contains(path) || (try? tree.resolved(path)) != path {
            // Beyond the folder, or by a link, which may lead beyond it; or not there, which may be by a link as well.
            rest.note(path, look.seen, leadsTo: look.place)
        }
        return Seal(folder, id, rest: rest)
    }
}
