import Document
import Scrub
import Testing

@testable import Datasets

/// People in documents of each form, scrubbed and verified.
@Suite struct DocumentVerificationTests {
    private static let paths = """
        documents:
          "*": {"people[*].email": email, "people[*].note": filler, "people[*].id": keep, "EMAIL": email, "PLAIN": keep,
            "email": email, "note": filler, "id": keep}
        canaries: [CANARY-7]
        """

    private static let documents: [String: (format: DatasetScrub.Format, text: String)] = [
        "json": (
            .json,
            """
            {"people": [{"id": 1, "email": "ada@shop.example", "note": "call"}, {"id": 2, "email": null},
             {"id": 3, "email": "eve@shop.example"}]}
            """
        ),
        "ndjson": (
            .ndjson,
            """
            {"id": 1, "email": "ada@shop.example", "note": "call"}
            {"id": 2, "email": null}
            {"id": 3, "email": "eve@shop.example"}

            """
        ),
        "yaml": (
            .yaml,
            """
            people:
            - {id: 1, email: ada@shop.example, note: call}
            - {id: 2, email: null}
            - {id: 3, email: eve@shop.example}

            """
        ),
        "dotenv": (.dotenv, "EMAIL=ada@shop.example\nPLAIN=7\n"),
    ]

    /// Scrubs a document, lets something happen to the output, and verifies that.
    private static func verify(
        _ name: String, text: String? = nil, meanwhile: (String) -> String = { $0 }
    ) throws -> (output: String, report: VerificationReport) {
        let document = try #require(documents[name])
        let rules = try Shop.rules("{}", paths)
        let verifier = DatasetVerifier(rules, keys: Shop.keys)
        let compiler = DatasetCompiler(rules, keys: Shop.keys)
        let scrubbed = scrub(text ?? document.text, as: document.format, verifier.watching(compiler))
        #expect(scrubbed.message == "")
        let probed = scrub(meanwhile(scrubbed.output), as: document.format, verifier.probing())
        #expect(probed.message == "")
        return (scrubbed.output, try verifier.report(VerificationReport()))
    }

    @Test(arguments: ["json", "ndjson", "yaml", "dotenv"])
    func `each value of a document is looked at`(name: String) throws {
        let (output, report) = try Self.verify(name)
        #expect(report.failures == [])
        #expect(!output.contains("ada@") && output.contains("@example.com"))
        let email = try #require(report.columns.first { $0.rule == "email" && $0.cellsIn > 0 })
        if name == "dotenv" {
            #expect(email.name == "EMAIL" && email.cellsIn == 1 && email.cellsOut == 1 && report.checked >= 2)
        } else {
            #expect(email.cellsIn == 2 && email.cellsOut == 2 && email.nullsOut == 1 && email.distinct == 2)
            #expect(report.columns.contains { $0.rule == "filler" && $0.cellsIn == 1 && $0.cellsOut == 1 })
            // Six values at least, and the kept ids among them.
            #expect(report.checked >= 7)
        }
    }

    /// What happens to a kept value, a key or a scrubbed value of the output, and what the report says of it.
    @Test(
        arguments: ["json", "ndjson", "yaml", "dotenv"],
        [
            ("original", "are originals of classified columns"), ("canary", "canaries were found"),
            ("null", "values in the output, and"),
        ])
    func `what is wrong with a document is told`(name: String, damage: (kind: String, message: String)) throws {
        let (_, report) = try Self.verify(name) { output in
            switch (damage.kind, name) {
            case ("original", "dotenv"): output.replacing("PLAIN=7", with: "PLAIN=ada@shop.example")
            case ("original", "yaml"): output.replacing("id: 1", with: "id: ada@shop.example")
            case ("original", _): output.replacing("\"id\": 1", with: "\"id\": \"ada@shop.example\"")
            case ("canary", "dotenv"): output.replacing("PLAIN=7", with: "PLAIN='see CANARY-7'")
            case ("canary", "yaml"): output.replacing("id: 1", with: "id: see CANARY-7")
            case ("canary", _): output.replacing("\"id\": 1", with: "\"id\": \"see CANARY-7\"")
            case (_, "dotenv"): "PLAIN=7\n"
            case (_, "yaml"): output.replacing(/email: [^\n,}]*@example\.com/, with: "email: null")
            default: output.replacing(/"[^"]*@example\.com"/, with: "null")
            }
        }
        #expect(report.failures.contains { $0.contains(damage.message) }, "\(report.failures)")
    }

    @Test func `a key that holds an original is found`() throws {
        let rules = try Shop.rules("{}", "documents: {\"*\": {\"email\": email, \"by.*\": keep}}")
        let verifier = DatasetVerifier(rules, keys: Shop.keys)
        let text = #"{"email": "ada@shop.example", "by": {"ada@shop.example": 1}}"#
        let scrubbed = scrub(text, as: .json, verifier.watching(DatasetCompiler(rules, keys: Shop.keys)))
        #expect(scrubbed.message == "")
        #expect(scrub(scrubbed.output, as: .json, verifier.probing()).message == "")
        let report = try verifier.report(VerificationReport())
        #expect(report.failures.contains { $0.contains("are originals of classified columns") })
    }

    @Test(arguments: [("json", "{}"), ("ndjson", ""), ("yaml", "{}\n"), ("dotenv", "")])
    func `nothing looked at is nothing passed`(name: String, text: String) throws {
        let report = try Self.verify(name, text: text).report
        #expect(!report.isPassed)
        #expect(report.failures.contains { $0.contains("holds no value that was looked at") })
    }
}
