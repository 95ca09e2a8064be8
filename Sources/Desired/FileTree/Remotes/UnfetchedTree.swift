/// The tree of a repository that may be used, and that nobody has fetched yet: every look at it says so.
package struct UnfetchedTree: FileTree {
    package init() {}

    package func kind(of path: TreePath) throws(TreeError) -> EntryKind { throw TreeError(path, .notFetched) }
    package func read(_ path: TreePath) throws(TreeError) -> TreeFile { throw TreeError(path, .notFetched) }
    package func entries(of folder: TreePath) throws(TreeError) -> [FileEntry] { throw TreeError(folder, .notFetched) }
    package func resolved(_ path: TreePath) throws(TreeError) -> TreePath { throw TreeError(path, .notFetched) }
}
