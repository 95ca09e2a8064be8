/// In which styles a text can be written (emitterc.go, `yaml_emitter_analyze_scalar`).
struct ScalarAnalysis {
    private(set) var isMultiline = false
    private var hasNewline = false
    private var allowsFlowPlain = true
    private var allowsBlockPlain = true
    private var allowsSingleQuoted = true
    private var allowsBlock = true
    private let isEmpty: Bool
    /// A reader of YAML 1.1 or 1.2 would take the plain text for another type.
    private let isAmbiguous: Bool
    private let isAmbiguousInCore: Bool

    init(_ text: String) {
        var text = text
        self = text.withUTF8 { ScalarAnalysis($0) }
    }

    init(_ text: UnsafeBufferPointer<UInt8>) {
        isEmpty = text.isEmpty
        isAmbiguous = Resolver.isAmbiguous(text, legacyBooleans: true)
        isAmbiguousInCore = isAmbiguous && Resolver.isAmbiguous(text, legacyBooleans: false)
        if isEmpty {
            allowsFlowPlain = false
            allowsBlock = false
            return
        }
        indicators(text)
        spaces(text)
    }

    /// The style for a text; `wanted` is kept where it can be.
    func style(_ wanted: Scalar.Style, isKey: Bool, isInFlow: Bool, form: YAML.Form) -> Scalar.Style {
        var style = preferred(wanted, form: form)
        if isKey, isMultiline { style = .doubleQuoted }
        if style == .plain {
            let isAllowed = isInFlow ? allowsFlowPlain : allowsBlockPlain
            if !isAllowed || isEmpty && (isInFlow || isKey) { style = .singleQuoted }
        }
        if style == .singleQuoted, !allowsSingleQuoted { style = .doubleQuoted }
        if style == .literal || style == .folded, !allowsBlock || isInFlow || isKey { style = .doubleQuoted }
        return style
    }

    private func preferred(_ wanted: Scalar.Style, form: YAML.Form) -> Scalar.Style {
        switch wanted {
        case .singleQuoted, .doubleQuoted, .literal, .folded: return wanted
        case .plain where form == .asWritten:
            if hasNewline { return .literal }
            return isAmbiguousInCore ? .doubleQuoted : .plain
        case .plain, .any:
            if hasNewline { return .literal }
            return isAmbiguous ? .doubleQuoted : .plain
        }
    }

    /// Marks and indicators that plain text cannot hold.
    private mutating func indicators(_ text: UnsafeBufferPointer<UInt8>) {
        if text.count >= 3, text[0] == text[1], text[1] == text[2],
            text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: ".")
        {
            allowsFlowPlain = false
            allowsBlockPlain = false
        }
        for (offset, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "#"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "|"),
                UInt8(ascii: ">"), UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: "@"),
                UInt8(ascii: "`"), UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: "-"):
                indicator(byte, at: offset, in: text)
            default: continue
            }
        }
    }

    private mutating func indicator(_ byte: UInt8, at offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        let isFollowedBySpace = offset + 1 >= text.count || Self.isBlank(text, offset + 1)
        switch byte {
        case UInt8(ascii: "?") where offset == 0, UInt8(ascii: ":"):
            allowsFlowPlain = false
            if isFollowedBySpace { allowsBlockPlain = false }
        case UInt8(ascii: "-"):
            if offset == 0, isFollowedBySpace {
                allowsFlowPlain = false
                allowsBlockPlain = false
            }
        case UInt8(ascii: "#") where offset > 0:
            if Self.isBlank(text, offset - 1) || Characters.endsInBreak(text, offset).isBreak {
                allowsFlowPlain = false
                allowsBlockPlain = false
            }
        case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
            UInt8(ascii: "?"):
            allowsFlowPlain = false
            if offset == 0 { allowsBlockPlain = false }
        default:
            if offset == 0 {
                allowsFlowPlain = false
                allowsBlockPlain = false
            }
        }
    }

    /// Spaces, breaks and characters that cannot stand for themselves.
    private mutating func spaces(_ text: UnsafeBufferPointer<UInt8>) {
        var isSpecial = false
        var wasSpace = false
        var wasBreak = false
        var offset = 0
        while offset < text.count {
            let byte = text[offset]
            if byte > 0x20, byte < 0x7F {
                wasSpace = false
                wasBreak = false
                offset += 1
                continue
            }
            let length = Characters.length(byte)
            let isEdge = offset == 0 || offset + length >= text.count
            if !Characters.isPrintable(text, offset) { isSpecial = true }
            if byte == UInt8(ascii: " ") {
                if isEdge { forbidPlain() }
                if offset + 1 == text.count { allowsBlock = false }
                if wasBreak {
                    forbidPlain()
                    allowsSingleQuoted = false
                }
                wasSpace = true
                wasBreak = false
            } else if Characters.breakLength(text, offset) > 0 {
                isMultiline = true
                if byte == 0x0A { hasNewline = true }
                forbidPlain()
                if wasSpace { isSpecial = true }
                wasSpace = false
                wasBreak = true
            } else {
                wasSpace = false
                wasBreak = false
            }
            offset += length
        }
        if isSpecial {
            forbidPlain()
            allowsSingleQuoted = false
            allowsBlock = false
        }
    }

    private mutating func forbidPlain() {
        allowsFlowPlain = false
        allowsBlockPlain = false
    }

    private static func isBlank(_ text: UnsafeBufferPointer<UInt8>, _ offset: Int) -> Bool {
        text[offset] == UInt8(ascii: " ") || text[offset] == UInt8(ascii: "\t")
    }
}
