import System

/// A real registry (Debian's docker-registry) on a free loopback port with a root of its own.
package final class LocalRegistry: Sendable {
    /// `127.0.0.1:PORT`.
    package let host: String
    /// Where it keeps what it has.
    package let folder: TemporaryFolder
    private let server: Program
    /// Of `secret`, by bcrypt.
    private static let hash = #"$2y$05$AhTmhPOgkkZXpQYGASf9E.HiNiMYc0Cy8xrEitkWsLmbzufMOGYBG"#

    /// - Parameter asksForPassword: for `user` and `secret`.
    package init(asksForPassword: Bool = false) async throws {
        folder = try TemporaryFolder()
        let port = try LoopbackPort.free()
        host = "127.0.0.1:\(port)"
        var config = """
            version: 0.1
            log: {level: error, accesslog: {disabled: true}}
            storage: {filesystem: {rootdirectory: \(folder.path)/data}, delete: {enabled: true}}
            http: {addr: "\(host)", secret: test}

            """
        if asksForPassword {
            try Files.replace("\(folder.path)/users", with: Array("user:\(Self.hash)\n".utf8))
            config += "auth: {htpasswd: {realm: test, path: \(folder.path)/users}}\n"
        }
        try Files.replace("\(folder.path)/config.yml", with: Array(config.utf8))
        server = try Program(["docker-registry", "serve", "\(folder.path)/config.yml"])
        try await LoopbackPort.waitUntilListening(port)
    }

    /// Where the registry keeps a blob.
    package func blobPath(_ digest: String) -> String {
        let hex = digest.dropFirst("sha256:".count)
        return "\(folder.path)/data/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
    }
}
