internal import Crypto
internal import Git
internal import Glibc
internal import System

/// The folder of a mirror: who owns it, and what a killed process left in it.
///
/// The lock is held as long as the value lives and ends with the process, so a lock file of libgit2 that is found while
/// it is held was left by a killed fetch of ours, and is removed.
final class MirrorFolder: Sendable {
    let path: String
    private let lock: FileLock

    /// Takes the mirror of an address beneath `folder`.
    ///
    /// - Throws: `GitError`, `.locked` when another process has it.
    init(in folder: String, for address: RemoteAddress) throws(GitError) {
        path = Self.path(in: folder, for: address)
        lock = try Self.take("\(path).lock", folder: folder)
        Self.removeLeftovers(path)
    }

    /// Opens the mirror; one that cannot be opened is set aside and made anew, for the remote has all that it held.
    func open() throws(GitError) -> GitRepository {
        do {
            let mirror = try GitRepository(bareAt: path)
            // Nobody reads yet, so that no pack disappears under a reader. What fails is tried again by the next start.
            try? mirror.consolidatePacks()
            return mirror
        } catch {
            let aside = "\(path).broken-\(Timestamp.now.seconds)"
            guard Files.exists(path), rename(path, aside) == 0 else { throw error }
            return try GitRepository(bareAt: path)
        }
    }

    /// Where the mirror of an address is, beneath `folder`.
    static func path(in folder: String, for address: RemoteAddress) -> String {
        "\(folder)/\(name(of: address)).git"
    }

    /// The last word of the address, for people, and a digest of it all.
    private static func name(of address: RemoteAddress) -> String {
        var word = String(address.text.split(whereSeparator: { $0 == "/" || $0 == ":" }).last ?? "repository")
        if word.hasSuffix(".git") { word.removeLast(4) }
        let kept = word.prefix(40).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        return "\(kept.isEmpty ? "repository" : kept)-\(Digest.sha256(address.text).hex.prefix(12))"
    }

    private static func take(_ lock: String, folder: String) throws(GitError) -> FileLock {
        do {
            try Files.makeFolders(folder, mode: 0o700)
        } catch {
            throw GitError(.failed, "make \(folder)", "\(error)")
        }
        do {
            return try FileLock(lock)
        } catch {
            guard error.code == EWOULDBLOCK else { throw GitError(.failed, "take the mirror \(lock)", "\(error)") }
            throw GitError(.locked, "take the mirror \(lock)", "another Belay works with it")
        }
    }

    /// Removes lock files and half-written packs.
    private static func removeLeftovers(_ path: String) {
        for name in ["HEAD.lock", "packed-refs.lock", "config.lock", "FETCH_HEAD.lock"] {
            try? Files.remove("\(path)/\(name)")
        }
        removeLocks(beneath: "\(path)/refs", depth: 0)
        let packs = "\(path)/objects/pack"
        for name in (try? Files.names(in: packs)) ?? [] where name.hasPrefix("pack_git2_") || name.hasSuffix(".lock") {
            try? Files.remove("\(packs)/\(name)")
        }
    }

    private static func removeLocks(beneath folder: String, depth: Int) {
        guard depth < 16 else { return }
        for name in (try? Files.names(in: folder)) ?? [] {
            if name.hasSuffix(".lock") {
                try? Files.remove("\(folder)/\(name)")
            } else {
                removeLocks(beneath: "\(folder)/\(name)", depth: depth + 1)
            }
        }
    }
}
