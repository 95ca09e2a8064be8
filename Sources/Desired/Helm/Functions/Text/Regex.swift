import CPCRE2
import Document

/// A regular expression in RE2's syntax, matched with bounded effort (pcre2api(3)).
final class Regex {
    private let code: OpaquePointer
    private let context: OpaquePointer
    let text: String
    /// Counts what matching costs.
    private let count: (Int) throws -> Void

    /// The offsets of the whole match and of the groups; -1 for those that took no part.
    typealias Match = [Range<Int>?]

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
        var error: Int32 = 0
        var offset = 0
        let bytes = Array(try RE2Pattern.translated(text).utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_DOLLAR_ENDONLY) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
            throw Malformed("error parsing regexp: \(Self.message(error)): `\(text)`")
        }
        guard let context = pcre2_match_context_create_8(nil) else {
            pcre2_code_free_8(code)
            throw TemplateError("no memory for the regular expression `\(text)`")
        }
        pcre2_set_depth_limit_8(context, 10_000)
        pcre2_set_heap_limit_8(context, 65_536)
        self.code = code
        self.context = context
        self.text = text
        self.count = count
    }

    deinit {
        pcre2_code_free_8(code)
        pcre2_match_context_free_8(context)
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : ""
    }

    /// The first match from an offset on.
    func match(_ subject: [UInt8], from start: Int, isEmptyAllowed: Bool = true) throws -> Match? {
        guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else { return nil }
        defer { pcre2_match_data_free_8(data) }
        // Subjects come from strings, which are UTF-8; to check that again at every match would cost a square.
        let options = UInt32(PCRE2_NO_UTF_CHECK) | (isEmptyAllowed ? 0 : UInt32(PCRE2_NOTEMPTY_ATSTART))
        var result: Int32 = 0
        // Most matches need little. Only one that does not is tried with more, so that what is counted is near the truth.
        for (limit, cost) in [(UInt32(2_000), 50), (50_000, 5_000), (1_000_000, 200_000)] {
            try count(cost)
            pcre2_set_match_limit_8(context, limit)
            result = pcre2_match_8(code, subject, subject.count, start, options, data, context)
            if result != PCRE2_ERROR_MATCHLIMIT { break }
        }
        if result == PCRE2_ERROR_NOMATCH { return nil }
        guard result > 0, let vector = pcre2_get_ovector_pointer_8(data) else {
            throw TemplateError("the regular expression `\(text)` takes too long: \(Self.message(result))")
        }
        let count = Int(pcre2_get_ovector_count_8(data))
        return (0..<count).map { group in
            let (low, high) = (vector[2 * group], vector[2 * group + 1])
            // PCRE2_UNSET, of a group that took no part, is -1 here.
            return low >= 0 && low <= high && high <= subject.count ? low..<high : nil
        }
    }

    /// All matches that do not overlap, at most `most` unless that is negative.
    func matches(_ subject: [UInt8], most: Int = -1) throws -> [Match] {
        var found: [Match] = []
        var offset = 0
        var lastEnd = -1
        while offset <= subject.count, most < 0 || found.count < most, let match = try match(subject, from: offset),
            let whole = match[0]
        {
            if whole.isEmpty {
                if whole.lowerBound != lastEnd { found.append(match) }
                offset = next(subject, whole.upperBound)
            } else {
                found.append(match)
                offset = whole.upperBound
            }
            lastEnd = whole.upperBound
        }
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
        var result: [UInt8] = []
        var end = 0
        for match in try matches(bytes) {
            guard let whole = match[0] else { continue }
            result += bytes[end..<whole.lowerBound]
            result += isLiteral ? Array(replacement.utf8) : expanded(replacement, match, bytes)
            end = whole.upperBound
            guard result.count <= Self.longest else {
                throw TemplateError("replacing makes a text of more than \(Self.longest) bytes")
            }
        }
        result += bytes[end...]
        return String(decoding: result, as: UTF8.self)
    }

    private func expanded(_ template: String, _ match: Match, _ subject: [UInt8]) -> [UInt8] {
        let bytes = Array(template.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "$"), index + 1 < bytes.count else {
                result.append(bytes[index])
                index += 1
                continue
            }
            if bytes[index + 1] == UInt8(ascii: "$") {
                result.append(bytes[index])
                index += 2
                continue
            }
            let braced = bytes[index + 1] == UInt8(ascii: "{")
            let start = index + (braced ? 2 : 1)
            var end = start
            while end < bytes.count, Self.isName(bytes[end]) { end += 1 }
            let closes = !braced || end < bytes.count && bytes[end] == UInt8(ascii: "}")
            guard end > start, closes else {
                result.append(bytes[index])
                index += 1
                continue
            }
            let name = String(decoding: bytes[start..<end], as: UTF8.self)
            let group = Int(name) ?? Int(pcre2_substring_number_from_name_8(code, Array(name.utf8) + [0]))
            if group >= 0, group < match.count, let range = match[group] { result += subject[range] }
            index = end + (braced ? 1 : 0)
        }
        return result
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
