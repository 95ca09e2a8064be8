import Glibc
package import System

/// Why an image is not to be had, or could not be kept.
package struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault it is; a pod's waiting reason follows from it.
    package enum Code: String, Sendable {
        /// The reference is no image reference (`InvalidImageName`).
        case invalidName
        /// The registry, or the store, has no such image.
        case notFound
        /// The policy is `Never` and the image is not here (`ErrImageNeverPull`).
        case neverPull
        /// The registry asks for credentials, or refuses those given.
        case denied
        /// The registry does not answer, or not as a registry does.
        case unreachable
        /// What came is not what its digest, size or form promised; nothing of it was kept.
        case corrupt
        /// The image holds what Belay does not take: a device, a path out of its root, another platform.
        case refused
        /// The disk is full.
        case noSpace
        /// The machine's fault otherwise.
        case machine
    }

    package var code: Code
    /// What failed, on which image, layer or entry.
    package var message: String
    /// What to do about it; empty when the message says it all.
    package var hint: String

    package init(_ code: Code, _ message: String, hint: String = "") {
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { hint.isEmpty ? message : "\(message)\n  hint: \(hint)" }

    /// A system call that failed while something was done to an image.
    package init(_ error: SystemError, while doing: String) {
        if error.code == ENOSPC || error.code == EDQUOT {
            self.init(
                .noSpace, "\(doing): the disk is full (\(error.subject))",
                hint: "remove what is not used with `belay image prune`, or give the state folder more room")
        } else {
            self.init(.machine, "\(doing): \(error)")
        }
    }
}
