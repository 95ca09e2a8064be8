import Crypto
import Document
import Glibc
import Listener
import System

/// What kubectl needs to reach the API: a port on loopback, a certificate and a token, all kept with the state so that a
/// kubeconfig stays good over restarts.
struct NetworkAccess: Sendable {
    let identity: ServerCertificate
    let token: String
    private let portFile: String

    /// Reads what is kept, or makes it.
    init(_ paths: Paths) throws {
        let folder = "\(paths.state)/api"
        try Files.makeFolders(folder, mode: 0o700)
        portFile = "\(folder)/port"
        let (certificate, key) = ("\(folder)/certificate.pem", "\(folder)/key.pem")
        if Files.exists(certificate), Files.exists(key) {
            identity = ServerCertificate(certificate: try Files.read(certificate), key: try Files.read(key))
        } else {
            identity = try ServerCertificate.make(
                name: "belay", alternatives: ["DNS:localhost", "IP:127.0.0.1"], days: 3650)
            try Files.replace(key, with: identity.key, mode: 0o600)
            try Files.replace(certificate, with: identity.certificate, mode: 0o600)
        }
        let tokenFile = "\(folder)/token"
        if Files.exists(tokenFile) {
            token = try Files.text(tokenFile)
        } else {
            token = Hex.encode(try Random.bytes(32))
            try Files.replace(tokenFile, with: token.utf8, mode: 0o600)
        }
    }

    /// The port that was used before; 0 for any that is free.
    var port: UInt16 {
        guard let text = try? Files.text(portFile) else { return 0 }
        return UInt16(text) ?? 0
    }

    /// Keeps the port that the server got.
    func keep(_ endpoints: [Endpoint]) throws {
        for case .tcp(_, let port) in endpoints { try Files.replace(portFile, with: String(port).utf8, mode: 0o600) }
    }

    /// A kubeconfig for this service (`v1` Config, as kubectl reads it).
    var kubeconfig: Value {
        let authority = Base64.encode(identity.certificate)
        return [
            "apiVersion": "v1", "kind": "Config", "current-context": "belay",
            "clusters": [
                [
                    "name": "belay",
                    "cluster": [
                        "server": .string("https://127.0.0.1:\(port)"),
                        "certificate-authority-data": .string(authority),
                    ],
                ]
            ],
            "users": [["name": "belay", "user": ["token": .string(token)]]],
            "contexts": [["name": "belay", "context": ["cluster": "belay", "user": "belay"]]],
        ]
    }
}
