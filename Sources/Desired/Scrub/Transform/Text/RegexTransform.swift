import CPCRE2

/// `regex`: the parts of a text that match a pattern (pcre2pattern(3)) give way to a replacement, or to what another
/// transform makes of them.
package struct RegexRecipe: TransformRecipe {
    /// What takes a match's place.
    package enum Replacement: Sendable {
        /// `$1` and `${name}` stand for groups (pcre2_substitute(3)).
        case text(String)
        case transform(any TransformRecipe)
    }

    let pattern: String
    let replacement: Replacement
    /// Whether a text that does not match stays; else it stops the run.
    let keepsOthers: Bool

    /// - Throws: `TransformFailure` for a pattern that is none.
    package init(pattern: String, replacement: Replacement, keepsOthers: Bool) throws(TransformFailure) {
        self.pattern = pattern
        self.replacement = replacement
        self.keepsOthers = keepsOthers
        _ = try Pattern(pattern)
    }

    package var traits: TransformTraits {
        var traits = TransformTraits(.lossy, output: .text(atMost: .max), takes: [.text])
        if case .transform(let recipe) = replacement { traits.reads = recipe.traits.reads }
        return traits
    }

    package func instance() -> any CellTransform { RegexTransform(self) }
}

final class RegexTransform: CellTransform {
    private let recipe: RegexRecipe
    private let pattern: Pattern?
    private let inner: (any CellTransform)?
    private let template: [UInt8]

    init(_ recipe: RegexRecipe) {
        self.recipe = recipe
        pattern = try? Pattern(recipe.pattern)
        switch recipe.replacement {
        case .text(let text):
            template = Array(text.utf8)
            inner = nil
        case .transform(let recipe):
            template = []
            inner = recipe.instance()
        }
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard let pattern else { throw TransformFailure("its pattern is none") }
        var place = 0
        var copied = 0
        var hasMatched = false
        while place <= cell.count, let match = try pattern.match(cell, from: place) {
            hasMatched = true
            output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[copied..<match.lowerBound]))
            if let inner {
                _ = try inner.apply(UnsafeBufferPointer(rebasing: cell[match]), row: row, into: &output)
            } else {
                try expand(pattern, cell, &output)
            }
            copied = match.upperBound
            place = match.isEmpty ? match.upperBound + 1 : match.upperBound
        }
        guard hasMatched || recipe.keepsOthers else { throw TransformFailure("it does not match the rule's pattern") }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[copied...]))
        return .value
    }

    private func expand(
        _ pattern: Pattern, _ cell: UnsafeBufferPointer<UInt8>, _ output: inout ByteBuffer
    ) throws(TransformFailure) {
        var place = 0
        while place < template.count {
            guard template[place] == 0x24, place + 1 < template.count, template[place + 1].isDigit else {
                output.append(template[place])
                place += 1
                continue
            }
            if let group = pattern.group(Int(template[place + 1] - 0x30)) {
                output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[group]))
            }
            place += 2
        }
    }
}

/// A pattern on one thread, matched with bounded effort.
private final class Pattern {
    private let code: OpaquePointer
    private let context: OpaquePointer
    private let data: OpaquePointer

    init(_ text: String) throws(TransformFailure) {
        var error: Int32 = 0
        var offset = 0
        let bytes = Array(text.utf8)
        guard let code = pcre2_compile_8(bytes, bytes.count, UInt32(PCRE2_NEVER_BACKSLASH_C), &error, &offset, nil)
        else {
            throw TransformFailure("the pattern is wrong at its sign \(offset + 1)")
        }
        guard let context = pcre2_match_context_create_8(nil),
            let data = pcre2_match_data_create_from_pattern_8(code, nil)
        else { preconditionFailure("no memory for a pattern") }
        pcre2_set_match_limit_8(context, 1_000_000)
        pcre2_set_depth_limit_8(context, 10_000)
        pcre2_set_heap_limit_8(context, 16_384)
        pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        self.code = code
        self.context = context
        self.data = data
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
        pcre2_code_free_8(code)
    }

    func match(_ text: UnsafeBufferPointer<UInt8>, from start: Int) throws(TransformFailure) -> Range<Int>? {
        let result = pcre2_match_8(code, text.baseAddress, text.count, start, 0, data, context)
        if result == PCRE2_ERROR_NOMATCH { return nil }
        guard result > 0 else { throw TransformFailure("its match with the rule's pattern takes too long") }
        return group(0)
    }

    /// A group of the last match; nil for one that took no part.
    func group(_ number: Int) -> Range<Int>? {
        guard number < Int(pcre2_get_ovector_count_8(data)), let vector = pcre2_get_ovector_pointer_8(data) else {
            return nil
        }
        let (low, high) = (vector[2 * number], vector[2 * number + 1])
        return low >= 0 && low <= high ? low..<high : nil
    }
}
