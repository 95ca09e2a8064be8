import Document
import Helm
import Testing

/// Templates that loop, grow or nest without end: each stops at a limit, with an error that names its line.
@Suite struct HostileTemplateTests {
    private static let helpers = """
        {{ define "self" }}{{ include "self" . }}{{ end }}{{ define "plain" }}{{ template "plain" . }}{{ end -}}
        {{ define "deep" }}{{ range list 1 }}{{ if true }}{{ with 1 }}{{ include "deep" . }}{{ end }}{{ end }}{{ end }}{{ end -}}

        """

    private func render(_ text: String) throws -> String {
        let values = "{t: '{{ tpl .t . }}', map: {a: {b: 1}}}"
        let data = TemplateValue(try YAML.parseOne(Array(values.utf8), file: SourceFile("values.yaml")))
        var limits = TemplateEvaluator.Limits()
        limits.steps = 1_000_000
        limits.output = 8 << 20
        limits.labour = 200
        limits.text = 1 << 20
        limits.stack = 256 << 10
        let evaluator = TemplateEvaluator(functions: Functions.all, limits: limits)
        try evaluator.add(TemplateSource(name: "test", bytes: Array((Self.helpers + text).utf8)))
        return try evaluator.run("test", data).text
    }

    private static func loop(_ start: String, _ step: String, _ end: String = "{{ len $x }}", times: Int = 100)
        -> String
    {
        "{{ $x := \(start) }}{{ range until \(times) }}{{ $x = \(step) }}{{ end }}\(end)"
    }

    /// Name and template.
    static let templates: [(String, String)] = [
        ("a template that includes itself", "{{ include \"self\" . }}"),
        ("a template that calls itself", "{{ template \"plain\" . }}"),
        ("a template that includes itself within blocks", "{{ include \"deep\" . }}"),
        ("a text that carries itself out", "{{ tpl .t . }}"),
        ("a long list", "{{ range until 1000000000 }}{{ end }}"),
        ("a long count", "{{ range 1000000000 }}{{ end }}"),
        ("a long count that writes", "{{ range 1000000000 }}a word and another{{ end }}"),
        ("lists within loops", "{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}"),
        ("lists that are kept", loop("list", "append $x (until 10000)", times: 10000)),
        ("a list that grows", loop("list", "append $x 1", times: 100_000)),
        ("a text repeated", "{{ repeat 1000000000 \"x\" }}"),
        ("texts repeated", "{{ range until 1000 }}{{ $x := repeat 100000 \"x\" }}{{ end }}"),
        ("wide fields", "{{ printf \"%999999d%999999d%999999d\" 1 2 3 | len }}"),
        ("doubled by printf", loop("\"some text\"", "printf \"%s%s\" $x $x")),
        ("doubled by print", loop("\"some text\"", "print $x $x")),
        ("doubled by cat", loop("\"some text\"", "cat $x $x")),
        ("doubled by join", loop("\"some text\"", "join \"\" (list $x $x)")),
        ("doubled by quotes", loop("\"\\\"\\\\\"", "quote $x")),
        ("doubled by replace", loop("\"xx\"", "replace \"x\" \"xx\" $x")),
        ("doubled by a regular expression", loop("\"xx\"", "regexReplaceAll \"x\" $x \"xx\"")),
        ("a long separator", "{{ join (repeat 1000000 \"x\") (until 1000) }}"),
        ("a deep indentation", "{{ indent 1000000 \"a\\nb\\nc\" }}"),
        ("a doubled list", loop("list 1", "concat $x $x")),
        ("a doubled map, written", loop("dict \"a\" 1", "dict \"a\" $x \"b\" $x", "{{ toYaml $x }}")),
        ("a doubled map, printed", loop("dict \"a\" 1", "dict \"a\" $x \"b\" $x", "{{ $x }}")),
        ("a doubled map, copied", loop("dict \"a\" 1", "dict \"a\" $x \"b\" $x", "{{ deepCopy $x }}")),
        ("a doubled map, compared", loop("dict \"a\" 1", "dict \"a\" $x \"b\" $x", "{{ deepEqual $x $x }}")),
        ("a doubled list, as JSON", loop("list 1", "list $x $x", "{{ toJson $x }}")),
        ("a map that holds itself, written", "{{ $_ := set . \"self\" . }}{{ toYaml . }}"),
        ("a map that holds itself, printed", "{{ $_ := set . \"self\" . }}{{ . }}"),
        ("a map that holds itself, formatted", "{{ $_ := set . \"self\" (list .) }}{{ printf \"%v\" . }}"),
        ("a map that holds itself, copied", "{{ $_ := set .map \"self\" . }}{{ deepCopy . }}"),
        (
            "a map that holds itself, merged",
            "{{ $_ := set .map \"self\" .map }}{{ merge (dict) .map (deepCopy .map) }}"
        ),
        ("lists within lists", loop("list", "list $x", times: 10000)),
        ("maps within maps, written", loop("dict", "dict \"a\" $x", "{{ toYaml $x }}", times: 10000)),
        ("a search in each round", "{{ $l := until 10000 }}{{ range $l }}{{ $x := has -1 $l }}{{ end }}"),
        (
            "a digest in each round",
            "{{ $s := repeat 100000 \"x\" }}{{ range until 10000 }}{{ $x := sha256sum $s }}{{ end }}"
        ),
        ("a regular expression that tries everything", "{{ regexMatch \"^(a+)+$\" (print (repeat 40 \"a\") \"b\") }}"),
        (
            "a regular expression that tries much, often",
            "{{ range until 1000 }}{{ $x := regexMatch \"^(a+)+$\" \"aaaaaaaaaaaaaaab\" }}{{ end }}"
        ),
        ("keys in each round", "{{ range until 1000 }}{{ $x := genPrivateKey \"ed25519\" }}{{ end }}"),
        ("long keys in each round", "{{ range until 1000 }}{{ $x := genPrivateKey \"rsa\" }}{{ end }}"),
        ("authorities in each round", "{{ range until 1000 }}{{ $x := genCA \"a\" 1 }}{{ end }}"),
        ("slow digests in each round", "{{ range until 1000 }}{{ $x := bcrypt (toString .) }}{{ end }}"),
        (
            "derived passwords in each round",
            "{{ range until 1000 }}{{ $x := derivePassword 1 \"long\" \"a\" \"b\" (toString .) }}{{ end }}"
        ),
        ("texts that are carried out", "{{ range until 100000 }}{{ tpl \"{{ 1 }}\" $ }}{{ end }}"),
        (
            "aliases in a text",
            "{{ fromYaml \"a: &a [1,1,1,1,1,1,1,1,1,1]\\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\\ne: [*d,*d,*d,*d,*d,*d,*d,*d]\" | toYaml }}"
        ),
    ]

