/// Names in other cases, word by word.
enum NameCase {
    /// What a run of characters is made of.
    private enum Kind { case none, connector, punctuation, upper, letters, number, other }

    private typealias Scalars = ArraySlice<Unicode.Scalar>

    private static func isConnector(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "-" || scalar == "_" || scalar.properties.isWhitespace
    }

    private static func isUpper(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .uppercaseLetter
    }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        if isConnector(scalar) { return .connector }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter: return .upper
        case .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letters
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return .punctuation
        default: return .other
        }
    }

    // MARK: Words in small letters

    /// `first_name`, `http_server`, `bld4_floor_3rd`.
    static func joined(_ text: String, by connector: Unicode.Scalar) -> String {
        var result = String.UnicodeScalarView()
        var rest = Array(text.unicodeScalars)[...]
        func write(_ kind: Kind, _ word: Scalars) {
            for scalar in word {
                if kind == .connector {
                    result.append(connector)
                } else {
                    result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
                }
            }
        }
        func begins(_ kind: Kind) -> Bool { kind != .connector && kind != .punctuation && kind != .none }
        var (kind, word) = next(&rest)
        while !rest.isEmpty {
            if kind != .connector { write(kind, word) }
            let (before, last) = (kind, word)
            (kind, word) = next(&rest)
            switch before {
            case .connector: write(before, last)
            case .punctuation: break
            case .number:
                writeTail(&kind, &word, &rest, write)
                if begins(kind) { result.append(connector) }
            default:
                guard kind == .number, !rest.isEmpty else {
                    if kind != .number, begins(kind) { result.append(connector) }
                    continue
                }
                let number = word
                (kind, word) = next(&rest)
                // A number belongs to the word before it, unless small letters follow it.
                if kind == .letters {
                    result.append(connector)
                    write(.number, number)
                    writeTail(&kind, &word, &rest, write)
                } else {
                    write(.number, number)
                }
                if begins(kind) { result.append(connector) }
            }
        }
        write(kind, word)
        return String(result)
    }

    /// Small letters and numbers that go on with the word that a number began.
    private static func writeTail(
        _ kind: inout Kind, _ word: inout Scalars, _ rest: inout Scalars, _ write: (Kind, Scalars) -> Void
    ) {
        while kind == .letters || kind == .number {
            write(kind, word)
            (kind, word) = next(&rest)
        }
    }

    /// Cuts the next word off: capitals with the small letters behind them, where the last of several capitals begins
    /// the next word.
    private static func next(_ rest: inout Scalars) -> (Kind, Scalars) {
        guard let first = rest.first else { return (.none, []) }
        let kind = kind(first)
        var word = rest.prefix { self.kind($0) == kind }
        let after = rest.dropFirst(word.count)
        if kind == .upper, let following = after.first, self.kind(following) == .letters {
            word = word.count > 1 ? word.dropLast() : rest.prefix(1 + after.prefix { self.kind($0) == .letters }.count)
        }
        rest = rest.dropFirst(word.count)
        return (kind, word)
    }

    // MARK: Words in one

    /// `HttpServer`: what joins two words goes, what else joins stays.
    static func camel(_ text: String) -> String {
        var result = ""
        var scalars = Array(text.unicodeScalars)[...]
        while let first = scalars.first, isConnector(first) {
            result.unicodeScalars.append(first)
            scalars.removeFirst()
        }
        guard let first = scalars.popFirst() else { return result }
        var lowers = isUpper(first)
        var last: (scalar: Unicode.Scalar, text: String) = (first, first.properties.uppercaseMapping)
        for scalar in scalars {
            var text = String(scalar)
            if isConnector(last.scalar) {
                if isConnector(scalar) {
                    result += last.text
                    continue
                }
                lowers = isUpper(scalar)
                text = scalar.properties.uppercaseMapping
            } else {
                result += last.text
                if lowers, isUpper(scalar) { text = scalar.properties.lowercaseMapping } else { lowers = false }
            }
            last = (scalar, text)
        }
        return result + last.text
    }
}
