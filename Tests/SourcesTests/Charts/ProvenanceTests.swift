import Crypto
import Document
import Render
import Sources
import System
import TestSupport
import Testing

/// A key pair of a test's own, made and used by GnuPG.
final class Signer: Sendable {
    private let home: TemporaryFolder
    /// The public keys.
    let keyring: String

    init() throws {
        home = try TemporaryFolder()
        keyring = "\(home.path)/trusted.gpg"
        try Program.run(gpg + ["--quick-gen-key", "Shop <shop@example.org>", "ed25519", "sign", "never"])
        try Program.run(gpg + ["--output", keyring, "--export"])
    }

    deinit {
        _ = try? Program.run(["gpgconf", "--homedir", home.path, "--kill", "gpg-agent"])
    }

    private var gpg: [String] { ["gpg", "--homedir", home.path, "--batch", "--yes", "--passphrase", ""] }

    /// Writes a provenance file: the chart's metadata and the digest of its archive, signed in the clear.
    func sign(_ archive: String, _ digest: Digest, to path: String) throws {
        let text = "apiVersion: v2\nname: app\nversion: 1.2.3\n\n...\nfiles:\n  \(archive): \(digest)\n"
        let plain = "\(home.path)/plain"
        try Files.replace(plain, with: Array(text.utf8))
        try Program.run(gpg + ["--output", path, "--clearsign", plain])
    }
}

@Suite struct ProvenanceTests {
    private func pin(_ server: ChartServer, _ bytes: [UInt8]) -> ChartPin {
        ChartPin(
            repository: "\(server.address)/charts", name: "app", version: "1.2.3", digest: .sha256(bytes),
            isVerified: true)
    }

    private func fixture() throws -> (ChartFixture, [UInt8]) {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3")
        try fixture.index([("app", "1.2.3", Digest.sha256(bytes).hex, "app-1.2.3.tgz")])
        return (fixture, bytes)
    }

    @Test func `a chart that is signed by a trusted key is taken, and needs no second fetch`() async throws {
        let (fixture, bytes) = try fixture()
        let signer = try Signer()
        try signer.sign("app-1.2.3.tgz", .sha256(bytes), to: "\(fixture.www)/app-1.2.3.tgz.prov")
        let server = try await ChartServer(fixture.www)
        let pin = pin(server, bytes)
        #expect(try await fixture.source(ChartConfig(keyring: signer.keyring)).fetch([pin]))
        let count = try server.seen.count
        // Another process verifies what is kept; with other keys it does not pass.
        _ = try await fixture.source(ChartConfig(keyring: signer.keyring)).fetch([pin])
        #expect(try server.seen.count == count)
        let others = try fixture.source(ChartConfig(keyring: try Signer().keyring))
        await #expect(throws: Problem.self) { try await others.fetch([pin]) }
    }

    private enum Fault: CaseIterable {
        case missing, otherKey, otherDigest, otherFile, altered, noKeyring, keyringGone
    }

    @Test(arguments: Fault.allCases)
    private func `what is not proven is not kept`(fault: Fault) async throws {
        let (fixture, bytes) = try fixture()
        let signer = try Signer()
        let path = "\(fixture.www)/app-1.2.3.tgz.prov"
        let file = fault == .otherFile ? "app-1.2.2.tgz" : "app-1.2.3.tgz"
        let digest = fault == .otherDigest ? Digest.sha256("other") : Digest.sha256(bytes)
        try (fault == .otherKey ? Signer() : signer).sign(file, digest, to: path)
        if fault == .missing { try Files.remove(path) }
        if fault == .altered {
            try Files.replace(path, with: Array(try Files.text(path).replacing("name: app", with: "name: ape").utf8))
        }
        let keyring = fault == .noKeyring ? nil : fault == .keyringGone ? "/nowhere/keys.gpg" : signer.keyring
        let server = try await ChartServer(fixture.www)
        let source = try fixture.source(ChartConfig(keyring: keyring))
        let problem = await #expect(throws: Problem.self) { try await source.fetch([pin(server, bytes)]) }
        let expected =
            switch fault {
            case .missing: "is not there (404)"
            case .otherKey, .altered: "is not signed by a key of"
            case .otherDigest: "was signed with the digest"
            case .otherFile: "does not speak of it"
            case .noKeyring: "no keyring says whom to trust"
            case .keyringGone: "/nowhere/keys.gpg is not there"
            }
        #expect(problem?.message.contains(expected) == true, "\(problem?.message ?? "")")
        #expect(fixture.kept == 0)
    }
}
