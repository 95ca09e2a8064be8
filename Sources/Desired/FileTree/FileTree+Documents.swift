package import Document

extension FileTree {
    /// The name that origins give a file of this tree.
    package func sourceFile(_ path: TreePath) -> SourceFile {
        SourceFile(displayName(of: path))
    }

    /// A file that a value at `origin` names; `.none` when nobody but the command line does.
    ///
    /// - Throws: `Problem` at that value when the file cannot be read.
    package func read(_ path: TreePath, for origin: Origin) throws(Problem) -> TreeFile {
        do {
            return try read(path)
        } catch {
            throw error.problem(at: origin, named: displayName(of: error.path))
        }
    }

    /// What is at a path that a value at `origin` names.
    ///
    /// - Throws: `Problem` at that value when the path cannot be looked at.
    package func kind(of path: TreePath, for origin: Origin) throws(Problem) -> EntryKind {
        do {
            return try kind(of: path)
        } catch {
            throw error.problem(at: origin, named: displayName(of: error.path))
        }
    }

    /// What a path that a value at `origin` names stands for, and where.
    ///
    /// - Throws: `Problem` at that value when the path cannot be looked at.
    package func look(at path: TreePath, for origin: Origin) throws(Problem) -> Sight {
        do {
            return try look(at: path)
        } catch {
            throw error.problem(at: origin, named: displayName(of: error.path))
        }
    }

    /// The entries of a folder that a value at `origin` names.
    ///
    /// - Throws: `Problem` at that value when the folder cannot be listed.
    package func entries(of folder: TreePath, for origin: Origin) throws(Problem) -> [FileEntry] {
        do {
            return try entries(of: folder)
        } catch {
            throw error.problem(at: origin, named: displayName(of: error.path))
        }
    }

    /// The YAML or JSON documents of a file, each value with its place in it.
    ///
    /// - Throws: `Problem` at the referring value when the file cannot be read, in the file when it does not parse.
    package func documents(_ path: TreePath, for origin: Origin) throws(Problem) -> [Value] {
        try YAML.parse(try read(path, for: origin).bytes, file: sourceFile(path), keepsComments: false)
    }
}
