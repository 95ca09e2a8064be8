/// A transform whose values fit a column: a text that is too long is cut where values may fall together anyway, and
/// stops the run where they may not.
package struct BoundedRecipe: TransformRecipe {
    let recipe: any TransformRecipe
    /// In characters.
    let limit: Int

    package init(_ recipe: any TransformRecipe, limit: Int) {
        self.recipe = recipe
        self.limit = limit
    }

    package var traits: TransformTraits {
        var traits = recipe.traits
        traits.output = .text(atMost: limit)
        return traits
    }

    package func instance() -> any CellTransform { BoundedTransform(self) }
}

final class BoundedTransform: CellTransform {
    private let transform: any CellTransform
    private let limit: Int
    private let cuts: Bool

    init(_ recipe: BoundedRecipe) {
        transform = recipe.recipe.instance()
        limit = recipe.limit
        cuts = recipe.recipe.traits.uniqueness == .lossy
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let start = output.count
        let result = try transform.apply(cell, row: row, into: &output)
        return try bounded(result, start, &output)
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        let start = output.count
        let result = try transform.applyToNull(row: row, into: &output)
        return try bounded(result, start, &output)
    }

    private func bounded(
        _ result: CellResult, _ start: Int, _ output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        guard output.count - start > limit else { return result }
        var characters = 0
        for place in start..<output.count where output.bytes[place] & 0xC0 != 0x80 {
            if characters == limit {
                guard cuts else { throw TransformFailure("what takes its place is too long for the column") }
                output.truncate(to: place)
                break
            }
            characters += 1
        }
        return result
    }
}
