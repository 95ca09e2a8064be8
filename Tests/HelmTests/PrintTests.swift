import Helm
import Testing

@Suite struct PrintTests {
    /// The arguments of `printf`, and what it gives.
    @Test(arguments: [
        (#""%d|%5d|%-5d|%05d|%+d|% d" 42 42 42 42 42 42"#, "42|   42|42   |00042|+42| 42"),
        (
            #""%x|%X|%#x|%o|%#o|%O|%b|%c|%U|%q" 255 255 255 8 8 8 5 65 8364 10"#,
            #"ff|FF|0xff|10|010|0o10|101|A|U+20AC|'\n'"#
        ),
        (
            #""%f|%.2f|%8.3f|%-8.1f|%+.1f|%08.3f" 3.14159 3.14159 3.14159 3.14159 3.14159 -3.14159"#,
            "3.141590|3.14|   3.142|3.1     |+3.1|-003.142"
        ),
        (#""%e|%g|%G|%.3g" 123456.789 1e-7 1e21 123456.0"#, "1.234568e+05|1e-07|1E+21|1.23e+05"),
        (
            #""%s|%q|%x|% x|%#x|%.2s|%5s|%-5s|" "héy" "a\tb" "hi" "hi" "hi" "héy" "é" "é""#,
            #"héy|"a\tb"|6869|68 69|0x6869|hé|    é|é    |"#
        ),
        (#""%v|%v|%v|%v" .l .m .n true"#, "[1 a <nil>]|map[a:1 b:[x]]|<nil>|true"),
        (
            #""%#v|%#v|%#v" .l .m "s""#,
            #"[]interface {}{1, "a", interface {}(nil)}|map[string]interface {}{"a":1, "b":[]interface {}{"x"}}|"s""#
        ),
        (#""%T %T %T %T %T %T" 1 1.5 "s" .l .m .n"#, "int float64 string []interface {} map[string]interface {} <nil>"),
        (#""%q" .s"#, #"["a" "b"]"#), (#""%t %t" true 1"#, "true %!t(int=1)"),
        (#""%d %s %d" "x" 1 1.5"#, "%!d(string=x) %!s(int=1) %!d(float64=1.5)"),
        (#""%s %d" .n .n"#, "%!s(<nil>) %!d(<nil>)"),
        (#""%d""#, "%!d(MISSING)"), (#""a" 1 "b""#, "a%!(EXTRA int=1, string=b)"),
        (#""%" 1"#, "%!(NOVERB)%!(EXTRA int=1)"),
        (#""%z" 1"#, "%!z(int=1)"), (#""%%|%5%""#, "%|%"), (#""%[2]d %[1]d" 1 2"#, "2 1"),
        (#""%[3]d" 1"#, "%!d(BADINDEX)"),
        (#""%*d|%-*d|%.*f" 4 7 4 7 1 2.55"#, "   7|7   |2.5"), (#""%*d" "x" 7"#, "%!(BADWIDTH)7"),
        (#""%[1]s %s" "a" "b""#, "a b"), (#""%s" .s"#, "[a b]"), (#""%6.2f%%" 12.345"#, " 12.35%"),
        (#""%x" -255"#, "-ff"),
    ])
    func `printf gives what Go gives`(arguments: String, expected: String) throws {
        let values = "{l: [1, a, null], m: {b: [x], a: 1}, n: null, s: [a, b]}"
        #expect(try Rendered("{{ printf \(arguments) }}", values).text() == expected)
    }

    /// Values and how they are printed plainly.
    @Test(arguments: [
        ("1", "1"), ("1.0", "1"), ("100000", "100000"), ("1000000", "1e+06"), ("123456789", "1.23456789e+08"),
        ("0.1", "0.1"),
        ("0.00001", "1e-05"), ("-0.0", "-0"), ("1e21", "1e+21"), ("12345.678", "12345.678"), ("true", "true"),
        ("[]", "[]"),
        ("{}", "map[]"), ("'007'", "007"),
    ])
    func `values of YAML print as Go prints them`(value: String, expected: String) throws {
        #expect(try Rendered("{{ .v }}", "{v: \(value)}").text() == expected)
    }
}
