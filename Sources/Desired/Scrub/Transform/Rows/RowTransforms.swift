/// A question about a row: one column, and what its cell must be.
package struct RowCondition: Sendable, Hashable {
    /// What a cell must be.
    package enum Test: Sendable, Hashable {
        case isNull
        case isNotNull
        case isOneOf(Set<[UInt8]>)
        case isNoneOf(Set<[UInt8]>)
        case isWithin(from: Bound?, before: Bound?)
    }

    /// A value to compare with: as a number where it is one, else byte by byte, as dates are ordered.
    package struct Bound: Sendable, Hashable {
        private let text: [UInt8]
        private let number: Double?

        package init(_ text: String) {
            self.text = Array(text.utf8)
            number = Double(text)
        }

        /// Whether a cell is below it; nil where a number is asked for and the cell is none.
        fileprivate func isAbove(_ cell: UnsafeBufferPointer<UInt8>) -> Bool? {
            guard let number else { return cell.lexicographicallyPrecedes(text) }
            return Double(String(decoding: cell, as: UTF8.self)).map { $0 < number }
        }
    }

    package var column: Int
    package var test: Test

    package init(column: Int, _ test: Test) {
        self.column = column
        self.test = test
    }

    package func holds(in row: RowContext) -> Bool {
        let cell = row.cell(column)
        switch test {
        case .isNull: return cell == nil
        case .isNotNull: return cell != nil
        case .isOneOf(let values): return cell.map { values.contains(Array($0)) } ?? false
        case .isNoneOf(let values): return cell.map { !values.contains(Array($0)) } ?? true
        case .isWithin(let low, let high):
            guard let cell else { return false }
            return low.map { $0.isAbove(cell) == false } ?? true && high.map { $0.isAbove(cell) == true } ?? true
        }
    }
}

/// `when`: the first rule whose condition holds in the row, or the last, which has none.
package struct ConditionalRecipe: TransformRecipe {
    /// A rule for some rows; nil for what is kept as it is.
    package typealias Branch = (condition: RowCondition, recipe: (any TransformRecipe)?)

    let branches: [Branch]
    let otherwise: (any TransformRecipe)?

    package init(_ branches: [Branch], otherwise: (any TransformRecipe)?) {
        self.branches = branches
        self.otherwise = otherwise
    }

    private var recipes: [(any TransformRecipe)?] { branches.map(\.recipe) + [otherwise] }

    package var traits: TransformTraits {
        // Two rules' values may meet, even where each alone is a bijection.
        let all = recipes.map { $0?.traits }
        let kinds = all.reduce(Set(TransformTraits.Kind.allCases)) { $0.intersection($1?.takes ?? $0) }
        let outputs = Set(all.compactMap { $0?.output })
        var traits = TransformTraits(
            .lossy, isDeterministic: false,
            output: outputs.count == 1 ? outputs.first ?? .sameShape : .text(atMost: .max),
            takes: kinds)
        traits.reads = branches.map(\.condition.column) + all.flatMap { $0?.reads ?? [] }
        traits.replacesNull = all.contains { $0?.replacesNull ?? false }
        return traits
    }

    package func instance() -> any CellTransform { ConditionalTransform(self) }
}

final class ConditionalTransform: CellTransform {
    private let branches: [(condition: RowCondition, transform: (any CellTransform)?, replacesNull: Bool)]
    private let otherwise: (any CellTransform)?
    private let replacesNull: Bool

    init(_ recipe: ConditionalRecipe) {
        branches = recipe.branches.map { ($0.condition, $0.recipe?.instance(), $0.recipe?.replacesNull ?? false) }
        otherwise = recipe.otherwise?.instance()
        replacesNull = recipe.otherwise?.replacesNull ?? false
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let branch = branches.first { $0.condition.holds(in: row) }
        guard let transform = branch.map(\.transform) ?? otherwise else {
            output.append(contentsOf: cell)
            return .value
        }
        return try transform.apply(cell, row: row, into: &output)
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        let branch = branches.first { $0.condition.holds(in: row) }
        guard branch?.replacesNull ?? replacesNull, let transform = branch.map(\.transform) ?? otherwise else {
            return .null
        }
        return try transform.applyToNull(row: row, into: &output)
    }
}

/// `copy`: what another column of the row becomes.
package struct CopyRecipe: TransformRecipe {
    let column: Int
    /// The other column's transform; nil where it is kept.
    let recipe: (any TransformRecipe)?

    package init(of column: Int, _ recipe: (any TransformRecipe)?) {
        self.column = column
        self.recipe = recipe
    }

    package var traits: TransformTraits {
        var traits = recipe?.traits ?? TransformTraits(.injective, output: .sameShape)
        traits.reads = [column] + traits.reads
        traits.isDeterministic = false
        traits.replacesNull = true
        return traits
    }

    package func instance() -> any CellTransform { CopyTransform(self) }
}

final class CopyTransform: CellTransform {
    private let column: Int
    private let transform: (any CellTransform)?
    private let replacesNull: Bool

    init(_ recipe: CopyRecipe) {
        column = recipe.column
        transform = recipe.recipe?.instance()
        replacesNull = recipe.recipe?.replacesNull ?? false
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        try applyToNull(row: row, into: &output)
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        guard let other = row.cell(column) else {
            guard replacesNull, let transform else { return .null }
            return try transform.applyToNull(row: row, into: &output)
        }
        guard let transform else {
            output.append(contentsOf: other)
            return .value
        }
        return try transform.apply(other, row: row, into: &output)
    }
}

extension CopyRecipe {
    /// What the other column's digits become, where it is of digits.
    package var digits: DigitsRecipe? { recipe as? DigitsRecipe }
}
