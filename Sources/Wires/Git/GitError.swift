internal import CGit2

/// What git could not do: which kind of failure, on what, and in libgit2's words.
package struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Kinds of failure that callers tell apart.
    package enum Code: String, Sendable, Hashable {
        /// No such object, reference, path or revision.
        case notFound
        /// The repository itself cannot be opened: it vanished, or never was there.
        case noRepository
        /// A prefix of an object id that fits several objects.
        case ambiguous
        /// A path, name, address or option that git would not take.
        case invalid
        /// Bytes that are no valid git object, pack or reply.
        case malformed
        /// An object, folder or history larger than the caller's limit.
        case tooLarge
        /// The other side is ahead: what was to be replaced is not what was expected.
        case leaseLost
        /// The other side refused the push: a protected branch, a hook, a checked-out branch.
        case rejected
        /// No credentials, or ones that the other side does not take.
        case authentication
        /// A TLS certificate or SSH host key that cannot be trusted.
        case untrusted
        /// The other side cannot be reached, or broke off.
        case network
        /// The deadline of a fetch or push passed.
        case timedOut
        /// Another process holds a lock file.
        case locked
        /// Any other failure.
        case failed
    }

    package var code: Code
    /// What was tried and on what: `fetch https://example.com/shop.git`. Never holds credentials.
    package var operation: String
    /// libgit2's own words, or ours.
    package var message: String

    package init(_ code: Code, _ operation: String, _ message: String) {
        self.code = code
        self.operation = operation
        self.message = message
    }

    package var description: String { "\(operation): \(message)" }
}

extension GitError {
    /// The error behind libgit2's return value, its message read on the thread that failed.
    init(result: Int32, _ operation: String) {
        let error = git_error_last()
        let message = error?.pointee.message.map { String(cString: $0) } ?? "libgit2 failed with \(result)"
        let area = git_error_t(rawValue: UInt32(bitPattern: error?.pointee.klass ?? 0))
        self.init(Self.code(of: result, area: area), operation, message)
    }

    /// The error of an object that others refer to and that cannot be read: never to be taken for an absent file.
    init(missingObject result: Int32, _ operation: String) {
        self.init(result: result, operation)
        if code == .notFound { code = .malformed }
    }

    private static func code(of result: Int32, area: git_error_t) -> Code {
        switch git_error_code(rawValue: result) {
        case GIT_ENOTFOUND: area == GIT_ERROR_REPOSITORY || area == GIT_ERROR_OS ? .noRepository : .notFound
        case GIT_EAMBIGUOUS: .ambiguous
        case GIT_EINVALIDSPEC, GIT_EINVALID, GIT_EDIRECTORY: .invalid
        case GIT_ENONFASTFORWARD, GIT_EMODIFIED: .leaseLost
        case GIT_EAUTH: .authentication
        case GIT_ECERTIFICATE: .untrusted
        case GIT_ELOCKED: .locked
        case GIT_EMISMATCH: .malformed
        default: code(of: area)
        }
    }

    private static func code(of area: git_error_t) -> Code {
        switch area {
        case GIT_ERROR_NET, GIT_ERROR_HTTP: .network
        case GIT_ERROR_SSL: .untrusted
        case GIT_ERROR_SSH: .network
        case GIT_ERROR_ZLIB, GIT_ERROR_INDEXER: .malformed
        case GIT_ERROR_REPOSITORY: .noRepository
        default: .failed
        }
    }
}

/// Runs a call of libgit2 and throws when it answers less than zero.
@discardableResult
func check(_ operation: @autoclosure () -> String, _ result: Int32) throws(GitError) -> Int32 {
    guard result < 0 else { return result }
    throw GitError(result: result, operation())
}
