import Document
package import System
package import Transport

/// Speaks to registries (OCI distribution-spec): manifests, blobs, tokens.
///
/// Registries are reached over https. Plain http is for this machine's own (`localhost`, 127.0.0.0/8, ::1) and for those
/// that the server's configuration names.
package actor RegistryClient {
    private let http: HTTPClient
    private let plain: Set<String>
    private let clock: WallClock
    private var tokens: [TokenKey: (token: String, until: Timestamp)] = [:]

    private struct TokenKey: Hashable {
        var repository: String
        var scope: String
        var username: String
    }

    /// - Parameter plain: registries (host, and port where it has one) that are spoken to without encryption.
    package init(http: HTTPClient, plain: Set<String> = [], clock: WallClock = .system) {
        self.http = http
        self.plain = plain
        self.clock = clock
    }

    /// What may be done with a repository.
    enum Access: String {
        case pull
        case push = "pull,push"
    }

    /// Whom a request is for.
    struct Repository: Sendable {
        var reference: ImageReference
        var access: Access
        var credentials: [RegistryCredential]

        /// `127.0.0.1:5000/shop/web`, for messages and tokens.
        var name: String { "\(reference.registry)/\(reference.repository)" }

        var credential: RegistryCredential? {
            credentials.first { RegistryClient.host($0.registry) == RegistryClient.host(reference.registry) }
        }
    }

    /// Docker Hub is known by several names.
    static func host(_ name: String) -> String {
        var host = Substring(name)
        for prefix in ["https://", "http://"] where host.hasPrefix(prefix) { host = host.dropFirst(prefix.count) }
        host = host.prefix { $0 != "/" }
        return ["index.docker.io", "registry-1.docker.io"].contains(host) ? "docker.io" : host.lowercased()
    }

    /// The address of a path of a repository: `manifests/latest`.
    func url(_ repository: Repository, _ path: String) throws -> WebURL {
        let reference = repository.reference
        let host = reference.registry == "docker.io" ? "registry-1.docker.io" : reference.registry
        let isPlain = try plain.contains(reference.registry) || WebURL("http://\(host)/").isLoopback
        return try WebURL("\(isPlain ? "http" : "https")://\(host)/v2/\(reference.repository)/\(path)")
    }

    /// Sends a request with what authorization the registry asks for.
    ///
    /// - Throws: `ImageError` when there is no answer, or it is none of success or `accepting`.
    func send(
        _ request: HTTPRequest, to repository: Repository, _ subject: String, accepting: Set<Int> = []
    ) async throws -> HTTPResponse {
        var request = request
        let scope = "repository:\(repository.reference.repository):\(repository.access.rawValue)"
        let key = TokenKey(
            repository: repository.name, scope: scope, username: repository.credential?.username ?? "")
        if let known = tokens[key], known.until > clock.now() { request.authorize(bearer: known.token) }
        var response = try await exchange(request, subject)
        if response.status == 401 {
            tokens[key] = nil
            guard let challenge = Challenge(response.headers.values("WWW-Authenticate")) else {
                throw denied(repository, subject)
            }
            try await authorize(&request, challenge, repository, key, subject)
            response = try await exchange(request, subject)
        }
        if response.isSuccess || accepting.contains(response.status) { return response }
        throw await failure(response, repository, subject)
    }

    private func exchange(_ request: HTTPRequest, _ subject: String) async throws -> HTTPResponse {
        do { return try await http.send(request) } catch let error as HTTPError {
            throw ImageError(
                .unreachable, "\(subject): \(error)",
                hint: error.code == .connection ? "check the name of the registry, and that it runs" : "")
        }
    }

    private func authorize(
        _ request: inout HTTPRequest, _ challenge: Challenge, _ repository: Repository, _ key: TokenKey,
        _ subject: String
    ) async throws {
        switch challenge {
        case .basic:
            guard let credential = repository.credential else { throw denied(repository, subject) }
            request.authorize(user: credential.username, password: credential.password)
        case .bearer(let realm, let service, let scope):
            let (token, life) = try await fetchToken(
                realm: realm, service: service, scope: scope ?? key.scope, repository, registry: request.url, subject)
            tokens[key] = (token, clock.now() + life)
            request.authorize(bearer: token)
        }
    }

    private func fetchToken(
        realm: String, service: String?, scope: String, _ repository: Repository, registry: WebURL, _ subject: String
    ) async throws -> (String, Duration) {
        var query = "scope=\(WebURL.escaped(scope))"
        if let service { query += "&service=\(WebURL.escaped(service))" }
        let url: WebURL
        do { url = try WebURL(realm + (realm.contains("?") ? "&" : "?") + query) } catch {
            throw ImageError(.unreachable, "\(subject): the registry sends for a token to no address: \(error)")
        }
        // Credentials that go to the registry encrypted must not go to its token server in the clear.
        guard url.scheme == "https" || registry.scheme == "http" else {
            throw ImageError(.denied, "\(subject): the registry sends for a token to \(url), which is not encrypted")
        }
        var request = HTTPRequest("GET", url)
        if let credential = repository.credential {
            request.authorize(user: credential.username, password: credential.password)
        }
        let response = try await exchange(request, subject)
        guard response.isSuccess else { throw denied(repository, subject) }
        let value = try JSON.parse(try await response.collect(limit: 1 << 20))
        guard let token = value["token"]?.string ?? value["access_token"]?.string, !token.isEmpty else {
            throw ImageError(.denied, "\(subject): \(url) gave no token")
        }
        // A little less than it lives, for clocks and networks; 60 s where nothing is said.
        return (token, .seconds(max(10, (value["expires_in"]?.int ?? 60) - 10)))
    }

    private func denied(_ repository: Repository, _ subject: String) -> ImageError {
        let hint =
            repository.credential == nil
            ? "give credentials for \(repository.reference.registry)"
            : "check the credentials for \(repository.reference.registry)"
        return ImageError(.denied, "\(subject): the registry refuses access", hint: hint)
    }

    private func failure(_ response: HTTPResponse, _ repository: Repository, _ subject: String) async -> ImageError {
        let body = (try? await response.collect(limit: 64 << 10)) ?? []
        let error = (try? JSON.parse(body))?["errors"]?.items?.first
        let reason = error.flatMap { $0["message"]?.string ?? $0["code"]?.string }.map { ": \($0.prefix(200))" } ?? ""
        switch response.status {
        case 401, 403: return denied(repository, subject)
        case 404: return ImageError(.notFound, "\(subject): the registry has no such image\(reason)")
        default: return ImageError(.unreachable, "\(subject): the registry answers \(response.status)\(reason)")
        }
    }
}
