import Document
import Helm
import Testing

@Suite struct LanguageTests {
    /// Template, values, result.
    @Test(arguments: [
        ("{{ $x := 1 }}{{ range .l }}{{ $x = . }}{{ end }}{{ $x }}", "{l: [a, b]}", "b"),
        ("{{ range $i, $e := .l }}{{ $i }}={{ $e }}{{ break }}{{ end }}", "{l: [a, b]}", "0=a"),
        ("{{ range $i := 2 }}{{ $i }}{{ end }}{{ range 0 }}{{ else }}-{{ end }}", "{}", "01-"),
        ("{{ with $x := .a }}{{ $x }}{{ . }}{{ else }}none{{ end }}", "{a: 1}", "11"),
        ("{{ with .a }}1{{ else with .b }}{{ . }}{{ else }}3{{ end }}", "{b: 2}", "2"),
        ("{{ (index .l 1).k }} {{ (.m).k }} {{ $.m.k }}", "{l: [0, {k: v}], m: {k: w}}", "v w w"),
        ("{{ if and .a (not .b) }}y{{ end }}{{ if or .b .a }}z{{ end }}", "{a: x}", "yz"),
        ("{{ and .b (fail \"no\") }}{{ or 1 (fail \"no\") }}", "{b: false}", "false1"),
        ("{{ 1 | add 2 | }}{{ (.a | upper | ) }}", "{a: x}", "3X"),
        ("{{ 1 | add 2 | printf \"%03d\" }}", "{}", "003"), ("{{ .a | default \"x\" | quote }}", "{}", "\"x\""),
        ("a{{- \" b \" -}} c {{- /* d */ -}} e", "{}", "a b ce"), ("{{ \"{{\" }}{{ `}}` }}", "{}", "{{}}"),
        ("{{ define \"a\" }}{{ block \"b\" . }}[{{ . }}]{{ end }}{{ end }}{{ template \"a\" 1 }}", "{}", "[1]"),
        ("{{ define \"a\" }}x{{ end }}{{ define \"a\" }} {{ end }}{{ template \"a\" }}", "{}", "x"),
        ("{{ eq .a .b }} {{ eq .n nil }} {{ ne .a 2.0 }} {{ eq 1 2 1 }}", "{a: 1, b: 1}", "true true true true"),
        ("{{ lt \"a\" \"b\" }} {{ le 1 1 }} {{ gt 2.5 1.5 }} {{ ge 1 2 }}", "{}", "true true true false"),
        ("{{ len \"é\" }} {{ index \"abc\" 1 }} {{ slice .l 1 2 }}", "{l: [a, b, c]}", "2 98 [b]"),
        (
            "{{ slice .l 0 (sub (len .l) 1) }} {{ index .l (sub 3 1) }} {{ slice .l \"1\" | len }}", "{l: [a, b, c]}",
            "[a b] c 2"
        ),
        ("{{ print .n 1 2 \"a\" \"b\" 3 }}", "{}", "<nil> 1 2ab3"),
        ("{{ 'x' }} {{ 0b11 }} {{ 1e3 }} {{ 0x1p4 }}", "{}", "120 3 1000 16"),
        ("{{ html \"<'\\\"&>\" }} {{ urlquery \"a=b c/ü\" }}", "{}", "&lt;&#39;&#34;&amp;&gt; a%3Db+c%2F%C3%BC"),
        ("{{ js \"a'\\\"<>&=\\n\" }}", "{}", "a\\'\\\"\\u003C\\u003E\\u0026\\u003D\\u000A"),
        ("{{ .m.a.b }}|{{ (.x).y }}|{{ .m.none }}", "{m: {a: {b: 1}}}", "1|<no value>|<no value>"),
        (
            "{{ tpl .t . }}{{ tpl \"{{ define \\\"q\\\" }}1{{ end }}{{ include \\\"q\\\" . }}\" . }}",
            "{t: \"<{{ .v }}>\", v: 2}", "<2>1"
        ),
    ])
    func `templates give what Go gives`(template: String, values: String, expected: String) throws {
        #expect(try Rendered(template, values).text() == expected)
    }

