import Document
import Testing

@Suite struct FileSchemaTests {
    private let schema = FileSchema(
        file: "belay.yaml", kind: "Project", summary: "A repository and its environments.",
        fields: [
            .init("kind", .choice(["Project"]), "What the file is.", isRequired: true),
            .init(
                "environments",
                .list(
                    .fields([
                        .init(
                            "name", .text("DNS label") { !$0.isEmpty && $0 == $0.lowercased() }, "Its name.",
                            isRequired: true),
                        .init("data", .choice(["production", "scrubbed"]), "Its data class.", absent: "scrubbed"),
                        .init("replicas", .integer(1...9), "How many."),
                        .init("ratio", .number, "How much."),
                        .init("automatic", .boolean, "Whether merges deploy by themselves.", absent: "false"),
                        .init("labels", .map(.string), "Labels.", example: ["team": "shop"]),
                        .init(
                            "gates",
                            .list(
                                .oneOf([
                                    .init("approvals", .integer(1...20), "Persons."), .init("window", .string, "When."),
                                ])), "Conditions."),
                        .init(
                            "apps",
                            .list(.either([.string, .fields([.init("path", .string, "Where.", isRequired: true)])])),
                            "What runs."),
                        .init("branch", .string, "Where from.", successor: "use \"ref\""),
                        .init("extra", .any, "Anything."),
                    ]), isEmptyAllowed: false), "Where it runs.", isRequired: true),
        ])

    private func problems(_ text: String) throws -> [Problem] {
        schema.problems(in: try YAML.parseOne(Array(text.utf8), file: SourceFile("belay.yaml")))
    }

    @Test func `lets a sound file pass`() throws {
        #expect(
            try problems(
                """
                kind: Project
                environments:
                - {name: dev, data: production, replicas: 2, ratio: 0.5, automatic: true, labels: {a: b}, extra: [1]}
                - {name: qa, gates: [{approvals: 1}, {window: Mon}], apps: [x, {path: y}], branch: ~}
                """
            ).isEmpty)
    }

    @Test(arguments: [
        ("kind: Project\nenvironments: []\n", "environments must not be empty", 2, 15, ""),
        ("environments: [{name: a}]\n", "needs the field \"kind\"", 1, 1, "What the file is."),
        ("kind: Projekt\nenvironments: [{name: a}]\n", "kind is \"Projekt\"", 1, 7, "did you mean \"Project\"?"),
        (
            "kind: Project\nenvironments: [{name: a, replica: 1}]\n", "environments[0] has no field \"replica\"", 2, 26,
            "did you mean \"replicas\"?"
        ),
        ("kind: Project\nenvironments: [{name: a, zzz: 1}]\n", "has no field \"zzz\"", 2, 26, "it may have: name"),
        ("kind: Project\nenvironments: [{name: A}]\n", "which is no DNS label", 2, 23, ""),
        ("kind: Project\nenvironments: [{name: 1}]\n", "must be a DNS label, and is a number", 2, 23, ""),
        (
            "kind: Project\nenvironments: [{name: a, replicas: 10}]\n",
            "environments[0].replicas is 10 and must be at most 9", 2, 36, ""
        ),
        ("kind: Project\nenvironments: [{name: a, automatic: yes}]\n", "true or false, and is a string", 2, 37, ""),
        ("kind: Project\nenvironments: [{name: a, labels: {x: 1}}]\n", "labels[x] must be a string", 2, 38, "quote it"),
        (
            "kind: Project\nenvironments: [{name: a, gates: [{}]}]\n", "gates[0] needs one of approvals, window", 2, 34,
            ""
        ),
        (
            "kind: Project\nenvironments: [{name: a, gates: [{approvals: 1, window: x}]}]\n", "only one may be given",
            2, 34, ""
        ),
        ("kind: Project\nenvironments: [{name: a, apps: [3]}]\n", "must be string or mapping", 2, 33, ""),
        ("kind: Project\nenvironments: x\n", "must be a list, and is a string", 2, 15, ""),
        ("[]\n", "belay.yaml must be a mapping", 1, 1, ""),
    ])
    func `names what is wrong and where`(text: String, words: String, line: UInt32, column: UInt32, hint: String) throws
    {
        let found = try problems(text)
        let problem = try #require(found.first)
        #expect(found.count == 1)
        #expect(problem.message.contains(words), "\(problem)")
        #expect(problem.origin.line == line && problem.origin.column == column, "\(problem)")
        #expect(problem.hint.hasPrefix(hint), "\(problem)")
    }

    @Test func `warns of deprecated fields`() throws {
        let text = "kind: Project\nenvironments: [{name: a, branch: x}]\n"
        let warnings = schema.warnings(in: try YAML.parseOne(Array(text.utf8), file: SourceFile("belay.yaml")))
        #expect(
            warnings.map(\.description) == [
                "belay.yaml:2:26: environments[0].branch is deprecated\n  hint: use \"ref\""
            ])
    }

    @Test func `explains fields`() throws {
        #expect(
            try schema.explain("environments.data") == """
                FILE:  belay.yaml (kind Project)
                FIELD: environments.data <production | scrubbed>

                Its data class.
                Default: scrubbed

                """)
        #expect(try schema.explain("").contains("environments <list of mapping> (required)\n      Where it runs."))
        #expect(try schema.explain("environments.labels").contains("EXAMPLE\n  labels:\n    team: shop"))
        let problem = #expect(throws: Problem.self) { try schema.explain("environments.dato") }
        #expect(problem?.hint == "did you mean \"data\"?")
    }

    @Test func `writes a JSON Schema`() throws {
        let value = schema.jsonSchema(id: "https://example.org/project.json")
        #expect(value["required"] == ["kind", "environments"])
        #expect(value["additionalProperties"] == false)
        let environment = try #require(value[path: "properties", "environments", "items"])
        #expect(value[path: "properties", "environments", "minItems"] == 1)
        #expect(
            environment[path: "properties", "replicas"] == [
                "type": "integer", "minimum": 1, "maximum": 9, "description": "How many.",
            ])
        #expect(environment[path: "properties", "automatic", "default"] == false)
        #expect(environment[path: "properties", "branch", "deprecated"] == true)
        #expect(environment[path: "properties", "gates", "items", "maxProperties"] == 1)
        #expect(environment[path: "properties", "apps", "items", "anyOf"]?.items?.count == 2)
        #expect(try JSON.parse(JSON.emit(value)) == value)
    }
}
