import Document
import Glibc

/// Names files as the person in this folder would: relative to it, so that an editor or a shell finds them.
struct ShownPaths {
    /// Where the names of the tree's files begin.
    let root: String
    /// Names that are not of files beneath the root: those that the person has given, and `--set`.
    let given: Set<String>
    private let folder: [Substring]

    /// - Parameter root: absolute.
    init(root: String, given: Set<String> = []) {
        self.root = root
        self.given = given
        folder = Self.workingFolder.split(separator: "/")
    }

    private static var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    func name(_ path: String) -> String {
        let whole = absolute(path)
        var here = folder[...]
        var there = whole.split(separator: "/")[...]
        while let first = here.first, first == there.first {
            here.removeFirst()
            there.removeFirst()
        }
        // From far away the whole path is easier to read.
        if here.count > 2 { return whole }
        return (here.map { _ in ".." } + there.map(String.init)).joined(separator: "/")
    }

    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : root.hasSuffix("/") ? root + path : "\(root)/\(path)"
    }

    /// The same place, its file named from here.
    func origin(_ origin: Origin) -> Origin {
        guard origin.isKnown, !given.contains(origin.file.path) else { return origin }
        return Origin(SourceFile(name(origin.file.path)), line: Int(origin.line), column: Int(origin.column))
    }

    func problem(_ problem: Problem) -> Problem {
        var problem = problem
        problem.origin = origin(problem.origin)
        problem.trail = problem.trail.map(origin)
        return problem
    }
}
