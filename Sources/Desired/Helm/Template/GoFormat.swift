/// One run over a format of `fmt.Sprintf`: its directives, with the arguments that they take.
struct GoFormat {
    private let format: [UInt8]
    private let values: [TemplateValue]
    private var offset = 0
    private var result = ""
    /// The next argument.
    private var used = 0
    /// Whether a directive chose its argument by number, after which no argument counts as left over.
    private var isReordered = false

    /// Wider fields than this are refused, as Go refuses them.
    private static let widest = 1_000_000
    private static let longest = 64 << 20

    init(_ format: String, _ values: [TemplateValue]) {
        self.format = Array(format.utf8)
        self.values = values
    }

    mutating func run() -> String {
        while let mark = format[offset...].firstIndex(of: UInt8(ascii: "%")) {
            result += String(decoding: format[offset..<mark], as: UTF8.self)
            offset = mark + 1
            directive()
            // What is longer than any text may be need not be finished: the caller refuses it.
            if result.utf8.count > Self.longest { return result }
        }
        result += String(decoding: format[offset...], as: UTF8.self)
        if !isReordered, used < values.count {
            let extra = values[used...].map { $0.isNone ? "<nil>" : "\($0.typeName)=\(GoText.of($0))" }
            result += "%!(EXTRA \(extra.joined(separator: ", ")))"
        }
        return result
    }

    private var peek: UInt8? { offset < format.count ? format[offset] : nil }

    private mutating func directive() {
        var directive = GoPrint.Directive()
        readFlags(&directive)
        var isGood = true
        var afterIndex = readIndex(&isGood)
        if peek == UInt8(ascii: "*") {
            offset += 1
            directive.width = argument()
            if directive.width == nil { result += "%!(BADWIDTH)" }
            if let width = directive.width, width < 0 {
                directive.minus = true
                directive.zero = false
                directive.width = -width
            }
            afterIndex = false
        } else {
            directive.width = number()
            if afterIndex, directive.width != nil { isGood = false }
        }
        if peek == UInt8(ascii: ".") {
            offset += 1
            if afterIndex { isGood = false }
            afterIndex = readIndex(&isGood)
            if peek == UInt8(ascii: "*") {
                offset += 1
                directive.precision = argument().flatMap { $0 < 0 ? nil : $0 }
                if directive.precision == nil { result += "%!(BADPREC)" }
                afterIndex = false
            } else {
                directive.precision = number() ?? 0
            }
        }
        if !afterIndex { _ = readIndex(&isGood) }
        write(&directive, isGood: isGood)
    }

    private mutating func write(_ directive: inout GoPrint.Directive, isGood: Bool) {
        guard let verb = String(decoding: format[offset...].prefix(4), as: UTF8.self).unicodeScalars.first else {
            result += "%!(NOVERB)"
            return
        }
        offset += String(verb).utf8.count
        directive.verb = Character(verb)
        if verb == "%" {
            result += "%"
        } else if !isGood {
            result += "%!\(verb)(BADINDEX)"
        } else if used >= values.count {
            result += "%!\(verb)(MISSING)"
        } else {
            result += GoPrint.text(values[used], directive)
            used += 1
        }
    }

    private mutating func readFlags(_ directive: inout GoPrint.Directive) {
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "-"):
                directive.minus = true
                directive.zero = false
            case UInt8(ascii: "+"): directive.plus = true
            case UInt8(ascii: "#"): directive.sharp = true
            case UInt8(ascii: " "): directive.space = true
            case UInt8(ascii: "0"): directive.zero = !directive.minus
            default: return
            }
            offset += 1
        }
    }

    private mutating func number() -> Int? {
        let digits = format[offset...].prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty else { return nil }
        offset += digits.count
        let number = Int(String(decoding: digits, as: UTF8.self)) ?? .max
        return number > Self.widest ? nil : number
    }

    /// A width or a precision from the arguments.
    private mutating func argument() -> Int? {
        guard used < values.count else { return nil }
        defer { used += 1 }
        switch values[used] {
        case .int(let number), .long(let number): return number.magnitude > UInt(Self.widest) ? nil : number
        default: return nil
        }
    }

    /// `[2]`: the argument to go on with.
    ///
    /// - Returns: whether there was one.
    private mutating func readIndex(_ isGood: inout Bool) -> Bool {
        guard peek == UInt8(ascii: "[") else { return false }
        isReordered = true
        guard let close = format[offset...].firstIndex(of: UInt8(ascii: "]")) else {
            isGood = false
            offset += 1
            return false
        }
        let index = Int(String(decoding: format[(offset + 1)..<close], as: UTF8.self))
        offset = close + 1
        guard let index, (1...max(1, values.count)).contains(index), !values.isEmpty else {
            isGood = false
            return true
        }
        used = index - 1
        return true
    }
}
