import Foundation
import TestSupport

/// A real sshd on loopback with host key, user key and configuration of its own.
final class SSHServer: Sendable {
    let port: Int
    /// The user's private key in OpenSSH form.
    let key: String
    /// The line of known_hosts that tells the server's key.
    let knownHosts: String
    private let program: Program

    init(_ fixture: GitFixture) async throws {
        let folder = fixture.folder
        for name in ["host", "user"] {
            try runProgram(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/\(name)"])
        }
        try runProgram(["cp", "\(folder)/user.pub", "\(folder)/authorized"])
        key = try String(contentsOfFile: "\(folder)/user", encoding: .utf8)
        let hostKey = try String(contentsOfFile: "\(folder)/host.pub", encoding: .utf8)
        port = try LoopbackPort.free()
        let configuration = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/authorized
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            LogLevel ERROR
            """
        try Data(configuration.utf8).write(to: URL(fileURLWithPath: "\(folder)/sshd_config"))
        let start = "/usr/sbin/sshd -D -e -f \(folder)/sshd_config"
        // As root it wants /run/sshd, which it gets in a mount namespace of its own.
        let isolated = ["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec \(start)"]
        program = try Program(getuid() == 0 ? isolated : ["sh", "-c", "exec \(start)"])
        knownHosts = "[127.0.0.1]:\(port) \(hostKey)"
        try await LoopbackPort.waitUntilListening(port)
    }

    func address(_ path: String) -> String { "ssh://\(NSUserName())@127.0.0.1:\(port)\(path)" }
}
