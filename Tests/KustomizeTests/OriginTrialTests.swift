import Document
import FileTree
import Kustomize
import TestSupport
import Testing

/// The place that a scalar names is the one that counts: another text there changes the scalar, and changes none that
/// does not name the line. Benchmarks/origins.py asks the same of the whole program and of any folder.
@Suite struct OriginTrialTests {
    @Test(arguments: OverlayCase.every)
    func `every scalar has a place`(test: OverlayCase) throws {
        let rendering = try Rendered(test)
        #expect(!rendering.scalars.isEmpty)
        for (field, value) in rendering.scalars {
            #expect(value.origin.isKnown && value.origin.line > 0 && value.origin.column > 0, "\(field) has no place")
            #expect(test.files[value.origin.file.path] != nil, "\(field) is at \(value.origin)")
        }
    }

    @Test(arguments: OverlayCase.every)
    func `another text at the place changes the scalar, and none that does not name the line`(
        test: OverlayCase
    ) throws {
        var random = SplitMix(state: 42)
        let before = try Rendered(test)
        let fields = before.scalars.keys.sorted().filter { before.scalars[$0]?.trivia?.synthesis != .whole }
        var held = 0
        for field in fields.shuffled(using: &random).prefix(24) {
            switch try Trial(test: test, before: before, field: field).outcome(&random) {
            case .holds: held += 1
            case .noOtherValue: break
            case .fails(let why): Issue.record("\(why)")
            }
        }
        #expect(held > 0)
    }
}

/// The scalars of a rendering, by object and field.
private struct Rendered {
    var scalars: [String: Value] = [:]

    init(_ test: OverlayCase) throws {
        let objects = try Kustomize.build(
            try #require(TreePath(test.entry)), in: MemoryTree(test.files),
            options: .init(order: Kustomize.Options.Order.none))
        for (index, object) in objects.enumerated() { collect(object, "\(index)") }
    }

    private mutating func collect(_ value: Value, _ path: String) {
        switch value.content {
        case .scalar: scalars[path] = value
        case .sequence(let items): for (index, item) in items.enumerated() { collect(item, "\(path)/\(index)") }
        case .mapping(let mapping): for entry in mapping.entries { collect(entry.value, "\(path)/\(entry.key.text)") }
        }
    }

    func names(_ field: String, _ file: SourceFile, _ line: Int) -> Bool {
        guard let value = scalars[field] else { return false }
        return ([value.place] + (value.trivia?.replaced ?? [])).contains {
            $0.origin.file == file && $0.span.contains(UInt32(line))
        }
    }
}

/// One edit of one place.
private struct Trial {
    enum Outcome {
        case holds
        /// No text that was tried can stand there without objects or fields coming and going.
        case noOtherValue
        case fails(String)
    }

    let test: OverlayCase
    let before: Rendered
    let field: String

    func outcome(_ random: inout SplitMix) throws -> Outcome {
        let value = try #require(before.scalars[field])
        let file = value.origin.file
        let text = try #require(test.files[file.path])
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var result = Outcome.noOtherValue
        for (number, edited) in edits(of: lines, at: value.place, &random) {
            var changed = test
            let old = lines[number - 1]
            lines[number - 1] = edited
            changed.files[file.path] = lines.joined(separator: "\n")
            lines[number - 1] = old
            guard let after = try? Rendered(changed), after.scalars.keys == before.scalars.keys else { continue }
            let moved = before.scalars.filter { after.scalars[$0.key] != $0.value }.keys
            let foreign = moved.filter { !before.names($0, file, number) }
            if foreign.contains(where: { hasFallenBack($0, in: after) }) { continue }
            if let first = foreign.sorted().first {
                return .fails("\(field): \(file):\(number): \(old) → \(edited) changes \(first) too")
            }
            if moved.contains(field) { return .holds }
            result = .fails("\(field): \(file):\(number): \(old) → \(edited) does not change it")
        }
        return result
    }

    /// Whether a scalar is what it was before something set it that no longer finds it.
    private func hasFallenBack(_ field: String, in after: Rendered) -> Bool {
        guard let old = before.scalars[field], let new = after.scalars[field] else { return false }
        return old.origin != new.origin && (old.trivia?.replaced ?? []).contains { $0.origin == new.origin }
    }

    private func edits(of lines: [String], at place: Place, _ random: inout SplitMix) -> [(Int, String)] {
        var number = Int(place.origin.line)
        guard lines.indices.contains(number - 1) else { return [] }
        var line = Array(lines[number - 1])
        var begin = min(Int(place.origin.column) - 1, line.count)
        var end = line.count
        if let range = place.lines {
            number = Int(range.randomElement(using: &random) ?? range.lowerBound)
            line = Array(lines[number - 1])
            begin = line.firstIndex { $0 != " " } ?? 0
            end = (line.lastIndex { !$0.isWhitespace } ?? begin - 1) + 1
        } else if place.origin.file.path.hasSuffix(".yaml") || place.origin.file.path.hasSuffix(".json") {
            end = Self.end(of: line, &begin)
        }
        let word = String(line[begin..<end])
        return Self.others(than: word).map { (number, String(line[..<begin]) + $0 + String(line[end...])) }
    }

    /// Where the scalar that begins at a column ends, without its quotes.
    private static func end(of line: [Character], _ begin: inout Int) -> Int {
        while begin < line.count, line[begin] == "!" || line[begin] == "&" {
            begin = (line[begin...].firstIndex(of: " ") ?? line.count - 1) + 1
        }
        if begin < line.count, line[begin] == "\"" || line[begin] == "'" {
            let quote = line[begin]
            begin += 1
            return line[begin...].firstIndex(of: quote) ?? line.count
        }
        var end = begin
        while end < line.count, !",]}'\"".contains(line[end]) {
            let rest = String(line[end...].prefix(2))
            if rest == ": " || rest == " #" || rest == " " { break }
            end += 1
        }
        while end > begin, line[end - 1].isWhitespace { end -= 1 }
        return end
    }

    private static func others(than text: String) -> [String] {
        if let number = Int(text) { return ["\(number + 1)"] }
        if text == "true" { return ["false"] }
        if text == "false" { return ["true"] }
        return [text + "x", text + "1", "x" + text, text + ".5"]
    }
}
