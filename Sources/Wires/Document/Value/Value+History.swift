/// What a value took the place of.
extension Value {
    /// This value in the place of another: it remembers where that one, and those before it, were written.
    package func replacing(_ old: Value?) -> Value {
        guard let old, old.origin.isKnown else { return self }
        var replaced = trivia?.replaced ?? []
        if old.origin != origin { replaced.append(old.place) }
        if let earlier = old.trivia?.replaced { replaced += earlier }
        if replaced.isEmpty { return self }
        var copy = self
        copy.trivia = (trivia ?? Trivia()).with(replaced: replaced)
        return copy
    }

    /// This value, made with others too: it remembers where those, and what they replaced, were written.
    package func made(with others: [Value]) -> Value {
        var replaced = trivia?.replaced ?? []
        let count = replaced.count
        for other in others {
            for place in [other.place] + (other.trivia?.replaced ?? [])
            where place.origin.isKnown && place.origin != origin && !replaced.contains(place) {
                replaced.append(place)
            }
        }
        if replaced.count == count { return self }
        var copy = self
        copy.trivia = (trivia ?? Trivia()).with(replaced: replaced)
        return copy
    }

    /// This value marked as made while rendering, `origin` being what asked for it.
    package func synthesised(_ how: Trivia.Synthesis = .whole) -> Value {
        var copy = self
        copy.trivia = trivia.map { $0.with(synthesis: how) } ?? (how == .whole ? .synthesised : Trivia(synthesis: how))
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
    private func copy(
        headComment: String? = nil, lineComment: String? = nil, footComment: String? = nil, replaced: [Place]? = nil,
        synthesis: Synthesis? = nil
    ) -> Trivia {
        Trivia(
            headComment: headComment ?? self.headComment, lineComment: lineComment ?? self.lineComment,
            footComment: footComment ?? self.footComment, isFlow: isFlow, replaced: replaced ?? self.replaced,
            lines: lines, synthesis: synthesis ?? self.synthesis)
    }

    package func with(replaced: [Place]) -> Trivia { copy(replaced: replaced) }

    package func with(synthesis: Synthesis) -> Trivia { copy(synthesis: synthesis) }

    package func with(replaced: [Place], synthesis: Synthesis) -> Trivia {
        copy(replaced: replaced, synthesis: synthesis)
    }

    package func with(headComment: String) -> Trivia { copy(headComment: headComment) }

    package func with(lineComment: String) -> Trivia { copy(lineComment: lineComment) }

    package func with(footComment: String) -> Trivia { copy(footComment: footComment) }
}
