package import Document

/// Why a tree did not give what it was asked for.
package struct TreeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What stood in the way.
    package enum Reason: Sendable, Hashable {
        case absent
        /// A symlink on the way leads out of the root.
        case outside
        /// Symlinks that lead round in a circle, or too many of them.
        case tooManyLinks
        case isFolder
        case isNotFolder
        /// A device, a socket, a submodule.
        case notReadable
        /// In a repository that may be used, but that no service has fetched.
        case notFetched
        /// Longer than the tree reads, in bytes.
        case tooLarge(limit: Int)
        /// Encrypted, and changed since; what is wrong with it.
        case sealed(Problem)
        /// The disk or the repository did not answer; why, in its own words.
        case failed(String)
    }

    package var path: TreePath
    package var reason: Reason

    package init(_ path: TreePath, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    package var description: String { description(path.description) }

    private func description(_ name: String) -> String {
        switch reason {
        case .absent: "\(name) does not exist"
        case .outside: "\(name) refers outside its root through a symlink"
        case .tooManyLinks: "\(name) leads through too many symlinks"
        case .isFolder: "\(name) is a folder, not a file"
        case .isNotFolder: "\(name) is a file, not a folder"
        case .notReadable: "\(name) is neither a file nor a folder"
        case .notFetched: "\(name) is pinned, but has not been fetched; rendering does not use the network"
        case .tooLarge(let limit): "\(name) is longer than \(limit) bytes"
        case .sealed(let problem): problem.message
        case .failed(let reason): "\(name) cannot be read: \(reason)"
        }
    }

    /// The problem for the person who wrote the reference to this path at `origin`.
    ///
    /// - Parameter name: how the path is shown; nil takes the path itself.
    package func problem(at origin: Origin, named name: String? = nil) -> Problem {
        if case .sealed(let problem) = reason { return problem.reached(from: origin) }
        let hint =
            switch reason {
            case .absent: "check the spelling, and that the file is committed"
            case .outside, .tooManyLinks: "put the file itself into the repository instead of a link"
            case .notReadable: "only files, folders and links between them can be rendered"
            case .notFetched:
                "a service that follows the project fetches it (belay up); --state names the folder that it keeps it in"
            case .tooLarge: "split the file"
            case .isFolder, .isNotFolder, .failed, .sealed: ""
            }
        return Problem(description(name ?? path.description), at: origin, hint: hint)
    }
}

extension TreePath {
    /// What the text of a value written in a file of this folder refers to.
    ///
    /// - Throws: `Problem` at the value when it leads out of the tree.
    package func referred(by text: String, at origin: Origin) throws(Problem) -> TreePath {
        if let path = resolving(text) { return path }
        throw Problem(
            "\(text) refers outside its root", at: origin,
            hint: "name a path beneath the repository's root, relative to the folder of the file that names it")
    }
}
