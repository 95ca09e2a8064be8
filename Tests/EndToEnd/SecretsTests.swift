import Foundation
import TestSupport
import Testing

/// Secrets on the command line, from a new key to a rendering.
@Suite struct SecretsTests {
    private static let secret = """
        apiVersion: v1
        kind: Secret
        metadata: {name: mail}
        stringData:
          password: a word that nobody guesses

        """

    @Test func `a folder with an encrypted secret renders by its key, and as it stands without any`() async throws {
        let home = try TemporaryFolder()
        let folder = "\(home.path)/app"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let plain = "\(folder)/secret.yaml"
        try Self.secret.write(toFile: plain, atomically: false, encoding: .utf8)
        try "resources: [secret.yaml]\n".write(
            toFile: "\(folder)/kustomization.yaml", atomically: false, encoding: .utf8)
        for name in ["own", "other"] {
            let made = try await belay(["secrets", "keygen", "-o", "\(home.path)/\(name)"], home)
            #expect(made.code == 0, "\(made)")
        }
        let recipient = try #require(
            String(contentsOfFile: "\(home.path)/own", encoding: .utf8).firstMatch(of: /age1[0-9a-z]+/))
        let sealed = try await belay(["secrets", "encrypt", "-i", "--age", "\(recipient.output)", plain], home)
        #expect(sealed.code == 0, "\(sealed)")
        #expect(try !String(contentsOfFile: plain, encoding: .utf8).contains("nobody guesses"))

        let opened = try await belay(["render", folder, "--age-key-file", "\(home.path)/own"], home)
        #expect(opened.code == 0 && opened.output.contains("a word that nobody guesses"), "\(opened)")
        let closed = try await belay(["render", folder], home)
        #expect(closed.code == 0 && closed.output.contains("ENC[AES256_GCM,"), "\(closed)")
        #expect(closed.errors.contains("stay encrypted") && closed.errors.contains("secret.yaml"), "\(closed)")
        let wrong = try await belay(["render", folder, "--age-key-file", "\(home.path)/other"], home)
        #expect(wrong.code == 1 && wrong.output.isEmpty && wrong.errors.contains("secret.yaml"), "\(wrong)")
    }

    /// Without the keys of whoever runs the tests.
    private func belay(_ words: [String], _ home: TemporaryFolder) async throws -> Outcome {
        let clean = ["env", "-u", "SOPS_AGE_KEY", "-u", "SOPS_AGE_KEY_FILE", "XDG_CONFIG_HOME=\(home.path)"]
        return try await Programs.run(clean + [Binary.path] + words)
    }
}
