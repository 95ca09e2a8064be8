import CPCRE2
import Document

/// A regular expression of a SOPS file or rule, found anywhere in a text with bounded effort (pcre2api(3)).
final class SopsPattern {
    private let code: OpaquePointer
    private let context: OpaquePointer
    private let data: OpaquePointer?
    let text: String

    /// - Throws: `Problem` at `origin` when the text is no regular expression.
    init(_ text: String, at origin: Origin) throws(Problem) {
        var error: Int32 = 0
        var offset = 0
        let bytes = Array(text.utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_DOLLAR_ENDONLY) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil),
            let context = pcre2_match_context_create_8(nil)
        else { throw Problem("\"\(text)\" is no regular expression", at: origin) }
        data = pcre2_match_data_create_8(1, nil)
        pcre2_set_match_limit_8(context, 200_000)
        pcre2_set_depth_limit_8(context, 10_000)
        pcre2_set_heap_limit_8(context, 16_384)
        self.code = code
        self.context = context
        self.text = text
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_code_free_8(code)
        pcre2_match_context_free_8(context)
    }

    /// Whether it is found in a text; nil when that cannot be told within the limits.
    func isFound(in subject: String) -> Bool? {
        var subject = subject
        let result = subject.withUTF8 { pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, data, context) }
        return result >= 0 ? true : result == PCRE2_ERROR_NOMATCH ? false : nil
    }
}
