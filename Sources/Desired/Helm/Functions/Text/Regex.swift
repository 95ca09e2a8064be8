import Document
import Patterns

/// A regular expression in RE2's syntax, matched with bounded effort.
final class Regex {
    private let pattern: CompiledPattern
    let text: String
    /// Counts what matching costs.
    private let count: (Int) throws -> Void

    /// Bytes of what replacing may make.
    private static let longest = 16 << 20

    /// A pattern that is none.
    struct Malformed: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    /// - Parameter count: is told of the effort of each match, and may refuse it.
    init(_ text: String, counting count: @escaping (Int) throws -> Void = { _ in }) throws {
        let translated = try RE2Pattern.translated(text)
        do {
            pattern = try CompiledPattern(translated, limits: .init(heap: 65_536))
        } catch {
            throw Malformed("error parsing regexp: \(error): `\(text)`")
        }
        self.text = text
        self.count = count
    }

    /// The first match from an offset on; `group` tells more of it until the next one.
    func match(_ subject: [UInt8], from start: Int) throws -> Range<Int>? {
        // Most matches need little. Only one that does not is tried with more, so that what is counted is near the truth.
        for (limit, cost) in [(UInt32(2_000), 50), (50_000, 5_000), (1_000_000, 200_000)] {
            try count(cost)
            switch subject.withUnsafeBufferPointer({ pattern.match($0, from: start, most: limit) }) {
            case .found: return pattern.group(0)
            case .absent: return nil
            case .tooManyMatches: continue
            case .failed(let reason): throw TemplateError("the regular expression `\(text)` takes too long: \(reason)")
            }
        }
        throw TemplateError("the regular expression `\(text)` takes too long")
    }

    /// Does something at each match, none of which overlaps another, and at most `most` unless that is negative.
    private func forEachMatch(_ subject: [UInt8], most: Int = -1, _ body: (Range<Int>) throws -> Void) throws {
        var found = 0
        var offset = 0
        var lastEnd = -1
        while offset <= subject.count, most < 0 || found < most, let match = try match(subject, from: offset) {
            let isNew = !match.isEmpty || match.lowerBound != lastEnd
            offset = match.isEmpty ? next(subject, match.upperBound) : match.upperBound
            lastEnd = match.upperBound
            if isNew {
                found += 1
                try body(match)
            }
        }
    }

    /// All matches that do not overlap, at most `most` unless that is negative.
    func matches(_ subject: [UInt8], most: Int = -1) throws -> [Range<Int>] {
        var found: [Range<Int>] = []
        try forEachMatch(subject, most: most) { found.append($0) }
        return found
    }

    private func next(_ subject: [UInt8], _ offset: Int) -> Int {
        var offset = offset + 1
        while offset < subject.count, subject[offset] & 0xC0 == 0x80 { offset += 1 }
        return offset
    }

    /// Replaces every match; `$1`, `${name}` are expanded unless literal.
    func replace(_ subject: String, _ replacement: String, isLiteral: Bool) throws -> String {
        let bytes = Array(subject.utf8)
        let literal = Array(replacement.utf8)
        let template = isLiteral ? nil : ReplacementTemplate(replacement)
        var result: [UInt8] = []
        var end = 0
        try forEachMatch(bytes) { match in
            result += bytes[end..<match.lowerBound]
            if let template {
                bytes.withUnsafeBufferPointer { template.expand(pattern, $0) { result += $0 } }
            } else {
                result += literal
            }
            end = match.upperBound
            guard result.count <= Self.longest else {
                throw TemplateError("replacing makes a text of more than \(Self.longest) bytes")
            }
        }
        result += bytes[end...]
        return String(decoding: result, as: UTF8.self)
    }
}
