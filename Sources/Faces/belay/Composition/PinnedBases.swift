import Document
import FileTree
import Git
import Render
import Sources

/// Mounts what a project pins of other repositories into its tree.
enum PinnedBases {
    /// The tree with what `pins` allow, fetched where need be.
    ///
    /// - Throws: `Problem` at the pin that cannot be had.
    static func mounted(
        _ tree: any FileTree, _ pins: [RemotePin], from repositories: PinnedRepositories
    ) async throws -> any FileTree {
        var mounts: [MountedTree.Mount] = []
        for pin in pins {
            do throws(GitError) {
                let pinned = try await repositories.tree(of: pin.address.url, at: pin.commit)
                mounts.append(try mount(pin, pinned))
            } catch {
                throw problem(pin, error)
            }
        }
        return mounts.isEmpty ? tree : MountedTree(tree, mounts: mounts)
    }

    /// The tree with what `pins` allow, as far as a service has fetched it into `folder`. What is not there is an error
    /// once it is used.
    static func fetched(_ tree: any FileTree, _ pins: [RemotePin], in folder: String) throws -> any FileTree {
        var mounts: [MountedTree.Mount] = []
        for pin in pins {
            do throws(GitError) {
                if let pinned = try PinnedRepositories.fetched(pin.address.url, at: pin.commit, in: folder) {
                    mounts.append(try mount(pin, pinned))
                } else {
                    mounts.append(.init(pin.address, at: pin.commit, UnfetchedTree()))
                }
            } catch {
                throw problem(pin, error)
            }
        }
        return mounts.isEmpty ? tree : MountedTree(tree, mounts: mounts)
    }

    private static func mount(_ pin: RemotePin, _ tree: GitTree) throws(GitError) -> MountedTree.Mount {
        guard let files = ObjectTree(tree) else {
            throw GitError(.malformed, "read \(pin.commit) of \(pin.address.url)", "its tree has no id")
        }
        return MountedTree.Mount(pin.address, at: pin.commit, files)
    }

    private static func problem(_ pin: RemotePin, _ error: GitError) -> Problem {
        Problem(
            "the base \(pin.address.repository) cannot be had at \(pin.commit.prefix(12)): \(error)", at: pin.origin,
            hint: "check the address and the commit, and that this machine may fetch it without credentials")
    }
}
