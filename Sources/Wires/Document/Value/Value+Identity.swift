/// Whether values are the same in every respect, and not only in what they mean.
extension Value {
    /// Whether this and another value cannot be told apart: by content, form, order, comments or origin.
    package func isIdentical(to other: Value) -> Bool {
        guard origin == other.origin, Trivia.areIdentical(trivia, other.trivia) else { return false }
        switch (content, other.content) {
        case (.scalar(let left), .scalar(let right)):
            return left.kind == right.kind && left.style == right.style && left.text.hasBytes(of: right.text)
        case (.sequence(let left), .sequence(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
        case (.mapping(let left), .mapping(let right)):
            return left.isIdentical(to: right)
        default: return false
        }
    }
}

extension Mapping {
    fileprivate func isIdentical(to other: Mapping) -> Bool {
        if count != other.count { return false }
        if isEmpty || place == other.place { return true }
        return zip(entries, other.entries).allSatisfy { left, right in
            left.key.isIdentical(to: right.key) && left.value.isIdentical(to: right.value)
        }
    }
}

extension Mapping.Key {
    fileprivate func isIdentical(to other: Mapping.Key) -> Bool {
        text.hasBytes(of: other.text) && kind == other.kind && style == other.style && origin == other.origin
            && Trivia.areIdentical(trivia, other.trivia)
    }
}

extension Trivia {
    fileprivate static func areIdentical(_ left: Trivia?, _ right: Trivia?) -> Bool {
        if left === right { return true }
        guard let left, let right else { return false }
        return left.isFlow == right.isFlow && left.synthesis == right.synthesis && left.lines == right.lines
            && left.replaced == right.replaced && left.headComment.hasBytes(of: right.headComment)
            && left.lineComment.hasBytes(of: right.lineComment) && left.footComment.hasBytes(of: right.footComment)
    }
}

extension String {
    /// Whether two texts are the same bytes; `==` takes different ways of writing an accent for one.
    fileprivate func hasBytes(of other: String) -> Bool {
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }
}
