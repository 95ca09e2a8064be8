import Document
import Helm
import Testing

@Suite struct TemplateTests {
    /// What a template makes of values written in YAML.
    private func render(_ text: String, _ values: String = "{}") throws -> String {
        let data = TemplateValue(try YAML.parseOne(Array(values.utf8), file: SourceFile("values.yaml")))
        let evaluator = TemplateEvaluator(functions: Functions.all)
        try evaluator.add(TemplateSource(name: "test", bytes: Array(text.utf8)))
        return try evaluator.run("test", data).text
    }

    /// Template, values, result.
    @Test(arguments: [
        ("a{{/* x */}}b", "{}", "ab"),
        ("a {{- /* x */ -}} b", "{}", "ab"),
        ("a {{- 1 -}} b", "{}", "a1b"),
        ("{{ .a.b }}", "{a: {b: x}}", "x"),
        ("{{ .missing }}", "{}", "<no value>"),
        ("{{ (.a).b }}", "{}", "<no value>"),
        ("{{ if .a }}1{{ else if .b }}2{{ else }}3{{ end }}", "{b: 1}", "2"),
        ("{{ with .a }}{{ . }}{{ else with .b }}{{ . }}{{ end }}", "{b: 7}", "7"),
        ("{{ range $i, $v := .l }}{{ $i }}{{ $v }},{{ end }}", "{l: [a, b]}", "0a,1b,"),
        ("{{ range $k, $v := . }}{{ $k }}{{ $v }},{{ else }}none{{ end }}", "{b: 1, a: 2}", "a2,b1,"),
        ("{{ range .l }}x{{ else }}none{{ end }}", "{l: []}", "none"),
        ("{{ range 3 }}{{ . }}{{ end }}", "{}", "012"),
        (
            "{{ range .l }}{{ if eq . 2.0 }}{{ continue }}{{ end }}{{ if eq . 4.0 }}{{ break }}{{ end }}{{ . }}{{ end }}",
            "{l: [1, 2, 3, 4, 5]}", "13"
        ),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}", "{}", "2"),
        ("{{ define \"t\" }}<{{ . }}>{{ end }}{{ template \"t\" .a }}", "{a: 1}", "<1>"),
        ("{{ block \"t\" .a }}<{{ . }}>{{ end }}", "{a: 1}", "<1>"),
        ("{{ `a\r\nb` }}{{ \"c\" }}", "{}", "a\nbc"),
        ("{{ tpl \"{{ tpl .c . }}x\" . }}", "{c: '{{/* none */}}'}", "x"),
        (
            "{{ tpl \"{{ define `t` }}in{{ end }}{{ template `t` }}\" . }}{{ define \"t\" }}out{{ end }}{{ template \"t\" }}",
            "{}", "inout"
        ),
        ("{{ `raw \\n` }}{{ \"q\\tx\\u00e9\" }}", "{}", "raw \\nq\txé"),
        (
            "{{ printf \"%05d|%-4s|%q|%.2f|%x|%v|%%|%T\" 42 \"ab\" \"c\\n\" 3.14159 255 .l 1 }}", "{l: [a, 1]}",
            "00042|ab  |\"c\\n\"|3.14|ff|[a 1]|%|int"
        ),
        (
            "{{ printf \"%d %s\" \"x\" 1 }}{{ printf \"%d\" }}{{ printf \"a\" 1 }}", "{}",
            "%!d(string=x) %!s(int=1)%!d(MISSING)a%!(EXTRA int=1)"
        ),
        (
            "{{ .n }} {{ .f }} {{ .m }} {{ .b }}", "{n: 1000000, f: 1.5, m: {z: 1, a: null}, b: true}",
            "1e+06 1.5 map[a:<nil> z:1] true"
        ),
        ("{{ and 1 0 2 }} {{ or 0 \"\" 3 }} {{ not 1 }}", "{}", "0 3 false"),
        ("{{ eq 1 2 1 }} {{ ne \"a\" \"b\" }} {{ lt 1 2 }} {{ ge 2.5 2.5 }}", "{}", "true true true true"),
        (
            "{{ index .l 1 }} {{ index . \"m\" \"k\" }} {{ len .l }}",
            "{l: [a, b], m: {k: v}}",
            "b v 2"
        ),
        ("{{ html \"<a>&\" }} {{ js \"it's\" }} {{ urlquery \"a b&c\" }}", "{}", "&lt;a&gt;&amp; it\\'s a+b%26c"),
        ("{{ print 1 2 \"a\" 3 }}|{{ println \"a\" 1 }}", "{}", "1 2a3|a 1\n"),
        ("{{ 0x1F }} {{ 'a' }} {{ 1e3 }} {{ 017 }} {{ -5 }} {{ 1_000 }}", "{}", "31 97 1000 15 -5 1000"),
    ])
    func `templates give what Go gives`(template: String, values: String, expected: String) throws {
        #expect(try render(template, values) == expected)
    }

    /// Template and message.
    @Test(arguments: [
        ("{{ .a.b.c }}", "template: test:1:5: executing \"test\" at <.a.b.c>: nil pointer evaluating interface {}.c"),
        (
            "x\n{{ .s.b }}",
            "template: test:2:5: executing \"test\" at <.s.b>: can't evaluate field b in type interface {}"
        ),
        ("{{ foo }}", "template: test:1: function \"foo\" not defined"),
        ("{{ $x }}", "template: test:1: undefined variable \"$x\""),
        ("{{ if 1 }}", "template: test:1: unexpected EOF"),
        ("{{ end }}", "template: test:1: unexpected {{end}}"),
        ("{{ \"a }}", "template: test:1: unterminated quoted string"),
        ("{{ /* }}", "unrecognized character"),
        ("{{ lt 1 \"a\" }}", "<lt 1 \"a\">: error calling lt: incompatible types for comparison"),
        ("{{ index .l 9 }}", "error calling index: index out of range: 9"),
        ("{{ template \"none\" }}", "template \"none\" not defined"),
        ("{{ break }}", "{{break}} outside {{range}}"),
        ("{{ range .s }}{{ end }}", "range can't iterate over text"),
    ])
    func `errors name template, line and column`(template: String, message: String) throws {
        let error = #expect(throws: TemplateError.self) { try render(template, "{a: {}, s: text, l: [1]}") }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func `a template that never ends stops at its limits`() throws {
        var limits = TemplateEvaluator.Limits()
        limits.steps = 10_000
        limits.output = 10_000
        limits.depth = 40
        for text in [
            "{{ range 1000000000 }}{{ end }}", "{{ range 5000 }}0123456789{{ end }}",
            "{{ define \"r\" }}{{ template \"r\" }}{{ end }}{{ template \"r\" }}",
        ] {
            let evaluator = TemplateEvaluator(functions: Functions.all, limits: limits)
            try evaluator.add(TemplateSource(name: "test", bytes: Array(text.utf8)))
            #expect(throws: TemplateError.self) { try evaluator.run("test", .none) }
        }
    }
}