    @Test(arguments: templates)
    func `a template without end stops, and says where`(name: String, template: String) throws {
        do {
            let text = try render(template)
            Issue.record("\(name) gives \(text.utf8.count) bytes")
        } catch let error as TemplateError {
            #expect(error.place != nil, "\(error)")
            #expect(!error.reason.isEmpty)
        }
    }

    @Test func `maps may be nested as deep as a loop nests them`() throws {
        let text = Self.loop("dict", "dict \"a\" $x", times: 20000)
        #expect(try render(text).hasSuffix("1"))
        let chain =
            "{{ $r := dict }}{{ $p := $r }}{{ range until 20000 }}{{ $n := dict }}{{ $_ := set $p \"c\" $n }}{{ $p = $n }}{{ end }}"
        #expect(try render(chain + "{{ len $r }}").hasSuffix("1"))
    }

    @Test func `a long text is searched in linear time`() throws {
        let template =
            "{{ contains (print (repeat 5000 \"a\") \"b\") (repeat 400000 \"a\") }}{{ contains \"ab\" \"aab\" }}"
        #expect(try render(template).hasSuffix("falsetrue"))
        let long =
            "{{ replace (print (repeat 30 \"a\") \"b\") \"-\" (print (repeat 9000 \"a\") \"b\" (repeat 40 \"a\") \"b\") | trimAll \"a\" }}"
        #expect(try render(long).hasSuffix("--") || render(long).contains("-aaaaaaaaaa-"))
    }

    @Test func `a group that takes no part in a match is empty`() throws {
        #expect(try render("{{ regexReplaceAll \"(a)|b\" \"ab\" \"[$1]\" }}").hasSuffix("[a][]"))
    }

    @Test(arguments: [
        "{{ $x := 1 }}{{ if $x }}{{ define \"a\" }}{{ nosuch }}{{ end }}{{ end }}",
        "{{ range $i, $x := list 1 }}{{ block \"b\" . }}{{ $y }}{{ end }}{{ end }}",
    ])
    func `a body that is refused within blocks leaves them in order`(template: String) {
        #expect(throws: TemplateError.self) { try render(template) }
    }
}
