import Document
import Helm
import Testing

@Suite struct FunctionTests {
    private func render(_ text: String, key: UInt8 = 0) throws -> String {
        let values = "{s: text, l: [b, a, a], m: {x: {y: 1}}, n: null}"
        let data = TemplateValue(try YAML.parseOne(Array(values.utf8), file: SourceFile("values.yaml")))
        let evaluator = TemplateEvaluator(functions: Functions.all)
        evaluator.random.key = [UInt8](repeating: key, count: 32)
        try evaluator.add(TemplateSource(name: "test", bytes: Array(text.utf8)))
        return try evaluator.run("test", data).text
    }

    /// Template and result.
    @Test(arguments: [
        ("{{ \"Abc\" | upper | trunc 2 }}{{ trunc -1 \"xyz\" }}", "ABz"),
        ("{{ \"a-b-\" | trimSuffix \"-\" | replace \"-\" \"+\" | quote }}", "\"a+b\""),
        ("{{ \"a\\nb\" | nindent 2 }}", "\n  a\n  b"),
        ("{{ .l | uniq | sortAlpha | join \",\" }}", "a,b"),
        ("{{ without .l \"a\" }}{{ has \"b\" .l }}{{ first .l }}{{ last .l }}", "[b]trueba"),
        ("{{ $d := dict \"a\" 1 }}{{ $_ := set $d \"b\" 2 }}{{ $d }}{{ hasKey $d \"c\" }}", "map[a:1 b:2]false"),
        ("{{ dig \"x\" \"y\" 0 .m }}{{ dig \"x\" \"z\" \"no\" .m }}", "1no"),
        ("{{ merge (dict \"a\" 1) (dict \"a\" 2 \"b\" 3) }}", "map[a:1 b:3]"),
        ("{{ mergeOverwrite (dict \"a\" 1) (dict \"a\" 2 \"b\" 3) }}", "map[a:2 b:3]"),
        ("{{ .m | toYaml }}|{{ .m | toJson }}", "x:\n  \"y\": 1|{\"x\":{\"y\":1}}"),
        ("{{ (fromYaml \"a: [1, x]\").a }}{{ fromYamlArray \"[1]\" }}", "[1 x][1]"),
        ("{{ add 1 2 3 }} {{ sub 5 2 }} {{ div 7 2 }} {{ mod 7 2 }} {{ mul 2 3 }} {{ max 1 9 3 }}", "6 3 3 1 6 9"),
        ("{{ int \"42\" }} {{ int64 4.9 }} {{ round 3.14159 2 }} {{ floor 1.5 }}", "42 4 3.14 1"),
        ("{{ semverCompare \">=1.20-0\" \"v1.35.0\" }} {{ semverCompare \"^1.2\" \"2.0.0\" }}", "true false"),
        (
            "{{ regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\" }} {{ regexMatch \"^v[0-9]+$\" \"v12\" }}",
            "-W-xxW- true"
        ),
        ("{{ regexFind \"[a-z]+\" \"12abc\" }} {{ regexSplit \"z+\" \"pizza\" -1 }}", "abc [pi a]"),
        ("{{ regexMatch \"^[\\\\w-\\\\.]+$\" \"a-b.c\" }}", "true"),
        ("{{ b64enc \"hi\" }} {{ b64dec \"aGk=\" }} {{ sha256sum \"\" | trunc 8 }}", "aGk= hi e3b0c442"),
        ("{{ default \"x\" .n }}{{ coalesce \"\" nil \"y\" }}{{ ternary \"a\" \"b\" true }}{{ empty .n }}", "xyatrue"),
        ("{{ typeOf 1 }} {{ kindOf .m }} {{ kindIs \"slice\" .l }} {{ typeIs \"string\" .s }}", "int map true true"),
        ("{{ until 3 }} {{ untilStep 1 7 2 }} {{ seq 3 }}", "[0 1 2] [1 3 5] 1 2 3"),
        ("{{ base \"/a/b.c\" }} {{ dir \"/a/b\" }} {{ ext \"x.yml\" }} {{ clean \"a/../b\" }}", "b.c /a .yml b"),
        ("{{ (urlParse \"https://u@h:8/p?q#f\").host }}", "h:8"),
        ("{{ define \"t\" }}[{{ . }}]{{ end }}{{ include \"t\" 1 | quote }}", "\"[1]\""),
        ("{{ tpl \"{{ .s }}!\" . }}", "text!"),
        (
            "{{ snakecase \"FirstName\" }} {{ camelcase \"http_server\" }} {{ title \"a bc\" }}",
            "first_name HttpServer A Bc"
        ),
        ("{{ now | date \"2006-01-02T15:04:05Z07:00\" }} {{ now | unixEpoch }}", "1970-01-01T00:00:00Z 0"),
        ("{{ lookup \"v1\" \"Secret\" \"n\" \"x\" }}", "map[]"),
    ])
    func `functions give what sprig's give`(template: String, expected: String) throws {
        #expect(try render(template) == expected)
    }

    /// Template and a part of the message.
    @Test(arguments: [
        ("{{ required \"say s\" .n }}", "say s"),
        ("{{ fail \"no\" }}", "no"),
        ("{{ upper 1 }}", "<1>: expected string; found 1"),
        ("{{ .n | upper }}", "invalid value; expected string"),
        ("{{ upper .l }}", "<.l>: wrong type for value; expected string; got []interface {}"),
        ("{{ upper nil }}", "cannot assign nil to string"),
        ("{{ upper }}", "wrong number of args for upper: want 1 got 0"),
        ("{{ trunc 1 \"a\" \"b\" }}", "wrong number of args for trunc: want 2 got 3"),
        ("{{ default }}", "wrong number of args for default: want at least 1 got 0"),
        ("{{ trunc \"a\" \"b\" }}", "<\"a\">: expected integer; found \"a\""),
        ("{{ mustRegexMatch \"(\" \"a\" }}", "error parsing regexp"),
        ("{{ regexMatch \"(a+)+$\" (printf \"%sb\" (repeat 40 \"a\")) }}", "takes too long"),
        ("{{ repeat 1000000000 \"abc\" }}", "would be needed"),
        ("{{ until 1000000000 }}", "makes more than"),
        ("{{ div 1 0 }}", "divide by zero"),
        ("{{ semverCompare \"abc\" \"1\" }}", "improper constraint"),
        ("{{ include \"none\" . }}", "no template \"none\""),
        ("{{ define \"r\" }}{{ include \"r\" . }}{{ end }}{{ include \"r\" . }}", "nested reference name"),

    ])
    func `bad calls are refused in words`(template: String, message: String) throws {
        let error = #expect(throws: TemplateError.self) { try render(template) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func `random texts depend on the key and the place only`() throws {
        let text = "{{ randAlphaNum 20 }} {{ randAlphaNum 20 }} {{ uuidv4 }}"
        let first = try render(text)
        #expect(try render(text) == first)
        #expect(try render(text, key: 1) != first)
        let words = first.split(separator: " ")
        #expect(words[0] != words[1] && words[0].count == 20 && words[2].count == 36)
    }
}
