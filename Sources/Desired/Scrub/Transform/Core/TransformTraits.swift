/// What a transform promises, for the compiler of policies.
package struct TransformTraits: Sendable, Hashable {
    /// Whether two different values stay different.
    package enum Uniqueness: String, Sendable, Hashable {
        /// Always: the transform is a bijection of its domain.
        case injective
        /// But for a chance of less than one in 2^60 a pair.
        case probable
        /// They may fall together.
        case lossy
    }

    /// What the output is made of.
    package enum Output: Sendable, Hashable {
        /// As the input: of its length, its classes of characters and its type.
        case sameShape
        /// Text of at most so many characters.
        case text(atMost: Int)
        /// One of these.
        case values([String])
        /// NULL always.
        case null
        /// Numbers in this range.
        case numbers(ClosedRange<Int64>)
        case uuid
        case date
        case json
        case address
    }

    /// The kinds of columns that a transform can take.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case integer
        case decimal
        case text
        case date
        case boolean
        case uuid
        case json
        case address
        case binary
    }

    package var uniqueness: Uniqueness
    /// The same input under the same key gives the same output, whatever the row.
    package var isDeterministic: Bool
    package var output: Output
    package var takes: Set<Kind>
    package var replacesNull = false
    /// Places of the columns that it reads besides its own.
    package var reads: [Int] = []
    /// What two columns must have in common for equal originals to get equal values; nil where they never do, or need
    /// not, as with `keep`.
    package var identity: String?

    package init(
        _ uniqueness: Uniqueness, isDeterministic: Bool = true, output: Output, takes: Set<Kind> = Set(Kind.allCases)
    ) {
        self.uniqueness = uniqueness
        self.isDeterministic = isDeterministic
        self.output = output
        self.takes = takes
    }
}
