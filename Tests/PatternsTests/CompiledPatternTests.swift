import Testing

@testable import Patterns

@Suite struct CompiledPatternTests {
    @Test(
        arguments: [
            ("b+", "abbbc", 0, 1..<4), ("b+", "abbbc", 2, 2..<4), ("", "abc", 3, 3..<3), ("é", "caé", 0, 2..<4),
            ("c$", "c\n", 0, nil), ("x", "", 0, nil),
        ] as [(String, String, Int, Range<Int>?)])
    func `finds the first match from an offset on`(text: String, subject: String, start: Int, place: Range<Int>?) throws
    {
        let pattern = try CompiledPattern(text)
        let outcome = Array(subject.utf8).withUnsafeBufferPointer { pattern.match($0, from: start) }
        #expect(outcome == (place == nil ? .absent : .found))
        if let place { #expect(pattern.group(0) == place) }
    }

    @Test func `what is no text is matched around`() throws {
        let pattern = try CompiledPattern("(.)x", of: .charactersAmongBytes)
        let outcome = [UInt8]([0xFF, 0x78, 0xC3, 0xA9, 0x78]).withUnsafeBufferPointer { pattern.match($0) }
        #expect(outcome == .found)
        #expect(pattern.group(1) == 2..<4)
    }

    @Test func `groups have numbers and names, and may have taken no part`() throws {
        let pattern = try CompiledPattern("(?<first>a)|(b)")
        #expect(pattern.match("xb") == .found)
        #expect(pattern.groupCount == 3)
        #expect(pattern.group(1) == nil && pattern.group(2) == 1..<2 && pattern.group(7) == nil)
        #expect(pattern.group(named: "first".utf8) == 1 && pattern.group(named: "2".utf8) == 2)
        #expect(pattern.group(named: "9".utf8) == nil && pattern.group(named: "none".utf8) == nil)
    }

    @Test func `an expression that tries without end stops, and can be tried with more`() throws {
        let subject = String(repeating: "a", count: 18) + "b"
        let pattern = try CompiledPattern("^(a+)+$", limits: .init(matches: 1000))
        #expect(pattern.match(subject) == .tooManyMatches)
        let outcome = Array(subject.utf8).withUnsafeBufferPointer { pattern.match($0, most: 10_000_000) }
        #expect(outcome == .absent)
        // What one match was allowed, the next one is not.
        #expect(pattern.match(subject) == .tooManyMatches)
    }

    @Test(arguments: ["(", "[z-a]", "a{2,1}", "\\C", "(?<n>a)(?<n>b)"])
    func `what is no expression is refused`(text: String) {
        #expect(throws: CompiledPattern.Malformed.self) { try CompiledPattern(text) }
    }

    @Test(arguments: [
        ("$1-$2", "b-a"), ("${y}$x", "ab"), ("$$1", "$1"), ("$1x", ""), ("${1}x", "bx"), ("$", "$"), ("${", "${"),
        ("$9|${none}|", "||"), ("plain", "plain"), ("${x y}", "${x y}"),
    ])
    func `a template takes groups by number and name`(template: String, result: String) throws {
        let pattern = try CompiledPattern("(?<x>b)(?<y>a)")
        let subject = Array("cba".utf8)
        var written: [UInt8] = []
        subject.withUnsafeBufferPointer { bytes in
            #expect(pattern.match(bytes) == .found)
            ReplacementTemplate(template).expand(pattern, bytes) { written += $0 }
        }
        #expect(String(decoding: written, as: UTF8.self) == result)
    }

    @Test func `a template says which group a pattern has not`() throws {
        let pattern = try CompiledPattern("(?<x>b)(a)")
        #expect(ReplacementTemplate("$0 ${2} $x").missing(in: pattern) == nil)
        #expect(ReplacementTemplate("$1 ${y} $3").missing(in: pattern) == "y")
    }
}
