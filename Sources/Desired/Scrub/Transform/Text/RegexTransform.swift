import Patterns

/// `regex`: the parts of a text that match a pattern (pcre2pattern(3)) give way to a replacement, or to what another
/// transform makes of them.
package struct RegexRecipe: TransformRecipe {
    /// What takes a match's place.
    package enum Replacement: Sendable {
        /// With groups of the match: see `ReplacementTemplate`.
        case text(String)
        case transform(any TransformRecipe)
    }

    let pattern: String
    let replacement: Replacement
    /// Whether a text that does not match stays; else it stops the run.
    let keepsOthers: Bool

    /// - Throws: `TransformFailure` for a pattern that is none, or a replacement that names a group which it has not.
    package init(pattern: String, replacement: Replacement, keepsOthers: Bool) throws(TransformFailure) {
        self.pattern = pattern
        self.replacement = replacement
        self.keepsOthers = keepsOthers
        let compiled = try RegexTransform.compiled(pattern)
        if case .text(let text) = replacement, let name = ReplacementTemplate(text).missing(in: compiled) {
            throw TransformFailure("the pattern has no group \(name), which the replacement names")
        }
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
    private let pattern: CompiledPattern?
    private let inner: (any CellTransform)?
    private let template: ReplacementTemplate

    init(_ recipe: RegexRecipe) {
        self.recipe = recipe
        pattern = try? Self.compiled(recipe.pattern)
        switch recipe.replacement {
        case .text(let text):
            template = ReplacementTemplate(text)
            inner = nil
        case .transform(let recipe):
            template = ReplacementTemplate("")
            inner = recipe.instance()
        }
    }

    fileprivate static func compiled(_ text: String) throws(TransformFailure) -> CompiledPattern {
        do throws(CompiledPattern.Malformed) {
            return try CompiledPattern(text, of: .charactersAmongBytes, limits: .init(matches: 1_000_000))
        } catch {
            throw TransformFailure("the pattern is wrong at its sign \(error.offset + 1): \(error)")
        }
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard let pattern else { throw TransformFailure("its pattern is none") }
        var place = 0
        var copied = 0
        var hasMatched = false
        while place <= cell.count, let match = try Self.match(pattern, cell, from: place) {
            hasMatched = true
            output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[copied..<match.lowerBound]))
            if let inner {
                _ = try inner.apply(UnsafeBufferPointer(rebasing: cell[match]), row: row, into: &output)
            } else {
                template.expand(pattern, cell) { output.append(contentsOf: $0) }
            }
            copied = match.upperBound
            place = match.upperBound
            if match.isEmpty { repeat { place += 1 } while place < cell.count && cell[place] & 0xC0 == 0x80 }
        }
        guard hasMatched || recipe.keepsOthers else { throw TransformFailure("it does not match the rule's pattern") }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[copied...]))
        return .value
    }

    private static func match(
        _ pattern: CompiledPattern, _ cell: UnsafeBufferPointer<UInt8>, from start: Int
    ) throws(TransformFailure) -> Range<Int>? {
        switch pattern.match(cell, from: start) {
        case .absent: return nil
        case .found:
            // `\K` can end a match before it starts, or start it before the last one's end.
            if let range = pattern.group(0), range.lowerBound >= start { return range }
            throw TransformFailure("the rule's pattern matches what lies behind its match")
        case .tooManyMatches, .failed: throw TransformFailure("its match with the rule's pattern takes too long")
        }
    }
}
