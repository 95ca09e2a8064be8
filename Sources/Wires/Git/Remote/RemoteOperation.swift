internal import CGit2
internal import Glibc

/// One fetch or push: what libgit2's callbacks need, and the reasons that they found.
///
/// It lives on the thread that runs the operation; libgit2 calls back on that thread only.
final class RemoteOperation {
    let remote: Remote
    let name: String
    let deadline: Deadline
    /// Why a callback refused to go on; more telling than libgit2's own words.
    var refusal: GitError?
    /// Reference name → why the server would not update it.
    var rejections: [(reference: String, reason: String)] = []
    /// What the server must hold before a push; nil for a fetch.
    var lease: Lease?
    private var attempts = 0

    struct Lease {
        var reference: String
        var expected: ObjectID?
    }

    init(_ verb: String, _ remote: Remote) {
        self.remote = remote
        name = "\(verb) \(remote.address)"
        deadline = Deadline(after: remote.timeout)
    }

    /// Connects, runs `body` and translates what went wrong.
    func run<Result>(
        _ repository: OpaquePointer, _ direction: git_direction,
        _ body: (OpaquePointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        do {
            return try deadline.watch { () throws(GitError) in
                let handle = try open(repository)
                defer {
                    git_remote_disconnect(handle)
                    git_remote_free(handle)
                }
                var options = git_remote_connect_options()
                git_remote_connect_options_init(&options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION))
                options.callbacks = callbacks
                options.follow_redirects = redirects
                options.proxy_opts.type = GIT_PROXY_AUTO
                try check(name, git_remote_connect_ext(handle, direction, &options))
                return try body(handle)
            }
        } catch {
            throw translated(error)
        }
    }

    /// Redirects are followed only where no credentials could go along.
    var redirects: git_remote_redirect_t {
        remote.credentials == .none ? GIT_REMOTE_REDIRECT_INITIAL : GIT_REMOTE_REDIRECT_NONE
    }

    var callbacks: git_remote_callbacks {
        var callbacks = git_remote_callbacks()
        git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.credentials = { out, _, user, allowed, payload in
            RemoteOperation.of(payload)?.acquire(out, user: user.map { String(cString: $0) }, allowed: allowed) ?? -1
        }
        callbacks.certificate_check = { certificate, valid, host, payload in
            RemoteOperation.of(payload)?.judge(certificate, isValid: valid == 1) ?? -1
        }
        callbacks.transfer_progress = { progress, payload in
            RemoteOperation.of(payload)?.goOn(progress?.pointee) ?? -1
        }
        callbacks.push_update_reference = { reference, reason, payload in
            guard let reference, let reason else { return 0 }
            RemoteOperation.of(payload)?.rejections.append((String(cString: reference), String(cString: reason)))
            return 0
        }
        callbacks.push_negotiation = { updates, count, payload in
            RemoteOperation.of(payload)?.hold(updates, count) ?? -1
        }
        return callbacks
    }

    private static func of(_ payload: UnsafeMutableRawPointer?) -> RemoteOperation? {
        payload.map { Unmanaged<RemoteOperation>.fromOpaque($0).takeUnretainedValue() }
    }

    private func open(_ repository: OpaquePointer) throws(GitError) -> OpaquePointer {
        var options = git_remote_create_options()
        git_remote_create_options_init(&options, UInt32(GIT_REMOTE_CREATE_OPTIONS_VERSION))
        options.repository = repository
        options.flags =
            GIT_REMOTE_CREATE_SKIP_INSTEADOF.rawValue | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC.rawValue
        var handle: OpaquePointer?
        try check(name, git_remote_create_with_opts(&handle, remote.address.text, &options))
        guard let handle else { throw GitError(.failed, name, "no remote was made") }
        return handle
    }

    private func translated(_ error: GitError) -> GitError {
        if deadline.hasPassed {
            return GitError(.timedOut, name, "it took longer than \(remote.timeout)")
        }
        if let refusal { return refusal }
        var error = error
        error.operation = name
        if error.code == .network || error.code == .failed {
            if error.message.contains("status code: 404") { error.code = .noRepository }
            if error.message.contains("authenticate SSH session") { error.code = .authentication }
            if error.message.contains("status code: 401") || error.message.contains("status code: 403") {
                error.code = .authentication
            }
        }
        if error.code == .notFound { error.code = .noRepository }
        return error
    }

