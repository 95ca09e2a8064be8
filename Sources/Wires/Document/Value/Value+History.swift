/// What a value took the place of.
extension Value {
    /// This value in the place of another: it remembers where that one, and those before it, were written.
    package func replacing(_ old: Value?) -> Value {
        guard let old, old.origin.isKnown, old.origin != origin else { return self }
        var copy = self
        let earlier = [old.origin] + (old.trivia?.replaced ?? [])
        copy.trivia = (trivia ?? Trivia()).with(replaced: (trivia?.replaced ?? []) + earlier)
        return copy
    }

    /// This value with every scalar and collection in it said to be written at one place.
    package func with(origin: Origin) -> Value {
        var copy = self
        copy.origin = origin
        switch content {
        case .scalar: break
        case .sequence(let items): copy.content = .sequence(items.map { $0.with(origin: origin) })
        case .mapping(let mapping):
            copy.content = .mapping(
                Mapping(
                    mapping.entries.map { entry in
                        var entry = entry
                        entry.key.origin = origin
                        entry.value = entry.value.with(origin: origin)
                        return entry
                    }))
        }
        return copy
    }
}

/// The same with one part changed.
extension Trivia {
    package func with(replaced: [Origin]) -> Trivia {
        Trivia(
            headComment: headComment, lineComment: lineComment, footComment: footComment, isFlow: isFlow,
            replaced: replaced)
    }

    package func with(headComment: String) -> Trivia {
        Trivia(
            headComment: headComment, lineComment: lineComment, footComment: footComment, isFlow: isFlow,
            replaced: replaced)
    }

    package func with(lineComment: String) -> Trivia {
        Trivia(
            headComment: headComment, lineComment: lineComment, footComment: footComment, isFlow: isFlow,
            replaced: replaced)
    }

    package func with(footComment: String) -> Trivia {
        Trivia(
            headComment: headComment, lineComment: lineComment, footComment: footComment, isFlow: isFlow,
            replaced: replaced)
    }
}
