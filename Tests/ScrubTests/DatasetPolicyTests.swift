import Document
import Scrub
import Testing

/// `spec.datasets` as every reader of a policy sees it.
@Suite struct DatasetPolicyTests {
    @Test func `a policy's datasets are read with it`() throws {
        let policy = try PolicyTests.policy(
            """
              datasets:
              - name: shop
                unique: [customer.email, "note.(author, day)"]
                tables: {customer: {"email, mail": email, born: {transform: date-shift, days: 9}}, log: empty}
                documents: {"*.json": {"a[*].b": keep}}
              - {name: empty}

            """)
        #expect(policy.datasets.map(\.name) == ["shop", "empty"])
        #expect(policy.datasets[0].unique.map(\.columns) == [["email"], ["author", "day"]])
        #expect(policy.datasets[0].tables.count == 2 && policy.datasets[0].documents.count == 1)
    }

    @Test(arguments: [
        ("tabels: {}", "6:5", "tables"),
        ("tables: {t: {c: emal}}", "6:21", "email"),
        ("tables: {t: {c: {transform: emal}}}", "6:33", "email"),
        ("tables: {t: {c: {transform: token, lenght: 4}}}", "6:40", "length"),
        ("tables: {t: {c: }}", "6:21", "in quotes"),
        ("tables: {t: {c: keep, \"d, c\": drop}}", "6:27", ""),
        ("tables: {t: empty, \"t, u\": drop}", "6:24", ""),
        ("tables: {t: {\"c,,d\": keep}}", "6:18", ""),
        ("tables: {t: {c: {transform: regex, pattern: a, replace: \"$2\"}}}", "6:49", ""),
        ("tables: {t: {c: {transform: noise, min: 5, max: 4}}}", "6:45", ""),
        (
            "tables: {t: {c: {transform: when, cases: [{column: a, in: [[1]], rule: keep}], otherwise: keep}}}", "6:64",
            ""
        ),
        ("unique: [t]", "6:14", "customer.email"),
        ("unique: [\"t.(a, b\"]", "6:14", "customer.email"),
        ("unique: [t.c]\n    tables: {t: {c: {transform: mask, first: 2}}}", "7:21", "use sequence"),
        ("unique: [t.c]\n    tables: {t: {\"b, c\": name}}", "7:26", "use sequence"),
        ("files: {\"*.csv\": cvs}", "6:22", "csv"),
        ("documents: {a: {\"b[x]\": keep}}", "6:21", ""),
    ])
    func `mistakes in a dataset are told at their place`(text: String, place: String, hint: String) {
        let problem = #expect(throws: Problem.self) {
            try PolicyTests.policy("  datasets:\n  - name: shop\n    \(text)\n")
        }
        #expect(problem?.origin.description == "scrub.yaml:\(place)", "\(problem?.description ?? "")")
        #expect(problem?.hint.contains(hint) == true, "\(problem?.description ?? "")")
    }

    @Test func `explaining walks into a dataset, and its schema names rules once`() throws {
        let text = try ScrubPolicy.schema.explain("spec.datasets.tables")
        #expect(text.contains("drop") && text.contains("transform"))
        #expect(try ScrubPolicy.schema.explain("spec.datasets.references.when.column").contains("column"))
        #expect(throws: Problem.self) { try ScrubPolicy.schema.explain("spec.datasets.tabels") }
        let schema = JSON.text(ScrubPolicy.schema.jsonSchema(id: "x"))
        #expect(schema.contains("\"$defs\"") && schema.contains("#/$defs/transform"))
    }
}
