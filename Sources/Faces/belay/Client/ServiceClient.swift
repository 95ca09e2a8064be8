import Document
import System
import Transport

/// The running service as the command line asks it: over its unix socket, in JSON.
struct ServiceClient: Sendable {
    let socket: String
    /// Which project is meant, where the service follows several.
    private let project: String?
    private let http: HTTPClient

    init(_ invocation: Invocation) throws {
        socket = invocation.value("server").map(Paths.absolute) ?? Paths(invocation).socket
        project = invocation.value("project")
        http = try HTTPClient(proxies: .none, retries: .never)
    }

    /// What the service answers.
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    func get(_ path: String, _ query: [String: String?] = [:]) async throws -> Value {
        try await ask("GET", path, query, nil)
    }

    func post(_ path: String, _ body: Value) async throws -> Value {
        try await ask("POST", path, [:], body)
    }

    func ask(_ method: String, _ path: String, _ query: [String: String?], _ body: Value?) async throws -> Value {
        let response = try await send(method, path, query, body, accept: "application/json")
        let bytes = try await response.collect(limit: 256 << 20)
        return bytes.isEmpty ? .null : try JSON.parse(bytes)
    }

    /// Sends a request and throws what the service refuses it with.
    func send(
        _ method: String, _ path: String, _ query: [String: String?] = [:], _ body: Value? = nil, accept: String,
        idle: Duration? = nil
    ) async throws -> HTTPResponse {
        var query = query
        if let project, path.hasPrefix("/belay/v1/") { query["project"] = project }
        let url = try WebURL("http://belay\(path)\(Self.text(query))")
        var headers: HTTPHeaders = ["Accept": accept]
        if body != nil { headers["Content-Type"] = "application/json" }
        let request = HTTPRequest(
            method, url, headers: headers, body: body.map { .bytes(JSON.emit($0)) } ?? .none, unixSocket: socket,
            timeouts: .init(connect: .seconds(5), idle: idle))
        let response: HTTPResponse
        do {
            response = try await http.send(request)
        } catch let error as HTTPError where error.code == .connection {
            throw Failure(
                description: "no service answers at \(socket)\n"
                    + "  hint: start one with `belay up REPO`, or name its socket with --server or --run")
        }
        guard response.isSuccess else { throw await refusal(response) }
        return response
    }

    private static func text(_ query: [String: String?]) -> String {
        let parts = query.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\(name)=\(escaped($0))" }
        }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.properties.isAlphabetic && byte < 128 || (48...57).contains(byte) || "-._~".utf8.contains(byte)
            return isPlain
                ? String(scalar)
                : "%" + String(byte >> 4, radix: 16, uppercase: true) + String(byte & 15, radix: 16, uppercase: true)
        }.joined()
    }

    /// The reason in an answer that refuses: Belay's own, or a Kubernetes `Status`.
    private func refusal(_ response: HTTPResponse) async -> Failure {
        let fallback = "the service answered \(response.status)"
        guard let bytes = try? await response.collect(limit: 1 << 20), let value = try? JSON.parse(bytes) else {
            return Failure(description: fallback)
        }
        let problems = value["errors"]?.items ?? value["error"].map { [$0] } ?? []
        let texts = problems.map(Self.text(of:))
        if !texts.isEmpty { return Failure(description: texts.joined(separator: "\n")) }
        return Failure(description: value["message"]?.string ?? fallback)
    }

    /// A problem as the console writes it, for people.
    static func text(of problem: Value) -> String {
        if let text = problem.string { return text }
        let place = problem["origin"]?.string.map { "\($0): " } ?? ""
        let hint = problem["hint"]?.string.map { "\n  hint: \($0)" } ?? ""
        return place + (problem["message"]?.string ?? "unknown problem") + hint
    }
}
