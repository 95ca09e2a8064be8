/// Versions and constraints as Masterminds/semver 3 reads them.
struct SemanticVersion: Comparable {
    var major = 0, minor = 0, patch = 0
    var prerelease = ""
    var metadata = ""
    /// How many of the three numbers were written.
    var parts = 3
    var original = ""

    /// - Returns: nil when the text is no version; a leading `v` and missing parts are fine.
    init?(_ text: String) {
        original = text
        var rest = Substring(text)
        if rest.first == "v" { rest.removeFirst() }
        if let plus = rest.firstIndex(of: "+") {
            metadata = String(rest[rest.index(after: plus)...])
            rest = rest[..<plus]
        }
        if let dash = rest.firstIndex(of: "-") {
            prerelease = String(rest[rest.index(after: dash)...])
            guard !prerelease.isEmpty else { return nil }
            rest = rest[..<dash]
        }
        let numbers = rest.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...3).contains(numbers.count), numbers.allSatisfy({ ($0 ?? -1) >= 0 }) else { return nil }
        parts = numbers.count
        major = numbers[0] ?? 0
        minor = numbers.count > 1 ? numbers[1] ?? 0 : 0
        patch = numbers.count > 2 ? numbers[2] ?? 0 : 0
    }

    var text: String {
        "\(major).\(minor).\(patch)" + (prerelease.isEmpty ? "" : "-\(prerelease)")
            + (metadata.isEmpty ? "" : "+\(metadata)")
    }

    static func == (left: Self, right: Self) -> Bool { !(left < right) && !(right < left) }

    static func < (left: Self, right: Self) -> Bool {
        let (first, second) = ([left.major, left.minor, left.patch], [right.major, right.minor, right.patch])
        if first != second { return first.lexicographicallyPrecedes(second) }
        if left.prerelease == right.prerelease { return false }
        if left.prerelease.isEmpty || right.prerelease.isEmpty { return right.prerelease.isEmpty }
        let (one, other) = (left.prerelease.split(separator: "."), right.prerelease.split(separator: "."))
        for (a, b) in zip(one, other) where a != b {
            switch (Int(a), Int(b)) {
            case (.some(let a), .some(let b)): return a < b
            case (.some, nil): return true
            case (nil, .some): return false
            default: return a < b
            }
        }
        return one.count < other.count
    }
}

/// `>=1.2, <2 || ~3.1`.
struct VersionConstraint {
    private struct Comparison {
        var operation: String
        var version: SemanticVersion
        /// How many of the version's numbers count; wildcards do not.
        var parts: Int
    }

    private var alternatives: [[Comparison]] = []

    init(_ text: String) throws {
        for alternative in Search.split(text, "||") {
            var comparisons: [Comparison] = []
            var words = Self.words(alternative)
            if words.count == 3, words[1] == "-" { words = [">=" + words[0], "<=" + words[2]] }
            for word in words { comparisons.append(try Self.comparison(word, text)) }
            if comparisons.isEmpty { throw TemplateError("improper constraint: \(text)") }
            alternatives.append(comparisons)
        }
    }

    /// Splits at commas and spaces, but keeps an operator with its version.
    private static func words(_ text: String) -> [String] {
        var result: [String] = []
        for word in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            if let last = result.last, !last.isEmpty, last.allSatisfy({ "=!<>~^".contains($0) }) {
                result[result.count - 1] += word
            } else {
                result.append(String(word))
            }
        }
        return result
    }

    private static func comparison(_ word: String, _ text: String) throws -> Comparison {
        let operation = String(word.prefix { "=!<>~^".contains($0) })
        var rest = String(word.dropFirst(operation.count))
        guard ["", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"].contains(operation) else {
            throw TemplateError("improper constraint: \(text)")
        }
        if rest.first == "v" { rest.removeFirst() }
        let core = rest.prefix { $0 != "-" && $0 != "+" }
        let pieces = core.split(separator: ".")
        let fixed = pieces.prefix { !["x", "X", "*"].contains($0) }
        let isWild = fixed.count < pieces.count
        let plain = fixed.isEmpty ? "0" : fixed.joined(separator: ".")
        guard !pieces.isEmpty, let version = SemanticVersion(isWild ? plain : rest) else {
            throw TemplateError("improper constraint: \(text)")
        }
        return Comparison(operation: operation, version: version, parts: fixed.count)
    }

    func allows(_ version: SemanticVersion) -> Bool {
        alternatives.contains { $0.allSatisfy { Self.check($0, version) } }
    }

    private static func check(_ comparison: Comparison, _ version: SemanticVersion) -> Bool {
        let wanted = comparison.version
        // A pre-release counts only where the constraint names one.
        if !version.prerelease.isEmpty, wanted.prerelease.isEmpty { return false }
        let agrees = { (count: Int) in
            Array([version.major, version.minor, version.patch].prefix(count))
                == Array([wanted.major, wanted.minor, wanted.patch].prefix(count))
        }
        switch comparison.operation {
        case "", "=": return comparison.parts < 3 ? agrees(comparison.parts) : version == wanted
        case "!=": return comparison.parts < 3 ? !agrees(comparison.parts) : version != wanted
        case ">": return comparison.parts < 3 ? version > wanted && !agrees(comparison.parts) : version > wanted
        case "<": return version < wanted
        case ">=", "=>": return version >= wanted
        case "<=", "=<": return version <= wanted || comparison.parts < 3 && agrees(comparison.parts)
        case "~", "~>":
            return comparison.parts == 0 || version >= wanted && agrees(min(2, comparison.parts))
        default:
            if version < wanted { return false }
            if wanted.major > 0 || comparison.parts <= 1 { return comparison.parts == 0 || agrees(1) }
            if wanted.minor > 0 || comparison.parts == 2 { return agrees(2) }
            return agrees(3)
        }
    }
}

/// A version as templates see it.
struct VersionObject: HostObject {
    let version: SemanticVersion

    var typeName: String { "*semver.Version" }
    var text: String { version.text }
    var plain: TemplateValue { .string(version.original) }

    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
        switch name {
        case "Major": return .long(version.major)
        case "Minor": return .long(version.minor)
        case "Patch": return .long(version.patch)
        case "Prerelease": return .string(version.prerelease)
        case "Metadata": return .string(version.metadata)
        case "Original": return .string(version.original)
        case "String": return .string(version.text)
        case "Compare":
            guard case .host(let other)? = arguments.first, let other = other as? VersionObject else { return nil }
            return .int(version < other.version ? -1 : other.version < version ? 1 : 0)
        default: return nil
        }
    }
}

enum VersionFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "semver": { .host(VersionObject(version: try version($0.string(0)))) },
        "semverCompare": {
            .bool(try VersionConstraint($0.string(0)).allows(version($0.string(1))))
        },
    ]

    private static func version(_ text: String) throws -> SemanticVersion {
        guard let version = SemanticVersion(text) else { throw TemplateError("Invalid Semantic Version") }
        return version
    }
}
