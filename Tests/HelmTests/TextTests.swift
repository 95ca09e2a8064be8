import Helm
import Testing

@Suite struct TextTests {
    /// Template and result.
    @Test(arguments: [
        (#"{{ title "don't stop_it 1st ünder-way" }}"#, "Don'T Stop_it 1st Ünder-Way"),
        (#"{{ untitle "First Try" }}"#, "first try"),
        (#"{{ initials "First  Try" }}"#, "FT"), (#"{{ swapcase "This Is a.Test" }}"#, "tHIS iS A.tEST"),
        (
            #"{{ snakecase "HTTP20xOK" }} {{ snakecase "Bld4Floor3rd" }} {{ snakecase "http2xx" }}"#,
            "http_20x_ok bld4_floor_3rd http_2xx"
        ),
        (#"{{ kebabcase "Duration2m3s" }} {{ kebabcase "a__b" }} {{ snakecase "a.b" }}"#, "duration-2m3s a--b a.b"),
        (
            #"{{ camelcase "_complex__case_" }} {{ camelcase "GOLANG_IS" }} {{ camelcase "" }}x"#,
            "_Complex_Case_ GolangIs x"
        ),
        (#"{{ wrap 5 "one two  three" }}"#, "one\ntwo \nthree"), (#"{{ wrap 3 "longword a" }}"#, "longword\na"),
        (
            #"{{ abbrev 5 "hello world" }} {{ abbrev 3 "abcd" }} {{ abbrevboth 5 10 "1234 5678 9123" }}"#,
            "he... abcd ...5678..."
        ),
        (#"{{ nospace "a b\tc\n" }}|{{ trim " \n x\u00a0 " }}|{{ trimAll "$%" "%$5$%" }}"#, "abc|x|5"),
        (#"{{ substr 1 3 "abcdef" }} {{ substr 2 -1 "abc" }} {{ trunc 9 "abc" }} {{ trunc -2 "abc" }}"#, "bc c abc bc"),
        (#"{{ plural "one" "many" 1 }} {{ plural "one" "many" 0 }}"#, "one many"),
        (#"{{ cat "a" nil 1 true }}"#, "a 1 true"),
        (#"{{ quote "a" nil 1 }} {{ squote 2 "b" }}"#, #""a" "1" '2' 'b'"#),
        (#"{{ (split "." "a.b")._1 }} {{ (splitn "." 2 "a.b.c")._1 }}"#, "b b.c"),
        (
            #"{{ repeat 2 "ab" }}{{ indent 2 "x\ny" }}{{ hasPrefix "a" "ab" }}{{ hasSuffix "a" "ab" }}"#,
            "abab  x\n  ytruefalse"
        ),
        (
            #"{{ int "0x1F" }} {{ int "010" }} {{ int "3.0" }} {{ int "3.7" }} {{ int "x" }} {{ int 3.9 }} {{ int true }}"#,
            "31 8 3 0 0 3 1"
        ),
        (
            #"{{ round -3.5 0 }} {{ round 123.5555 2 }} {{ round 155.5 -1 }} {{ round 1.4 0 0.3 }} {{ ceil 1.1 }} {{ floor -1.1 }}"#,
            "-4 123.56 160 2 2 -2"
        ),
        (
            #"{{ addf 1.1 2.2 }} {{ subf 0.3 0.1 }} {{ mulf 1.1 3 }} {{ divf 10 4 }} {{ add1f 1.5 }}"#,
            "3.3 0.2 3.3 2.5 2.5"
        ),
        (
            #"{{ max 1 9 3 }} {{ min 4 2 }} {{ maxf 1.5 2.5 }} {{ add }} {{ mod -7 3 }} {{ div -7 2 }} {{ toDecimal "0777" }}"#,
            "9 2 2.5 0 -1 -3 511"
        ),
        (
            #"{{ urlJoin (dict "scheme" "http" "host" "h:1" "path" "/p" "query" "q=1" "fragment" "f" "userinfo" "u") }}"#,
            "http://u@h:1/p?q=1#f"
        ),
        (
            #"{{ (semver "v1.2.3-a.1+b").Prerelease }} {{ semverCompare "^0.2.3" "0.2.9" }} {{ semverCompare "~1.2 || >3" "1.2.9" }} {{ semverCompare ">1.2.3" "1.3.0-a" }}"#,
            "a.1 true true false"
        ),
        (#"{{ getHostByName "example.org" }}x"#, "x"),
        (
            #"{{ base "/a/b/" }} {{ dir "/a/b/" }} {{ ext "a.tar.gz" }} {{ isAbs "a" }} {{ osBase "x/y" }}"#,
            "b /a/b .gz false y"
        ),
    ])
    func `texts and numbers come out as sprig has them`(template: String, expected: String) throws {
        #expect(try Rendered(template).text() == expected)
    }

    /// Template and result.
    @Test(arguments: [
        (
            "{{ $a := dict \"x\" (dict \"y\" 1) }}{{ $b := deepCopy $a }}{{ $_ := set $b.x \"y\" 2 }}{{ $a }}{{ $b }}",
            "map[x:map[y:1]]map[x:map[y:2]]"
        ),
        (
            "{{ merge (dict \"a\" (dict \"b\" 1)) (dict \"a\" (dict \"b\" 2 \"c\" 3) \"d\" 0) }}",
            "map[a:map[b:1 c:3] d:0]"
        ),
        ("{{ mergeOverwrite (dict \"a\" 1 \"b\" 2) (dict \"a\" 0 \"b\" 3) }}", "map[a:0 b:3]"),
        ("{{ mergeOverwrite (dict \"a\" true \"b\" (list 1)) (dict \"a\" false \"b\" list) }}", "map[a:false b:[]]"),
        ("{{ mergeOverwrite (dict \"a\" (dict \"x\" 1)) (dict \"a\" (dict \"x\" nil)) }}", "map[a:map[x:<nil>]]"),
        ("{{ mergeOverwrite (dict \"a\" (dict \"x\" 1)) (dict \"a\" 0) (dict \"b\" nil) }}", "map[a:0 b:<nil>]"),
        ("{{ merge (dict \"a\" \"\" \"b\" 1) (dict \"a\" 2 \"b\" 2 \"c\" nil \"d\" list) }}", "map[a:2 b:1 d:[]]"),
        (
            "{{ merge (dict \"a\" dict \"b\" 1) (dict \"a\" (dict \"x\" 1) \"b\" (dict \"y\" 2)) }}",
            "map[a:map[x:1] b:1]"
        ),
        (
            "{{ pluck \"a\" (dict \"a\" 1) (dict \"b\" 2) (dict \"a\" 3) }} {{ pick (dict \"a\" 1 \"b\" 2) \"b\" \"z\" }} {{ omit (dict \"a\" 1 \"b\" 2) \"b\" }}",
            "[1 3] map[b:2] map[a:1]"
        ),
        (
            "{{ keys (dict \"b\" 1 \"a\" 2) }} {{ values (dict \"b\" 1 \"a\" 2) }} {{ get (dict \"a\" 1) \"z\" }}|{{ unset (dict \"a\" 1) \"a\" }}",
            "[a b] [2 1] |map[]"
        ),
        (
            "{{ chunk 2 (list 1 2 3) }} {{ concat (list 1) (list 2 3) }} {{ compact (list 0 1 \"\" 2) }} {{ reverse (list 1 2) }}",
            "[[1 2] [3]] [1 2 3] [1 2] [2 1]"
        ),
        (
            "{{ rest (list 1 2 3) }} {{ initial (list 1 2 3) }} {{ prepend (list 1) 0 }} {{ append (list 1) 2 }} {{ slice (list 1 2 3) 1 }}",
            "[2 3] [1 2] [0 1] [1 2] [2 3]"
        ),
        (
            "{{ has 1 (list 1 2) }} {{ without (list 1 2 3) 2 }} {{ uniq (list 1 1 2) }} {{ first (list) }} {{ join \"-\" (list 1 nil \"a\") }}",
            "true [1 3] [1 2] <no value> 1-a"
        ),
        ("{{ untilStep 5 0 -2 }} {{ seq 1 2 7 }} {{ seq 3 1 }} {{ until -2 }}", "[5 3 1] 1 3 5 7 3 2 1 [0 -1]"),
        (
            "{{ deepEqual (list 1) (list 1) }} {{ all 1 \"\" }} {{ any 0 1 }} {{ coalesce 0 \"\" 3 }} {{ ternary 1 2 false }} {{ empty (dict) }}",
            "true false true 3 2 true"
        ),
        (
            "{{ typeOf (list) }} {{ kindOf nil }} {{ typeIsLike \"string\" \"\" }} {{ kindIs \"map\" (dict) }} {{ dig \"a\" \"b\" 9 (dict \"a\" (dict)) }}",
            "[]interface {} invalid true true 9"
        ),
    ])
    func `lists and maps come out as sprig has them`(template: String, expected: String) throws {
        #expect(try Rendered(template).text() == expected)
    }
}