    // MARK: Callbacks

    private func acquire(
        _ out: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, user: String?, allowed: UInt32
    ) -> Int32 {
        attempts += 1
        guard attempts <= 3 else { return refuse(.authentication, "the server does not take \(remote.credentials)") }
        let name = remote.address.user ?? user ?? "git"
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0, allowed & GIT_CREDENTIAL_SSH_KEY.rawValue == 0 {
            return git_credential_username_new(out, name)
        }
        // The one before it may have been the user's name; the same proof is not shown twice.
        guard attempts <= 2, !shown else {
            return refuse(.authentication, "the server does not take \(remote.credentials)")
        }
        switch remote.credentials {
        case .password(let user, let password) where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0:
            shown = true
            return git_credential_userpass_plaintext_new(out, user, password)
        case .token(let token) where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0:
            shown = true
            return git_credential_userpass_plaintext_new(out, "x-access-token", token)
        case .key(let key, let passphrase) where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0:
            shown = true
            return git_credential_ssh_key_memory_new(out, name, nil, key, passphrase.isEmpty ? nil : passphrase)
        case .none: return refuse(.authentication, "the server asks for credentials and none are set")
        default: return refuse(.authentication, "the server does not take \(remote.credentials) for this address")
        }
    }

    private var shown = false

    /// Breaks a download off that is over its time or its size.
    private func goOn(_ progress: git_indexer_progress?) -> Int32 {
        if deadline.hasPassed { return -1 }
        guard let progress, progress.received_bytes > remote.byteLimit || progress.total_objects > Self.objectLimit
        else { return 0 }
        return refuse(.tooLarge, "it sends more than \(remote.byteLimit) bytes or \(Self.objectLimit) objects")
    }

    private static let objectLimit: UInt32 = 20_000_000

    private func judge(_ certificate: UnsafeMutablePointer<git_cert>?, isValid: Bool) -> Int32 {
        guard let certificate, certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else {
            return isValid ? 0 : refuse(.untrusted, "the server's TLS certificate cannot be verified")
        }
        let hostKey = UnsafeMutableRawPointer(certificate).assumingMemoryBound(to: git_cert_hostkey.self).pointee
        guard hostKey.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0, let bytes = hostKey.hostkey else {
            return refuse(.untrusted, "the server shows no host key")
        }
        let key = UnsafeRawBufferPointer(start: bytes, count: hostKey.hostkey_len).map { $0 }
        let host = remote.address.host
        switch KnownHosts(remote.knownHosts).verdict(host: host, port: remote.address.port ?? 22, key: key) {
        case .trusted: return 0
        case .changed:
            return refuse(.untrusted, "\(host) shows another host key than the one in known_hosts")
        case .revoked: return refuse(.untrusted, "the host key of \(host) is revoked in known_hosts")
        case .unknown:
            return refuse(
                .untrusted, "known_hosts has no such key of \(host): add what ssh-keyscan shows, once checked")
        }
    }

    /// Refuses to push when the server's reference is not what the caller saw.
    private func hold(_ updates: UnsafeMutablePointer<UnsafePointer<git_push_update>?>?, _ count: Int) -> Int32 {
        guard let lease else { return 0 }
        for index in 0..<count {
            guard let update = updates?[index]?.pointee, let name = update.dst_refname,
                String(cString: name) == lease.reference
            else { continue }
            let held = ObjectID(update.src)
            guard held == lease.expected ?? .zero else {
                return refuse(
                    .leaseLost, "\(lease.reference) is at \(held.short), expected \(lease.expected?.short ?? "nothing")"
                )
            }
        }
        return 0
    }

    private func refuse(_ code: GitError.Code, _ message: String) -> Int32 {
        refusal = GitError(code, name, message)
        git_error_set_str(Int32(GIT_ERROR_CALLBACK.rawValue), message)
        return code == .authentication ? GIT_EAUTH.rawValue : GIT_EUSER.rawValue
    }
}
