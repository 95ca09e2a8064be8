package import Git
package import System

/// Repositories of which renderings use one commit each, pinned by the project: fetched once for each new pin, and never
/// while something is rendered.
///
/// Fetches block, so the actor has a thread of its own.
package actor PinnedRepositories {
    private struct Mirror {
        var folder: MirrorFolder
        var repository: GitRepository
    }

    private nonisolated let thread = ThreadExecutor(name: "git-pinned")
    /// Where the mirrors are.
    package nonisolated let folder: String
    private let log: Log
    private var mirrors: [RemoteAddress: Mirror] = [:]

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// - Parameter folder: where the mirrors are kept, apart from those of projects.
    package init(in folder: String, log: Log = Log("source")) {
        self.folder = folder
        self.log = log
    }

    /// The tree of a commit, fetched when it is not there yet.
    ///
    /// - Throws: `GitError`: `.invalid` for an address of this machine, `.notFound` when the repository has no such commit.
    package func tree(of url: String, at commit: String) throws(GitError) -> GitTree {
        let (address, id) = try Self.check(url, commit)
        let mirror = try mirror(of: address)
        if try !mirror.repository.contains(id) {
            log.info("fetching a base", ["repository": address.text, "commit": id.short])
            _ = try mirror.repository.fetch(from: Remote(address))
            guard try mirror.repository.contains(id) else {
                throw GitError(
                    .notFound, "find the commit \(commit) in \(address)", "no branch or tag of the repository holds it")
            }
        }
        return try mirror.repository.tree(at: id)
    }

    /// The tree of a commit that a service has fetched before, for those who only read; nil when it is not there.
    ///
    /// - Throws: `GitError` for an address or id that is none.
    package static func fetched(_ url: String, at commit: String, in folder: String) throws(GitError) -> GitTree? {
        let (address, id) = try check(url, commit)
        let path = MirrorFolder.path(in: folder, for: address)
        guard Files.exists(path) else { return nil }
        let repository = try GitRepository(opening: path)
        return try repository.contains(id) ? repository.tree(at: id) : nil
    }

    private static func check(_ url: String, _ commit: String) throws(GitError) -> (RemoteAddress, ObjectID) {
        let address = try RemoteAddress(url)
        // A project's file must not make the service read what else is on its machine.
        guard address.localPath == nil else {
            throw GitError(.invalid, "use the base \(url)", "it is on this machine; name its folder in the repository")
        }
        guard let id = ObjectID(commit) else {
            throw GitError(.invalid, "use the base \(url)", "\(commit) is no commit")
        }
        return (address, id)
    }

    private func mirror(of address: RemoteAddress) throws(GitError) -> Mirror {
        if let known = mirrors[address] { return known }
        let folder = try MirrorFolder(in: folder, for: address)
        let mirror = Mirror(folder: folder, repository: try folder.open())
        mirrors[address] = mirror
        return mirror
    }
}
