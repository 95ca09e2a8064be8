import Document
import Testing

@Suite struct FieldReaderTests {
    let file = SourceFile("belay.yaml")

    func reader(_ value: Value) throws -> FieldReader {
        try FieldReader(value, "the project")
    }

    @Test func `reads fields by kind`() throws {
        var reader = try reader(["name": "shop", "count": 3, "on": true, "list": ["a", "b"], "map": ["k": "v"]])
        #expect(try reader.requiredString("name") == "shop")
        #expect(try reader.int("count") == 3)
        #expect(try reader.bool("on") == true)
        #expect(try reader.texts("list").compactMap(\.string) == ["a", "b"])
        #expect(try reader.pairs("map").map(\.key.text) == ["k"])
        #expect(try reader.string("absent") == nil)
        try reader.finish()
    }

    @Test func `refuses an unknown field at its key, with the nearest name`() throws {
        var fields = Mapping()
        fields.set(.init(key: .init("namespce", origin: Origin(file, line: 4, column: 3)), value: "x"))
        var reader = try reader(.mapping(fields))
        _ = try reader.string("namespace")
        let problem = #expect(throws: Problem.self) { try reader.finish() }
        #expect(
            problem?.description
                == "belay.yaml:4:3: the project has no field \"namespce\"\n  hint: did you mean \"namespace\"?")
    }

    @Test(arguments: ["name", "count", "on", "list", "map", "texts"])
    func `refuses values of another kind`(key: String) throws {
        var reader = try reader(["name": 1, "count": "1", "on": "yes", "list": "a", "map": ["k": 1], "texts": [1]])
        #expect(throws: Problem.self) {
            switch key {
            case "name": _ = try reader.string(key)
            case "count": _ = try reader.int(key)
            case "on": _ = try reader.bool(key)
            case "list": _ = try reader.items(key)
            case "map": _ = try reader.pairs(key)
            default: _ = try reader.texts(key)
            }
        }
    }

    @Test func `refuses what is missing and what is no mapping`() throws {
        var reader = try reader([:])
        #expect(throws: Problem.self) { try reader.requiredString("name") }
        #expect(throws: Problem.self) { try self.reader("text") }
    }
}
