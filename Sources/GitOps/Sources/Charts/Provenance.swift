internal import Crypto
internal import Document
internal import Glibc
internal import System

/// Verifies a chart's provenance file: a text signed in the clear by OpenPGP (RFC 9580 §7), which names the archive's
/// digest. The signature is `gpgv`'s to judge, with the keyring of the server's config and no other.
struct Provenance {
    static let limit = 1 << 20
    private static let program = "/usr/bin/gpgv"
    private static let patience = Duration.seconds(10)

    let keyring: String

    /// - Throws: `ChartError` when the file is not signed by a key of the keyring, or speaks of another archive.
    func verify(_ provenance: [UInt8], of archive: [UInt8], named fileName: String) throws {
        let text = try signedText(provenance, fileName)
        // The digests follow the chart's metadata, behind the mark that ends a document.
        guard let mark = text.firstRange(of: "\n...\n") else {
            throw ChartError("the provenance file of \(fileName) is of no form that is known")
        }
        let rest = Array(text[mark.upperBound...].utf8)
        let files = (try? YAML.parse(rest, file: SourceFile("\(fileName).prov")))?.first?["files"]?.fields
        let said = files?.entries.first { $0.key.text == fileName }?.value.string.flatMap { Digest($0) }
        guard let said else {
            throw ChartError("the provenance file of \(fileName) does not speak of it")
        }
        let found = Digest.of(archive, by: said.algorithm)
        guard said == found else {
            throw ChartError("\(fileName) was signed with the digest \(said), and what came has \(found)")
        }
    }

    /// The text whose signature is good.
    private func signedText(_ provenance: [UInt8], _ fileName: String) throws -> String {
        guard Files.exists(keyring) else {
            throw ChartError(
                "the keyring \(keyring) is not there", hint: "export keys into it: gpg --export > \(keyring)")
        }
        let folder = try Files.makeTemporaryFolder(in: "/tmp")
        defer { try? Files.removeTree(folder) }
        try Files.replace("\(folder)/file.asc", with: provenance, mode: 0o600)
        let code = try Self.run([
            Self.program, "--homedir", folder, "--keyring", keyring, "--output", "\(folder)/text", "--",
            "\(folder)/file.asc",
        ])
        guard code == 0, Files.exists("\(folder)/text") else {
            throw ChartError(
                "the provenance file of \(fileName) is not signed by a key of \(keyring)",
                hint: "if the signer is to be trusted, add its public key to that file")
        }
        return try Files.text("\(folder)/text", limit: Self.limit)
    }

    /// Runs a program to its end and answers its exit code.
    private static func run(_ words: [String]) throws -> Int32 {
        let pid: Int32
        do {
            pid = try ProcessSpawn.detached(words[0], arguments: words, inherited: [])
        } catch {
            throw ChartError("\(words[0]) cannot be started: \(error)", hint: "install Debian's package gpgv")
        }
        let deadline = ContinuousClock.now + patience
        var status: Int32 = 0
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid { break }
            if ended < 0, errno != EINTR { return -1 }
            if ContinuousClock.now > deadline { kill(pid, SIGKILL) }
            usleep(2000)
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -1
    }
}