    /// Template and message.
    @Test(arguments: [
        ("{{ .a.b.c }}", "test:1:5: executing \"test\" at <.a.b.c>: nil pointer evaluating interface {}.c"),
        ("{{ if .s.x }}{{ end }}", "at <.s.x>: can't evaluate field x in type interface {}"),
        ("{{ .s 1 }}", "at <.s>: s is not a method but has arguments"),
        ("{{ 1 | 2 }}", "non executable command in pipeline stage 2"),
        ("{{ nil }}", "nil is not a command"),
        ("{{ template \"x\" .a }}", "at <{{template \"x\" .a}}>: template \"x\" not defined"),
        ("{{ index .l 3 }}", "at <index .l 3>: error calling index: index out of range: 3"),
        ("{{ index .l 2 }}", "error calling index: reflect: slice index out of range"),
        ("{{ range $i, $e := 3 }}{{ end }}", "can't use 3 to iterate over more than one variable"),
        ("{{ range 1.5 }}{{ end }}", "range can't iterate over 1.5"),
        ("{{ if 1 }}{{ define \"x\" }}{{ end }}{{ end }}", "unexpected <define> in command"),
        ("{{ define \"a\" }}1{{ end }}{{ define \"a\" }}2{{ end }}", "template: multiple definition of template \"a\""),
        ("{{ eq 1 \"a\" }}", "incompatible types for comparison"),
        ("{{ lt true false }}", "invalid type for comparison"),
        ("{{ eq .l .l }}", "non-comparable type"), ("{{ (1).x }}", "can't evaluate field x in type"),
        ("{{ printf 1 }}", "at <1>: expected string; found 1"), ("{{ len 3 }}", "error calling len: len of type int"),
        ("{{ 0x }}", "bad number syntax: \"0x\""), ("{{ \"a\" }", "unrecognized character in action: U+007D '}'"),
        ("{{ $x = 1 }}", "undefined variable \"$x\""),
        ("{{- /* open", "unclosed comment"), ("{{ else }}", "unexpected {{else}}"),
        ("{{ with }}{{ end }}", "missing value for with"),
        ("{{ include \"test\" . }}", "rendering template has a nested reference name: test"),
        ("{{ first .s }}", "Cannot find first on type string"),
        ("{{ hasKey .s \"x\" }}", "expected map[string]interface {}; got string"),
    ])
    func `errors tell what Go tells`(template: String, message: String) throws {
        let error = #expect(throws: TemplateError.self) {
            try Rendered(template, "{a: {}, s: text, l: [1, 2]}").text()
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    private static let nested = """
        {{ define "outer" }}
        {{ include "inner" . }}{{ end }}{{ define "inner" }}{{ .a.b.c }}{{ end }}{{ include "outer" . }}
        """

    @Test func `errors tell the calls that led to them`() throws {
        let error = try #require(throws: TemplateError.self) { try Rendered(Self.nested, "{a: {}}").text() }
        #expect(error.place?.file == "templates/test.yaml" && error.place?.line == 2 && error.place?.column == 57)
        #expect(
            error.explanation == """
                <.a.b.c>: nil pointer evaluating interface {}.c
                  called from templates/test.yaml:2:4 by {{ include "inner" . }}
                  called from templates/test.yaml:2:77 by {{ include "outer" . }}
                """)
        #expect(
            error.report.hasPrefix(
                "test:2:76\n  executing \"test\" at <include \"outer\" .>:\n    error calling include:\n"))
        #expect(
            error.report.hasSuffix("\n  executing \"inner\" at <.a.b.c>:\n    nil pointer evaluating interface {}.c"))
        let told = try #require(throws: TemplateError.self) { try Rendered("{{ required \"say: it\" .x }}").text() }
        #expect(told.report == "execution error at (test:1:3): say: it")
    }

    @Test func `missing keys mean what they are told to mean`() throws {
        var rendered = Rendered("{{ .a.b }}")
        #expect(throws: TemplateError.self) { try rendered.text() }
        rendered.missingKeys = .invalid
        #expect(try rendered.text() == "<no value>")
        rendered.missingKeys = .error
        let error = try #require(throws: TemplateError.self) { try rendered.text() }
        #expect(error.message.hasSuffix("<.a.b>: map has no entry for key \"a\""))
    }

    @Test func `a check lets pass what a release needs`() throws {
        var rendered = Rendered("a{{ required \"x\" .a }}{{ fail \"y\" }}b")
        #expect(throws: TemplateError.self) { try rendered.text() }
        rendered.isLenient = true
        #expect(try rendered.text() == "ab")
    }

    @Test func `lookup asks who answers`() throws {
        var rendered = Rendered(#"{{ (lookup "v1" "Secret" "n" "s").data.k }}{{ lookup "v1" "Secret" "n" "t" }}"#)
        rendered.lookup = { version, kind, namespace, name in
            #expect(version == "v1" && kind == "Secret" && namespace == "n")
            return name == "s" ? ["data": ["k": "v"]] : nil
        }
        #expect(try rendered.text() == "vmap[]")
        rendered.lookup = nil
        #expect(try Rendered(#"{{ lookup "v1" "Secret" "n" "s" }}"#).text() == "map[]")
    }
}
