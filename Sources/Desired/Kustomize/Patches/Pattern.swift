import CPCRE2
import Document

/// A regular expression from a kustomization, matched against whole texts with bounded effort (pcre2api(3)).
///
/// Go's syntax (RE2) is nearly a subset of Perl's; what Perl's has beyond it could take long, so the limits hold.
final class Pattern {
    private let code: OpaquePointer
    private let context: OpaquePointer
    private let data: OpaquePointer?
    /// The only text that matches, where the expression is but letters, digits, dashes and slashes.
    private let literal: String?
    private let text: String
    private let origin: Origin

    /// - Throws: `Problem` when the text is no regular expression.
    init(_ text: String, at origin: Origin) throws(Problem) {
        var error: Int32 = 0
        var offset = 0
        let bytes = Array("^(?:\(text))$".utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_DOLLAR_ENDONLY) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil),
            let context = pcre2_match_context_create_8(nil)
        else {
            throw Problem("\"\(text)\" is no regular expression", at: origin, hint: Self.message(error))
        }
        data = pcre2_match_data_create_8(1, nil)
        literal = text.utf8.allSatisfy(Self.isLiteral) ? text : nil
        pcre2_set_match_limit_8(context, 200_000)
        pcre2_set_depth_limit_8(context, 10_000)
        pcre2_set_heap_limit_8(context, 16_384)
        self.code = code
        self.context = context
        self.text = text
        self.origin = origin
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_code_free_8(code)
        pcre2_match_context_free_8(context)
    }

    /// Whether the whole of a text matches.
    ///
    /// - Throws: `Problem` when that cannot be found out within the limits.
    func matches(_ subject: String) throws(Problem) -> Bool {
        if let literal { return subject == literal }
        var subject = subject
        let result = subject.withUTF8 { pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, data, context) }
        if result >= 0 { return true }
        if result == PCRE2_ERROR_NOMATCH { return false }
        throw Problem(
            "the regular expression \"\(text)\" takes too long on \(subject)", at: origin, hint: Self.message(result))
    }

    /// Whether one of some texts matches.
    func matches(any subjects: [String]) throws(Problem) -> Bool {
        for subject in subjects where try matches(subject) { return true }
        return false
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : ""
    }
}
