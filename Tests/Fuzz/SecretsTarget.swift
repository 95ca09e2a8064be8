import Crypto
import Document
import Manifest
import Scrub

/// Feeds manifests to the scrubber and its gate, files to SOPS, texts to the detectors, and policies to their reader.
enum SecretsTarget: Int, CaseIterable {
    case policy
    case detector
    case manifests
    /// The input is a plain text that is encrypted, opened and changed.
    case plainFile
    /// The input is an encrypted file.
    case sealedFile

    func check(_ input: [UInt8], choice: UInt8) {
        switch self {
        case .policy: Self.policy(input)
        case .detector: Self.detect(input, piece: 1 + Int(choice))
        case .manifests: Self.scrub(input)
        case .plainFile: Self.seal(input, SopsFormat.allCases[Int(choice) % SopsFormat.allCases.count])
        case .sealedFile: Self.open(input, SopsFormat.allCases[Int(choice) % SopsFormat.allCases.count])
        }
    }

    private static func policy(_ input: [UInt8]) {
        guard let document = try? YAML.parseOne(input, file: SourceFile("scrub.yaml")) else { return }
        do throws(Problem) {
            let policy = try ScrubPolicy(document)
            if let again = try? ScrubPolicy(document), again != policy {
                FuzzTarget.fail("a policy read twice differs")
            }
        } catch {
            if error.message.isEmpty { FuzzTarget.fail("a problem of a policy without words") }
        }
    }

    // MARK: Detectors

    private static func detect(_ input: [UInt8], piece: Int) {
        func findings(_ piece: Int) -> [Scrub.Finding] {
            var stream = DetectorStream()
            var found: [Scrub.Finding] = []
            var place = 0
            while place < input.count {
                let end = min(place + piece, input.count)
                stream.add(input[place..<end]) { found.append($0.finding) }
                place = end
            }
            stream.finish { found.append($0.finding) }
            return found
        }
        let all = findings(max(1, input.count))
        for finding in all where finding.range.isEmpty || finding.range.upperBound > input.count {
            FuzzTarget.fail("\(finding.type): a finding outside of the text")
        }
        if findings(piece) != all { FuzzTarget.fail("findings depend on how the text was cut into readings") }
        // In small windows other things may be found, but nothing that is not there.
        var stream = DetectorStream(window: 64, around: 32)
        stream.add(input) {
            if $0.finding.range.upperBound > input.count { FuzzTarget.fail("a finding behind the end") }
        }
        stream.finish { if $0.finding.range.upperBound > input.count { FuzzTarget.fail("a finding behind the end") } }
    }

    // MARK: Manifests

    private static func scrub(_ input: [UInt8]) {
        guard let documents = try? YAML.parse(input, file: SourceFile("all.yaml")) else { return }
        let manifests = documents.filter { $0.fields != nil }.prefix(8).map(Manifest.init)
        let secrets = ProductionSecrets(of: "prod/all", policy: .standard, key: [1], taint: Taint { _ in true })
        do throws(Problem) {
            for manifest in manifests { try secrets.add(manifest) }
            let first = try scrubbed(manifests, secrets.fingerprints)
            let second = try scrubbed(manifests, secrets.fingerprints)
            if YAML.emit(first, .indented) != YAML.emit(second, .indented) {
                FuzzTarget.fail("the second scrubbing differs from the first")
            }
            var gate = LeakGate(secrets.fingerprints)
            for manifest in first.map(Manifest.init) {
                if let problem = LeakGate.problem(try gate.leaks(in: manifest), in: "qa/all"), problem.message.isEmpty {
                    FuzzTarget.fail("a leak without words")
                }
            }
        } catch {
            if error.message.isEmpty { FuzzTarget.fail("a problem without words") }
        }
    }

    private static func scrubbed(_ manifests: [Manifest], _ known: Fingerprints) throws(Problem) -> [Value] {
        var scrubber = Scrubber(policy: .standard, key: [2], production: known, taint: Taint { _ in true })
        var values = manifests.map(\.value)
        for index in values.indices { try scrubber.scrub(&values[index]) }
        return values
    }

    // MARK: SOPS

    private static let identity = try? AgeIdentity(
        "AGE-SECRET-KEY-1WGJNJ8F5ZCNCV0CS69J26F57JJV3CTZTMYXTYGQVJGY7T7VV0YJQ9UA2NL")

    /// Bytes that are no secret, and the same on each run.
    private static func writer() -> SopsWriter {
        var counter: UInt8 = 0
        return SopsWriter(now: "2026-01-02T03:04:05Z") { count in
            counter &+= 1
            return (0..<count).map { UInt8(truncatingIfNeeded: $0) &* 7 &+ counter }
        }
    }

    private static func seal(_ input: [UInt8], _ format: SopsFormat) {
        guard let identity else { FuzzTarget.fail("the identity is none") }
        do throws(Problem) {
            let writer = writer()
            let rule = try SopsRule(recipients: [identity.recipient])
            let sealed = try writer.encrypted(input, format, file: SourceFile("f"), by: rule)
            let file = reread { () throws(Problem) in try SopsFile(sealed, format, file: SourceFile("f")) }
            let opened = reread { () throws(Problem) in try file.opened(with: [identity], .readable) }
            _ = reread { () throws(Problem) in try file.opened(with: [identity]) }
            if format == .binary, opened.bytes != input { FuzzTarget.fail("a file is another one when it is opened") }
            // What nobody changed keeps its ciphertext.
            let again = reread { () throws(Problem) in try writer.encrypted(opened.bytes, changing: file, opened) }
            if values(again) != values(sealed) { FuzzTarget.fail("\(format): unchanged values have other ciphertexts") }
        } catch {
            if error.message.isEmpty { FuzzTarget.fail("a problem without words") }
        }
    }

    /// What Belay has written must be read again.
    private static func reread<Result>(_ body: () throws(Problem) -> Result) -> Result {
        do throws(Problem) {
            return try body()
        } catch {
            FuzzTarget.fail("what was written is not read: \(error)")
        }
    }

    /// The ciphertexts of a file but for that of its code.
    private static func values(_ sealed: [UInt8]) -> [String] {
        let lines = String(decoding: sealed, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.filter { $0.contains("ENC[") && !$0.contains("mac") }.map(String.init)
    }

    private static func open(_ input: [UInt8], _ format: SopsFormat) {
        guard let identity else { FuzzTarget.fail("the identity is none") }
        do throws(Problem) {
            let file = try SopsFile(input, format, file: SourceFile("f"))
            _ = try file.opened(with: [identity])
        } catch {
            if error.message.isEmpty { FuzzTarget.fail("a problem without words") }
        }
    }
}
