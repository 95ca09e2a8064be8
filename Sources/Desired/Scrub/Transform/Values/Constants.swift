/// `null`, `fixed` and `empty`: the same whatever the cell holds.
package struct ConstantRecipe: TransformRecipe {
    /// NULL when nil.
    let value: [UInt8]?
    let replacesNull: Bool

    /// - Parameter replacesNull: the value stands for NULL as well.
    package init(_ value: [UInt8]?, replacesNull: Bool = false) {
        self.value = value
        self.replacesNull = replacesNull
    }

    package var traits: TransformTraits {
        var traits = TransformTraits(
            .lossy, output: value.map { .values([String(decoding: $0, as: UTF8.self)]) } ?? .null)
        traits.replacesNull = replacesNull
        return traits
    }

    package func instance() -> any CellTransform { ConstantTransform(self) }
}

final class ConstantTransform: CellTransform {
    private let value: [UInt8]?

    init(_ recipe: ConstantRecipe) { value = recipe.value }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        try applyToNull(row: row, into: &output)
    }

    func applyToNull(row: RowContext, into output: inout ByteBuffer) throws(TransformFailure) -> CellResult {
        guard let value else { return .null }
        output.append(contentsOf: value)
        return .value
    }
}

/// `token`: a keyed digest of the cell, of one length whatever the cell's.
package struct TokenRecipe: TransformRecipe {
    let key: DomainKey
    let identity: String
    let prefix: String
    let count: Int
    /// The most signs: each carries 4.8 bits of 120.
    package static let longest = 24

    package init(_ key: DomainKey, identity: String, prefix: String = "", count: Int = 16) {
        self.key = key
        self.identity = identity
        self.prefix = prefix
        self.count = min(max(count, 1), Self.longest)
    }

    package var traits: TransformTraits {
        // 13 signs tell more than 2^60 values apart.
        var traits = TransformTraits(
            count >= 13 ? .probable : .lossy, output: .text(atMost: prefix.unicodeScalars.count + count),
            takes: [.text])
        traits.identity = "token \(identity) \(prefix) \(count)"
        return traits
    }

    package func instance() -> any CellTransform { TokenTransform(self) }
}

final class TokenTransform: CellTransform {
    private let function: KeyedFunction
    private let prefix: [UInt8]
    private let count: Int

    init(_ recipe: TokenRecipe) {
        function = KeyedFunction(recipe.key)
        prefix = Array(recipe.prefix.utf8)
        count = recipe.count
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let value = function.value(of: cell)
        output.append(contentsOf: prefix)
        output.append(token: value.high, count: min(count, 12))
        if count > 12 { output.append(token: value.low, count: count - 12) }
        return .value
    }
}
