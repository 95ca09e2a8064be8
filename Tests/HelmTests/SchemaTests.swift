import Document
import FileTree
import Helm
import Testing

/// A chart whose schema and values are given, and what its rendering says.
private func verdict(_ schema: String, _ values: String, _ more: [String: String] = [:]) throws -> String {
    var files = [
        "Chart.yaml": "name: web\nversion: 1.0.0\n", "values.yaml": values, "values.schema.json": schema,
        "templates/a.yaml": "kind: A",
    ]
    files.merge(more) { $1 }
    do {
        _ = try HelmRender.render(try Chart.load(.root, in: MemoryTree(files)), HelmRender.Settings(release: "r"))
        return ""
    } catch {
        return error.description
    }
}

@Suite struct SchemaTests {
    private static let new = #""$schema": "https://json-schema.org/draft/2020-12/schema""#

    /// A schema, values that it allows, values that it does not, and what is said of those.
    static let keywords: [(String, String, String, String)] = [
        (##"{"required": ["a"]}"##, "a: 1", "b: 1", "(root): the field \"a\" is missing"),
        (##"{"properties": {"a": {"type": "integer"}}}"##, "a: 2", "a: x", "a: a text stands here, and a whole number"),
        (##"{"properties": {"a": {"type": "integer"}}}"##, "a: 2.0", "a: 2.5", "fraction"),
        (##"{"properties": {"a": {"type": ["null", "string"]}}}"##, "a: x", "a: 1", "null or a text"),
        (##"{"properties": {"a": {"enum": ["x", 1]}}}"##, "a: 1.0", "a: y", "one of: \"x\", 1"),
        (##"{"properties": {"a": {"const": {"b": [1]}}}}"##, "a: {b: [1]}", "a: {b: [2]}", "it must be"),
        (##"{"properties": {"a": {"minimum": 1, "exclusiveMaximum": 3}}}"##, "a: 1", "a: 3", "below 3"),
        (
            ##"{"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"a": {"maximum": 3, "exclusiveMaximum": true}}}"##,
            "a: 2", "a: 3", "below 3"
        ),
        (##"{"properties": {"a": {"multipleOf": 0.1}}}"##, "a: 0.3", "a: 0.35", "multiple of"),
        (##"{"properties": {"a": {"minLength": 2, "maxLength": 3}}}"##, "a: éé", "a: abcd", "4 characters"),
        (##"{"properties": {"a": {"pattern": "^x+$"}}}"##, "a: xx", "a: xy", "does not match"),
        (
            ##"{"additionalProperties": false, "properties": {"image": {}}}"##, "image: 1", "imag: 1",
            "did you mean \"image\""
        ),
        (
            ##"{"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": {"type": "null"}}"##,
            "x-a: b", "x-a: 1", "x-a"
        ),
        (##"{"propertyNames": {"maxLength": 2}}"##, "ab: 1", "abc: 1", "the name:"),
        (##"{"maxProperties": 1}"##, "a: 1", "{a: 1, b: 2}", "2 fields"),
        (
            ##"{"properties": {"a": {"items": {"type": "string"}, "uniqueItems": true}}}"##, "a: [x, y]", "a: [x, x]",
            "a[1]"
        ),
        (
            ##"{"properties": {"a": {"items": {"type": "string"}}}}"##, "a: []", "a: [x, {}]",
            "a[1]: a mapping stands here"
        ),
        (
            ##"{"properties": {"a": {"prefixItems": [{"type": "string"}], "items": false}}}"##, "a: [x]", "a: [x, 1]",
            "no item"
        ),
        (
            ##"{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"items": [{"type": "string"}], "additionalItems": false}}}"##,
            "a: [x]", "a: [x, 1]", "no item"
        ),
        (
            ##"{"properties": {"a": {"contains": {"const": 1}, "maxContains": 1}}}"##, "a: [1, 2]", "a: [1, 1]",
            "more than 1"
        ),
        (##"{"allOf": [{"required": ["a"]}, {"required": ["b"]}]}"##, "{a: 1, b: 1}", "a: 1", "\"b\" is missing"),
        (##"{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}"##, "b: 1", "c: 1", "anyOf"),
        (##"{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}"##, "b: 1", "{a: 1, b: 1}", "2 of the schemas"),
        (##"{"not": {"required": ["a"]}}"##, "b: 1", "a: 1", "must not"),
        (
            ##"{"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}"##,
            "{a: 1, b: 1}", "a: 2", "\"c\" is missing"
        ),
        (##"{"dependentRequired": {"a": ["b"]}}"##, "c: 1", "a: 1", "which \"a\" needs"),
        (
            ##"{"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": {"required": ["b"]}}}"##,
            "c: 1", "a: 1", "\"b\" is missing"
        ),
        (
            ##"{"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": false}"##, "a: 1", "{a: 1, b: 2}",
            "the field \"b\" is not known"
        ),
        (
            ##"{"properties": {"a": {"prefixItems": [{}], "unevaluatedItems": {"type": "null"}}}}"##, "a: [1, null]",
            "a: [1, 2]", "a[1]"
        ),
        (
            ##"{"properties": {"a": {"$ref": "#/$defs/port"}}, "$defs": {"port": {"type": "integer"}}}"##, "a: 1",
            "a: x", "whole number"
        ),
        (
            ##"{"properties": {"a": {"$ref": "#port"}}, "definitions": {"p": {"$anchor": "port", "type": "integer"}}}"##,
            "a: 1", "a: x", "whole number"
        ),
        (
            ##"{"$id": "https://x.example/root.json", "properties": {"a": {"$ref": "port.json"}}, "$defs": {"p": {"$id": "port.json", "type": "integer"}}}"##,
            "a: 1", "a: x", "whole number"
        ),
        (
            ##"{"$schema": "http://json-schema.org/draft-04/schema#", "properties": {"a": {"$ref": "#p", "type": "string"}}, "definitions": {"x": {"id": "#p", "type": "integer"}}}"##,
            "a: 1", "a: x", "whole number"
        ),
        (
            ##"{"$id": "https://x.example/strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": false, "$defs": {"t": {"$id": "tree", "$dynamicAnchor": "node", "properties": {"v": {}, "kids": {"items": {"$dynamicRef": "#node"}}}}}}"##,
            "kids: [{v: 1}]", "kids: [{w: 1}]", "kids[0]: the field \"w\""
        ),
        (
            ##"{"$schema": "https://json-schema.org/draft/2019-09/schema", "$recursiveAnchor": true, "properties": {"kid": {"$recursiveRef": "#"}}, "additionalProperties": false}"##,
            "kid: {kid: {}}", "kid: {x: 1}", "kid: the field \"x\""
        ),
        (
            ##"{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"format": "ipv4"}}}"##,
            "a: 10.0.0.1", "a: 10.0.0.256", "no ipv4"
        ),
        (##"{"properties": {"a": false}}"##, "b: 1", "a: 1", "nothing is allowed"),
    ]

    @Test(arguments: keywords.indices)
    func `each keyword allows and refuses`(index: Int) throws {
        let (schema, fine, wrong, says) = Self.keywords[index]
        #expect(try verdict(schema, fine) == "")
        let text = try verdict(schema, wrong)
        #expect(text.contains(says), "\(schema): \(text)")
    }

    @Test func `formats are only noted by newer drafts`() throws {
        #expect(try verdict("{\(Self.new), \"properties\": {\"a\": {\"format\": \"ipv4\"}}}", "a: x") == "")
    }

    @Test(arguments: [
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"), ("ipv6", "fe80::1", "fe80:::1"),
        ("hostname", "a-b.example", "-a.example"), ("email", "a@b.example", "a.example"),
        ("date", "2024-02-29", "2023-02-29"),
        ("time", "10:00:00Z", "25:00:00Z"), ("date-time", "2024-01-01T00:00:00+01:00", "2024-01-01 00:00:00"),
        ("duration", "P1DT2H", "P1H"), ("uri", "https://a.example/x", "a b"), ("json-pointer", "/a~1b", "a"),
        ("regex", "a+", "a("), ("semver", "1.2.3", "1.2"), ("ipv4", "1.2.3.4", "01.2.3.4"),
    ])
    func `formats`(format: String, fine: String, wrong: String) throws {
        let schema =
            ##"{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"format": "\##(format)"}}}"##
        #expect(try verdict(schema, "a: '\(fine)'") == "")
        #expect(try verdict(schema, "a: '\(wrong)'").contains("no \(format)"))
    }

    @Test func `findings come by path, each with its line of the values`() throws {
        let schema = ##"{"properties": {"image": {"required": ["tag"], "properties": {"port": {"type": "integer"}}}}}"##
        let text = try verdict(schema, "a: 1\nimage:\n  port: x\n")
        #expect(
            text.contains("- image.port: a text stands here, and a whole number is wanted (values.yaml:3:9)"), "\(text)"
        )
        #expect(text.contains("- image: the field \"tag\" is missing (values.yaml:3:3)"), "\(text)")
        #expect(!text.contains("port: x"))
    }

    @Test func `subcharts have schemas of their own`() throws {
        let inner = [
            "charts/db/Chart.yaml": "name: db\nversion: 1.0.0",
            "charts/db/values.schema.json": ##"{"required": ["size"]}"##,
        ]
        #expect(try verdict("{}", "a: 1", inner).contains("schema of web/db"))
        #expect(try verdict("{}", "db: {size: 1}", inner) == "")
    }

    @Test func `a schema may refer to that of a chart within by its address`() throws {
        let inner = [
            "charts/db/Chart.yaml": "name: db\nversion: 1.0.0",
            "charts/db/values.schema.json": ##"""
            {"$id": "https://x.example/db.json", "$schema": "http://json-schema.org/draft-07/schema#",
             "properties": {"size": {"$ref": "#/definitions/size"}}, "definitions": {"size": {"type": "integer"}}}
            """##,
        ]
        let schema = ##"{"$ref": "https://x.example/db.json"}"##
        #expect(try verdict(schema, "size: 1", inner) == "")
        #expect(try verdict(schema, "size: x", inner).contains("a whole number is wanted (values.yaml:1:7)"))
        #expect(try verdict(##"{"$ref": "https://x.example/other.json"}"##, "size: 1", inner).contains("no network"))
    }

    @Test(arguments: [
        (##"{"properties": {"a": {"$ref": "https://x.example/y.json"}}}"##, "uses no network"),
        (##"{"properties": {"a": {"$ref": "#/$defs/none"}}}"##, "which is not there"),
        (##"{"$schema": "https://x.example/draft"}"##, "no draft"),
        (##"{"properties": {"a": {"pattern": "("}}}"##, "no regular expression"),
        (##"{"properties": {"a": {"type": "text"}}}"##, "no type \"text\""),
        (##"{"$ref": "#"}"##, "without end"),
        ("{", "values.schema.json:1"),
        (##"{"required": true}"##, "list of names"),
    ])
    func `a schema that is none is refused`(schema: String, says: String) throws {
        let text = try verdict(schema, "a: x")
        #expect(text.contains(says), "\(text)")
        #expect(text.hasPrefix("values.schema.json"), "\(text)")
    }
}
