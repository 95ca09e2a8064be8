import Crypto
import Document
import TestSupport

@testable import Scrub

/// Keys and files for tests of SOPS, the same on each run.
enum SopsSamples {
    static let now = "2026-11-21T10:00:00Z"

    static func bytes(_ seed: UInt64) -> (Int) throws(CryptoError) -> [UInt8] {
        var generator = SplitMix(state: seed)
        return { (count) throws(CryptoError) in (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) } }
    }

    static func identity(_ seed: UInt64 = 1) throws -> AgeIdentity { try .generate(bytes(seed)) }

    static func encrypted(
        _ text: String, _ format: SopsFormat, _ settings: Value = .mapping(Mapping()), to seeds: [UInt64] = [1]
    ) throws -> String {
        let rule = try SopsRule(recipients: try seeds.map { try identity($0).recipient }, fields: settings)
        let writer = SopsWriter(now: now, random: bytes(100))
        return String(
            decoding: try writer.encrypted(Array(text.utf8), format, file: SourceFile("secret"), by: rule),
            as: UTF8.self)
    }

    static func file(_ text: String, _ format: SopsFormat) throws -> SopsFile {
        try SopsFile(Array(text.utf8), format, file: SourceFile("secret"))
    }

    static func opened(
        _ text: String, _ format: SopsFormat, _ form: SopsFile.Form = .readable, ignoresMAC: Bool = false
    ) throws -> String {
        let opened = try file(text, format).opened(with: [try identity()], form, ignoresMAC: ignoresMAC)
        return String(decoding: opened.bytes, as: UTF8.self)
    }

    /// What the refusal of a text says; nil when it is accepted.
    static func refusal(_ text: String, _ format: SopsFormat) -> String? {
        do {
            _ = try opened(text, format)
            return nil
        } catch {
            return "\(error)"
        }
    }

    static let yaml = """
        # Who keeps this: the shop's team
        apiVersion: v1
        kind: Secret
        metadata:
          name: shop   # one a namespace
        stringData:
          # to the database
          password: correct horse
          port: 5432
          ratio: 0.25
          on: true
          empty: ""
          nothing: null
          date: 2026-01-02
          looks_like: "0644"
          certificate: |
            first line
              second line

            last line
          list:
            - a
            - name: b
              value: 'c: d'
          flow: {x: [1, two]}

        """
    static let json = """
        {
          "name": "shop",
          "list": [1, "two", {"three": true}],
          "text": "a \\"quoted\\" line\\nand another é",
          "none": null
        }

        """
    static let dotenv = "# of the shop\nUSER=shop\nPASSWORD=a=b\\nc\n\nEMPTY=\n"
    static let ini = "top = 1\n; about it\n[db]\n; who\nuser = shop\npassword = `a # b`\n\n[cache]\nsize=10\n"

    static func sample(_ format: SopsFormat) -> String {
        switch format {
        case .yaml: yaml
        case .json: json
        case .dotenv: dotenv
        case .ini: ini
        case .binary: "any\u{0}bytes\n\"at all\""
        }
    }
}
