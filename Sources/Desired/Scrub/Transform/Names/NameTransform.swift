/// What a plausible name is of.
package enum NameKind: String, Sendable, Hashable, CaseIterable {
    case given = "given-name"
    case family = "family-name"
    case full = "name"
    case email
    case street = "address"
    case city
    case company

    /// The longest that a value of this kind gets, in characters, without a suffix.
    package var longest: Int {
        func most(_ list: [[UInt8]]) -> Int { list.map(\.count).max() ?? 0 }
        return switch self {
        case .given: most(Dictionaries.given)
        case .family: most(Dictionaries.family)
        case .full, .email: most(Dictionaries.given) + 1 + most(Dictionaries.family)
        case .street: 5 + most(Dictionaries.streets) + 1 + most(Dictionaries.streetKinds)
        case .city: most(Dictionaries.cities)
        case .company:
            most(Dictionaries.family) + 1 + most(Dictionaries.trades) + 1 + most(Dictionaries.forms)
        }
    }
}

/// `name`, `given-name`, `family-name`, `email`, `address`, `city` and `company`: plausible values from dictionaries,
/// which a keyed function of the cell picks.
package struct NameRecipe: TransformRecipe {
    let key: DomainKey
    let identity: String
    let kind: NameKind
    /// Another column that says who is meant: then a name and an address of the same person's go together.
    let subject: Int?
    /// A suffix tells values apart that share a name.
    let isUnique: Bool
    /// Of e-mail addresses: RFC 2606 keeps `example.com` from being anybody's.
    let domain: String
    /// The most characters that the value may have; what is longer is cut, before the suffix.
    let limit: Int?
    /// Values that must not come out, lower case.
    let avoided: Set<[UInt8]>

    /// The signs of a suffix: with the names' own choice more than 2^60 values.
    static let suffix = 12

    package init(
        _ key: DomainKey, identity: String, kind: NameKind, subject: Int? = nil, isUnique: Bool = false,
        domain: String = "example.com", limit: Int? = nil, avoided: [String] = []
    ) {
        self.key = key
        self.identity = identity
        self.kind = kind
        self.subject = subject
        self.isUnique = isUnique || kind == .email
        self.domain = domain
        self.limit = limit
        self.avoided = Set(avoided.map { $0.utf8.map(\.lowercased) })
    }

    /// What a suffix and a domain take.
    private var ending: Int { (isUnique ? Self.suffix + 1 : 0) + (kind == .email ? domain.utf8.count + 1 : 0) }

    /// The fewest characters that the value needs.
    package var shortest: Int { isUnique ? ending + (kind == .email ? 0 : 1) : 1 }

    package var traits: TransformTraits {
        var traits = TransformTraits(
            isUnique ? .probable : .lossy, isDeterministic: subject == nil,
            output: .text(atMost: min(limit ?? .max, kind.longest + ending)), takes: [.text])
        traits.reads = subject.map { [$0] } ?? []
        traits.identity =
            "\(kind.rawValue) \(identity) \(subject == nil ? "" : "by") \(isUnique) \(limit ?? 0) \(domain)"
        return traits
    }

    package func instance() -> any CellTransform { NameTransform(self) }
}

final class NameTransform: CellTransform {
    private let recipe: NameRecipe
    private let function: KeyedFunction
    private let given: WordList
    private let family: WordList
    private let cities: WordList
    private let domain: [UInt8]
    /// Where values follow from the cell alone, and those of many cells are the same.
    private let memo: CellMemo?

    init(_ recipe: NameRecipe) {
        self.recipe = recipe
        memo = recipe.subject == nil && !recipe.isUnique ? CellMemo() : nil
        function = KeyedFunction(recipe.key)
        domain = Array("@\(recipe.domain)".utf8)
        func allowed(_ words: WordList) -> WordList {
            recipe.avoided.isEmpty ? words : words.without(recipe.avoided)
        }
        given = allowed(.given)
        family = allowed(.family)
        cities = allowed(.cities)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        // An empty text names nobody.
        if cell.isEmpty { return .value }
        if let memo, memo.recall(cell, into: &output) { return .value }
        let value = function.value(of: recipe.subject.flatMap { row.cell($0) } ?? cell)
        let start = output.count
        write(value, cell, &output)
        if output.count - start == cell.count, isOriginal(cell, since: start, output) {
            output.truncate(to: start)
            write(function.more(of: value, 1), cell, &output)
            if isOriginal(cell, since: start, output) { throw TransformFailure("no other name can be found for it") }
        }
        memo?.remember(cell, since: start, output)
        return .value
    }

    private func isOriginal(
        _ cell: UnsafeBufferPointer<UInt8>, since start: Int, _ output: borrowing ByteBuffer
    ) -> Bool {
        UnsafeBufferPointer(rebasing: output.bytes[start...]).isEqualIgnoringCase(cell)
    }

    private func write(_ value: Pseudorandom, _ cell: UnsafeBufferPointer<UInt8>, _ output: inout ByteBuffer) {
        let start = output.count
        body(value, &output)
        var ending = 0
        if recipe.isUnique { ending += NameRecipe.suffix + 1 }
        if recipe.kind == .email { ending += recipe.domain.utf8.count + 1 }
        if let limit = recipe.limit, output.count - start + ending > limit {
            output.truncate(to: start + max(limit - ending, 0))
        }
        if recipe.kind == .email {
            lower(output.mutableBytes, from: start)
            suffix(value, after: 0x2E, start, &output)
            output.append(contentsOf: domain)
            return
        }
        if recipe.isUnique { suffix(value, after: 0x20, start, &output) }
        switch LetterCase(of: cell) {
        case .mixed: break
        case .lower: lower(output.mutableBytes, from: start)
        case .upper:
            let written = output.mutableBytes
            for place in start..<written.count where written[place].isLower { written[place] ^= 0x20 }
        }
    }

    private func lower(_ bytes: UnsafeMutableBufferPointer<UInt8>, from start: Int) {
        for place in start..<bytes.count where bytes[place].isUpper { bytes[place] |= 0x20 }
    }

    private func suffix(
        _ value: Pseudorandom, after separator: UInt8, _ start: Int, _ output: inout ByteBuffer
    ) {
        if output.count > start { output.append(separator) }
        output.append(token: value.low, count: NameRecipe.suffix)
    }

    private func body(_ value: Pseudorandom, _ output: inout ByteBuffer) {
        let (first, second) = (UInt32(truncatingIfNeeded: value.high >> 32), UInt32(truncatingIfNeeded: value.high))
        switch recipe.kind {
        case .given: pick(first, of: given, &output)
        case .family: pick(second, of: family, &output)
        case .full, .email:
            pick(first, of: given, &output)
            output.append(recipe.kind == .email ? 0x2E : 0x20)
            pick(second, of: family, &output)
        case .street:
            output.append(decimal: UInt64(first % 9999) + 1)
            output.append(0x20)
            pick(second, of: .streets, &output)
            output.append(0x20)
            pick(second &* 0x9E37_79B1, of: .streetKinds, &output)
        case .city: pick(first, of: cities, &output)
        case .company:
            pick(first, of: family, &output)
            output.append(0x20)
            pick(second, of: .trades, &output)
            output.append(0x20)
            pick(second &* 0x9E37_79B1, of: .forms, &output)
        }
    }

    @inline(__always) private func pick(_ draw: UInt32, of words: WordList, _ output: inout ByteBuffer) {
        output.append(contentsOf: words[Int((UInt64(draw) &* UInt64(words.count)) >> 32)])
    }
}
