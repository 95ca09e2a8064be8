import CPCRE2

/// A regular expression of PCRE2 (pcre2api(3)), matched with bounded effort, and what its last match found.
///
/// It is for one thread at a time. Expressions come from outside, and Perl's syntax can take for ever: every match ends
/// within `Limits`.
package final class CompiledPattern {
    /// A text that is no regular expression.
    package struct Malformed: Error, CustomStringConvertible {
        /// PCRE2's own words.
        package let description: String
        /// Where it stopped reading, in bytes.
        package let offset: Int
    }

    /// What one match may take.
    package struct Limits {
        /// Calls of PCRE2's inner `match`.
        package var matches: UInt32
        /// How deep those go.
        package var depth: UInt32 = 10_000
        /// KiB of memory.
        package var heap: UInt32 = 16_384

        package init(matches: UInt32 = 200_000, heap: UInt32 = 16_384) {
            self.matches = matches
            self.heap = heap
        }
    }

    /// How a match ended.
    package enum Outcome: Equatable {
        case found
        case absent
        /// It would take more than so many calls of `match`.
        case tooManyMatches
        /// PCRE2's own words for what else it would take too much of.
        case failed(String)
    }

    /// What an expression and its subjects are made of.
    package enum Alphabet {
        /// Characters; subjects must be valid UTF-8.
        case characters
        /// Characters, in subjects that may hold other bytes: no match holds such. Compiled to machine code, since
        /// subjects are many.
        case charactersAmongBytes
    }

    private let code: OpaquePointer
    private let context: OpaquePointer
    private let data: OpaquePointer
    /// Subjects of characters are Swift's own texts: to check each at every match would cost a square. Others are not
    /// to be called valid.
    private let checks: UInt32
    private let limits: Limits

    /// - Throws: `Malformed`.
    package init(
        _ text: String, of alphabet: Alphabet = .characters, limits: Limits = Limits()
    ) throws(Malformed) {
        var error: Int32 = 0
        var offset = 0
        let bytes = Array(text.utf8)
        var options = UInt32(PCRE2_NEVER_BACKSLASH_C) | UInt32(PCRE2_UTF)
        switch alphabet {
        case .characters: options |= UInt32(PCRE2_DOLLAR_ENDONLY)
        case .charactersAmongBytes: options |= UInt32(PCRE2_MATCH_INVALID_UTF)
        }
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &error, &offset, nil) else {
            throw Malformed(description: Self.message(error), offset: offset)
        }
        guard let context = pcre2_match_context_create_8(nil),
            let data = pcre2_match_data_create_from_pattern_8(code, nil)
        else { preconditionFailure("no memory for a regular expression") }
        pcre2_set_depth_limit_8(context, limits.depth)
        pcre2_set_heap_limit_8(context, limits.heap)
        // Where a machine has no compiler for it, it is interpreted.
        if alphabet == .charactersAmongBytes { pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE)) }
        checks = alphabet == .characters ? UInt32(PCRE2_NO_UTF_CHECK) : 0
        self.limits = limits
        self.code = code
        self.context = context
        self.data = data
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
        pcre2_code_free_8(code)
    }

    /// Looks for the first match from an offset on.
    ///
    /// - Parameter most: calls of `match`; nil for the limit that it was made with.
    package func match(_ subject: UnsafeBufferPointer<UInt8>, from start: Int = 0, most: UInt32? = nil) -> Outcome {
        pcre2_set_match_limit_8(context, most ?? limits.matches)
        let result = pcre2_match_8(code, subject.baseAddress, subject.count, start, checks, data, context)
        switch result {
        case 0...: return .found
        case PCRE2_ERROR_NOMATCH: return .absent
        case PCRE2_ERROR_MATCHLIMIT: return .tooManyMatches
        default: return .failed(Self.message(result))
        }
    }

    /// The same for a text.
    package func match(_ subject: String) -> Outcome {
        var subject = subject
        return subject.withUTF8 { match($0) }
    }

    /// How many groups a match has, the whole of it among them.
    package var groupCount: Int { Int(pcre2_get_ovector_count_8(data)) }

    /// A group of the last match, 0 for the whole; nil for one that took no part, or that there is not.
    package func group(_ number: Int) -> Range<Int>? {
        guard number >= 0, number < groupCount, let vector = pcre2_get_ovector_pointer_8(data) else { return nil }
        let (low, high) = (vector[2 * number], vector[2 * number + 1])
        // PCRE2_UNSET, of a group that took no part, is -1 here; `\K` can put the end before the start.
        return low >= 0 && low <= high ? low..<high : nil
    }

    /// The number of a group that is called so, or by its number; nil when there is none.
    package func group(named name: some Collection<UInt8>) -> Int? {
        if let number = Int(String(decoding: name, as: UTF8.self)) { return number < groupCount ? number : nil }
        let number = pcre2_substring_number_from_name_8(code, Array(name) + [0])
        return number > 0 ? Int(number) : nil
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : ""
    }
}
