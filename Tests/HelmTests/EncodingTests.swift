import Helm
import Testing

@Suite struct EncodingTests {
    private static let toml = """
        title = "a" # note
        n = 1_000
        f = -1.5e3
        hex = 0xFF
        on = true
        day = 2024-03-09
        multi = \"\"\"
        x \\
           y\"\"\"
        raw = 'c:\\d'
        list = [1, [2, 3], "x",
          ]
        point = {x = 1, "y z" = 2}
        [server.tls]
        "key.dot" = "\\u00e9\\n"
        [[item]]
        name = "a"
        [[item]]
        name = "b"
        [item.sub]
        deep.er = 1
        """

    /// Template and result.
    @Test(arguments: [
        (
            "{{ (fromToml .t).n }} {{ (fromToml .t).f }} {{ (fromToml .t).hex }} {{ (fromToml .t).on }}",
            "1000 -1500 255 true"
        ),
        ("{{ (fromToml .t).multi }}|{{ (fromToml .t).raw }}|{{ (fromToml .t).list }}", "x y|c:\\d|[1 [2 3] x]"),
        ("{{ (fromToml .t).point }} {{ index (fromToml .t).server.tls \"key.dot\" }}", "map[x:1 y z:2] é\n"),
        ("{{ range (fromToml .t).item }}{{ .name }} {{ .sub }};{{ end }}", "a <no value>;b map[deep:map[er:1]];"),
        ("{{ (fromToml .t).day.Year }} {{ typeOf (fromToml .t).n }}", "2024 int64"),
        ("{{ (fromToml \"a = 1\\na = 2\").Error }}", "toml: line 2: Key 'a' has already been defined."),
        ("{{ (fromToml \"[a]\\n[a]\").Error }}", "toml: line 2: Key 'a' has already been defined."),
        ("{{ (fromToml \"a = \").Error }}", "toml: line 1: unexpected EOF; expected value"),
        ("{{ (fromToml \"a\\n\").Error }}", "toml: line 1: expected key separator '=', but got '\n' instead"),
        (
            "{{ .v | toToml }}",
            "b = true\nn = 1.0\ns = \"x\\\"y\"\n\"sp ace\" = [1.0, \"a\", {k = 2.0}]\n\n[t]\n  [t.u]\n    z = \"1\"\n\n[[w]]\n  i = 1.0\n\n[[w]]\n  i = 2.0\n"
        ),
        ("{{ toToml (list 1) }}", "toml: top-level values must be Go maps or structs, not []interface {}"),
        (
            "{{ .v.w | toYamlPretty }}|{{ dict \"a\" (list 1 (list 2)) | toYamlPretty }}",
            "- i: 1\n- i: 2|a:\n  - 1\n  - - 2"
        ),
        (
            "{{ fromYaml \"a: 1\\na: 2\" }} {{ fromYaml \"- 1\" | keys }} {{ fromYamlArray \"a: 1\" | len }}",
            "map[a:2] [Error] 1"
        ),
        ("{{ fromJson \"[1]\" | keys }} {{ fromJsonArray \"{}\" | len }} {{ fromJson \"null\" }}", "[Error] 1 map[]"),
        ("{{ toRawJson \"<&>\" }} {{ toJson \"<&>\" }}", "\"<&>\" \"\\u003c\\u0026\\u003e\""),
        ("{{ b32enc \"hi\" }} {{ b32dec \"NBUQ====\" }} {{ adler32sum \"abc\" }}", "NBUQ==== hi 38600999"),
    ])
    func `texts are encoded and decoded`(template: String, expected: String) throws {
        let values = """
            t: \(quoted(Self.toml))
            v: {b: true, n: 1, s: 'x"y', "sp ace": [1, a, {k: 2}], t: {u: {z: "1"}}, w: [{i: 1}, {i: 2}], none: null}
            """
        #expect(try Rendered(template, values).text() == expected)
    }

    private func quoted(_ text: String) -> String {
        "|\n" + text.split(separator: "\n", omittingEmptySubsequences: false).map { "  " + $0 }.joined(separator: "\n")
    }
}
