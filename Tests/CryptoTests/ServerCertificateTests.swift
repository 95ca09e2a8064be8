import Crypto
import Foundation
import Testing

@Suite struct ServerCertificateTests {
    @Test func `a certificate is valid for its names, by the judgement of openssl`() throws {
        let made = try ServerCertificate.make(name: "belay", alternatives: ["DNS:localhost", "IP:127.0.0.1"], days: 10)
        let file = FileManager.default.temporaryDirectory.appending(path: "certificate-\(UUID().uuidString).pem")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(made.certificate).write(to: file)
        for name in [["-verify_ip", "127.0.0.1"], ["-verify_hostname", "localhost"]] {
            #expect(try run(["verify", "-CAfile", file.path] + name + [file.path]) == 0)
        }
        #expect(try run(["verify", "-CAfile", file.path, "-verify_hostname", "example.org", file.path]) != 0)
        #expect(String(decoding: made.key, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----"))
    }

    @Test func `two certificates have nothing in common`() throws {
        let first = try ServerCertificate.make(name: "belay", alternatives: ["DNS:localhost"], days: 1)
        let second = try ServerCertificate.make(name: "belay", alternatives: ["DNS:localhost"], days: 1)
        #expect(first.key != second.key && first.certificate != second.certificate)
    }

    @Test func `what openssl cannot read as a name is refused`() {
        #expect(throws: CryptoError.self) {
            try ServerCertificate.make(name: "belay", alternatives: ["nonsense"], days: 1)
        }
    }

    private func run(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
