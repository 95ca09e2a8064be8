import Crypto
import Document
import Testing

@testable import Scrub

@Suite struct SopsRefusalTests {
    private static let rule: Value = ["encrypted_regex": "^stringData$"]

    private func sample() throws -> String { try SopsSamples.encrypted(SopsSamples.yaml, .yaml, Self.rule) }

    @Test(arguments: [
        ("kind: Secret", "kind: Other", "the file was changed after it was encrypted"),
        ("  port: ENC[", "  port: 5 # ENC[", "secret:9:9: stringData.port is not encrypted, and should be"),
        ("  password: ", "  passwort: ", "secret:8:13: stringData.passwort cannot be decrypted"),
        ("type:int]", "type:bool]", "secret:9:9: stringData.port cannot be decrypted"),
        ("version: ", "version: 4.", "is of SOPS \"4."),
        ("version: ", "version: x", "a version that is not known"),
        ("on: ENC[AES256_GCM,data:", "on: ENC[AES256_GCM,data:AA", "stringData.on"),
        ("encrypted_regex: ", "encrypted_regex: (", "is no regular expression"),
        ("lastmodified: \"2026", "lastmodified: \"2025", "the file was changed after it was encrypted"),
        ("    mac: ", "    mak: ", "the file was changed after it was encrypted"),
    ])
    func `refuses what was changed, at its place`(old: String, new: String, message: String) throws {
        let text = try sample()
        #expect(text.contains(old))
        let range = try #require(text.firstRange(of: old))
        let refusal = try #require(SopsSamples.refusal(text.replacingCharacters(range, with: new), .yaml))
        #expect(refusal.contains(message), "\(refusal)")
        #expect(refusal.contains("secret:") && !refusal.contains("correct horse"))
        if message.hasSuffix("encrypted") { #expect(refusal.contains("hint: ")) }
    }

    @Test func `names whose key is needed`() throws {
        let text = try SopsSamples.encrypted(SopsSamples.yaml, .yaml, Self.rule, to: [2, 3])
        let refusal = try #require(SopsSamples.refusal(text, .yaml))
        #expect(refusal.contains("none of the age keys at hand opens it"))
        #expect(refusal.contains("\(try SopsSamples.identity(2).recipient), \(try SopsSamples.identity(3).recipient)"))
        #expect(refusal.contains("--age-key-file"))
        #expect(throws: Problem.self) { try SopsSamples.file(text, .yaml).opened(with: []) }
    }

    @Test func `refuses keys that are split, by name`() throws {
        let text = "a: x\nsops:\n  key_groups:\n  - age: []\n  - age: []\n  mac: ENC\n  version: 3.9.0\n"
        let refusal = try #require(SopsSamples.refusal(text, .yaml))
        #expect(refusal.hasPrefix("secret:5:5: ") && refusal.contains("Shamir"))
    }

    @Test(arguments: [
        ("a: &x 1\nb: *x\n", "an alias"), ("- a\n", "no mapping"), ("", "nothing to encrypt"),
        ("a: !!binary aGk=\n", "!!binary"), ("sops: {mac: x}\na: b\n", "encrypted with SOPS already"),
        ("a: b: c", ":1:"),
    ])
    func `does not encrypt what it could not give back`(text: String, message: String) {
        #expect {
            try SopsSamples.encrypted(text, .yaml)
        } throws: {
            "\($0)".contains(message)
        }
    }

    @Test(arguments: SopsFormat.allCases)
    func `never stops at a text that was cut or changed anywhere`(format: SopsFormat) throws {
        let bytes = Array(try SopsSamples.encrypted(SopsSamples.sample(format), format).utf8)
        let plain = try SopsSamples.opened(String(decoding: bytes, as: UTF8.self), format)
        for offset in stride(from: 0, to: bytes.count, by: 7) {
            var changed = bytes
            changed[offset] ^= 0x11
            for text in [Array(bytes[..<offset]), changed] {
                let result = try? SopsFile(text, format, file: SourceFile("secret"))
                    .opened(with: [try SopsSamples.identity()], .readable)
                // Where it still opens, layout or a comment was met, and no value.
                if let result, format == .binary { #expect(result.bytes == Array(plain.utf8), "at \(offset)") }
            }
        }
    }

    @Test(arguments: [
        ("a: b\n", "x.yaml"), ("sops: about it, with mac and lastmodified\n", "x.txt"), ("{\"mac\": 1}", "x.json"),
        ("kind: SopsSecret\nsops:\n  mac: ENC\n  lastmodified: x\n", "x.yaml"), ("", "x.yaml"),
    ])
    func `takes nothing else for a file of SOPS`(text: String, name: String) throws {
        let format = SopsFile.format(of: Array(text.utf8), name: name)
        #expect(format == nil || SopsSamples.refusal(text, .yaml) != nil)
        if name != "x.txt" { #expect(format == nil) }
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, with new: String) -> String {
        String(self[..<range.lowerBound]) + new + String(self[range.upperBound...])
    }
}
