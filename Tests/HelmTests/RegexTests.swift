import Document
import Helm
import Testing

@Suite struct RegexTests {
    /// Pattern, text, and the matches that are found.
    @Test(arguments: [
        (#"^\d+$"#, "123", "[123]"), (#"\d"#, "٣4", "[4]"), (#"\w+"#, "naïve", "[na ve]"), (#"\s"#, "a\u{B}b", "[]"),
        (#"[\w-.]+"#, "a-b.c", "[a-b.c]"), (#"[^\d\s]+"#, "1a b2", "[a b]"), (#"[]a]+"#, "]a[", "[]a]"),
        (#"[[:alpha:][:^digit:]]"#, "1a", "[a]"), (#"[^\D]"#, "a1", "[1]"), (#"[a\]]+"#, "a]", "[a]]"),
        (#"(?P<year>\d{4})-(?<month>\d\d)"#, "2024-05", "[2024-05]"), (#"(?i)abc"#, "ABC", "[ABC]"),
        (#"(?s)a.b"#, "a\nb", "[a\nb]"), ("a.b", "a\nb", "[]"), (#"(?m)^b$"#, "a\nb\nc", "[b]"), ("b$", "b\n", "[]"),
        (#"b\z"#, "ab", "[b]"), (#"\Qa.b\E+"#, "a.bbb", "[a.bbb]"), (#"\x41\x{42}\103"#, "ABC", "[ABC]"),
        (#"\p{Greek}+"#, "aαβ", "[αβ]"), (#"\PL"#, "a1", "[1]"), (#"\p{^Lu}"#, "Aa", "[a]"),
        ("a{,2}", "a{,2}", "[a{,2}]"),
        ("x{2}", "xxx", "[xx]"), ("x{1,}?", "xxx", "[x x x]"), (#"\bfoo\b"#, "a foo b", "[foo]"),
        ("a*", "baac", "[ aa ]"),
        (#"\."#, "a.b", "[.]"), ("[a-c&&d]", "&", "[&]"), ("a|b|", "ab", "[a b]"), ("(?U)a+", "aaa", "[a a a]"),
        ("#x y", "#x y", "[#x y]"), (#"\/"#, "/", "[/]"), ("é+", "éé", "[éé]"),
    ])
    func `patterns match what RE2 matches`(pattern: String, text: String, found: String) throws {
        let rendered = Rendered("{{ mustRegexFindAll .p .t -1 }}", #"{p: \#(quoted(pattern)), t: \#(quoted(text))}"#)
        #expect(try rendered.text() == found)
    }

    /// Pattern and what is said of it.
    @Test(arguments: [
        ("a(b", "missing closing ): `a(b`"), ("a)", "unexpected ): `a)`"), ("[a", "missing closing ]: `[a`"),
        ("*a", "missing argument to repetition operator: `*`"), ("a**", "invalid nested repetition operator: `**`"),
        ("a++", "invalid nested repetition operator: `++`"), (#"(a)\1"#, #"invalid escape sequence: `\1`"#),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"), ("(?<!a)b", "invalid named capture: `(?<!a)b`"),
        ("(?>a)", "invalid or unsupported Perl syntax: `(?>`"), ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{3,2}", "invalid repeat count: `{3,2}`"), (#"\y"#, #"invalid escape sequence: `\y`"#),
        ("[b-a]", "invalid character class range: `b-a`"), ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        ("a\\", #"trailing backslash at end of expression: `\`"#),
    ])
    func `what RE2 does not have is refused in its words`(pattern: String, message: String) throws {
        let values = "{p: \(quoted(pattern))}"
        let strict = #expect(throws: TemplateError.self) {
            try Rendered("{{ mustRegexMatch .p \"\" }}", values).text()
        }
        #expect(strict?.message.contains("error calling mustRegexMatch: error parsing regexp: \(message)") == true)
        let lax = #expect(throws: TemplateError.self) { try Rendered("{{ regexFind .p \"\" }}", values).text() }
        #expect(lax?.message.contains("regexp: Compile(") == true && lax?.message.contains(message) == true)
        #expect(try Rendered("{{ regexMatch .p \"a\" }}", values).text() == "false")
    }

    /// Template and result.
    @Test(arguments: [
        (#"{{ regexReplaceAll "(\\w+) (\\w+)" "a b" "${2}-$1" }}"#, "b-a"),
        (#"{{ regexReplaceAll "a(x)?b" "ab" "[$1x]" }}"#, "[]"), (#"{{ regexReplaceAll "a" "aa" "$$" }}"#, "$$"),
        (#"{{ regexReplaceAll "(?P<n>.)" "ab" "<$n>" }}"#, "<a><b>"), (#"{{ regexReplaceAll "" "ab" "-" }}"#, "-a-b-"),
        (#"{{ regexReplaceAllLiteral "a" "aa" "$1" }}"#, "$1$1"), (#"{{ regexSplit "," "a,b," -1 | len }}"#, "3"),
        (#"{{ regexSplit "" "abc" -1 }}"#, "[a b c]"), (#"{{ regexSplit "b" "abcb" 2 }}"#, "[a cb]"),
        (#"{{ regexSplit "x" "" -1 | len }}"#, "1"), (#"{{ regexFindAll "a" "aaa" 2 }}"#, "[a a]"),
        (#"{{ regexQuoteMeta "a.b[c]" }}"#, #"a\.b\[c\]"#),
    ])
    func `texts are replaced and split`(template: String, expected: String) throws {
        #expect(try Rendered(template).text() == expected)
    }

    /// A text as a YAML scalar.
    private func quoted(_ text: String) -> String { JSON.text(.string(text)) }
}
