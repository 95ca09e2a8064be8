internal import CGit2
internal import Glibc
internal import System

/// libgit2's process-wide settings, made once before its first use.
enum Library {
    /// Starts libgit2; every way into it goes through here.
    ///
    /// The user's and the machine's git configuration are not read: no `insteadOf`, no credential helpers, no proxies
    /// but those of the environment. Repositories owned by other users may be read, because the operator names each
    /// one and libgit2 runs no hooks. Object hashes are verified on every read (libgit2's default).
    static let ready: Void = {
        SharedLibrary.git2.load()
        git_libgit2_init()
        let levels = [
            GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL,
        ]
        for level in levels { _ = git2_set_search_path(level.rawValue, "") }
        _ = git2_set_cache_bytes(8 << 20)
        _ = git2_set_owner_validation(0)
        _ = git2_set_fsync(1)
        _ = git2_set_pack_max_objects(10_000_000)
        SocketStream.register()
        trustSystemCertificates()
    }()

    /// Debian's bundle of certificate authorities, or the one that `SSL_CERT_FILE` names, as OpenSSL and curl read it.
    private static func trustSystemCertificates() {
        let named = getenv("SSL_CERT_FILE").map { String(cString: $0) }
        for file in [named, "/etc/ssl/certs/ca-certificates.crt"].compactMap(\.self) where access(file, R_OK) == 0 {
            _ = git2_set_ssl_certificates(file, nil)
            return
        }
    }
}

/// Who vouches for the certificates of git servers.
package enum GitTrust {
    /// Trusts the certificate authorities of a PEM file, and no others, from now on in the whole process.
    ///
    /// - Throws: `GitError`, `.invalid` when the file holds none.
    package static func use(certificates file: String) throws(GitError) {
        _ = Library.ready
        guard git2_set_ssl_certificates(file, nil) == 0 else {
            var error = GitError(result: -1, "trust the certificates of \(file)")
            error.code = .invalid
            throw error
        }
    }
}
