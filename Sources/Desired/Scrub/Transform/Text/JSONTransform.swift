/// `json`: a document in a cell, its values by path. A path without a rule is an error.
package struct JSONRecipe: TransformRecipe {
    let rules: PathRules

    package init(_ rules: PathRules) { self.rules = rules }

    package var traits: TransformTraits { TransformTraits(.lossy, output: .json, takes: [.json, .text]) }

    package func instance() -> any CellTransform { JSONTransform(rules) }
}

/// Rewrites a JSON document as it reads it; its blanks and the order of its keys stay.
final class JSONTransform: CellTransform {
    /// Documents within documents.
    private static let deepest = 128

    private let root: PathRules.Node
    private var transforms: [ObjectIdentifier: any CellTransform] = [:]
    private var key = ByteBuffer()
    private var plain = ByteBuffer()
    private var changed = ByteBuffer()
    private var path: [String] = []

    init(_ rules: PathRules) { root = rules.root }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        // MySQL and YAML give empty texts for documents that nobody wrote.
        if cell.allSatisfy(\.isSpace) {
            output.append(contentsOf: cell)
            return .value
        }
        path.removeAll(keepingCapacity: true)
        var scanner = JSONScanner(text: cell)
        scanner.skipBlanks(into: &output)
        try value(&scanner, root, row, &output, 0)
        scanner.skipBlanks(into: &output)
        guard scanner.isAtEnd else { throw TransformFailure("it is no JSON: something follows the document") }
        return .value
    }

    private func value(
        _ scanner: inout JSONScanner, _ node: PathRules.Node, _ row: RowContext, _ output: inout ByteBuffer,
        _ depth: Int
    ) throws(TransformFailure) {
        guard depth < Self.deepest else { throw TransformFailure("its documents nest too deep") }
        switch node.action {
        case .keep:
            let start = scanner.place
            try scanner.skipValue(depth)
            output.append(contentsOf: scanner.bytes(from: start))
        case .transform(let recipe): try transform(&scanner, node, recipe, row, &output)
        case .drop, nil:
            switch scanner.next {
            case 0x7B: try object(&scanner, node, row, &output, depth)
            case 0x5B: try array(&scanner, node, row, &output, depth)
            default:
                // What is no value at all is told of as that.
                try scanner.skipValue(depth)
                throw unknown("the value at \(place)")
            }
        }
    }

    private func object(
        _ scanner: inout JSONScanner, _ node: PathRules.Node, _ row: RowContext, _ output: inout ByteBuffer,
        _ depth: Int
    ) throws(TransformFailure) {
        scanner.place += 1
        output.append(0x7B)
        var isFirst = true
        scanner.skipBlanks(into: &output)
        if scanner.take(0x7D) { return output.append(0x7D) }
        while true {
            let start = scanner.place
            scanner.skipBlanks()
            try scanner.string(into: &key)
            scanner.skipBlanks()
            guard scanner.take(0x3A) else { throw TransformFailure("it is no JSON: a key without a colon") }
            scanner.skipBlanks()
            let isKnownName =
                key.count <= 64 && key.bytes.allSatisfy { $0.isWord || $0 == 0x2D || $0 == 0x2E || $0 == 0x20 }
            path.append(isKnownName ? String(decoding: key.bytes, as: UTF8.self) : "(a key)")
            guard let child = node.child(key.bytes) else { throw unknown("the key \(place)") }
            if case .drop = child.action {
                try scanner.skipValue(depth)
            } else {
                if !isFirst { output.append(0x2C) }
                output.append(contentsOf: scanner.bytes(from: start))
                try value(&scanner, child, row, &output, depth + 1)
                isFirst = false
            }
            path.removeLast()
            let end = scanner.place
            scanner.skipBlanks()
            if scanner.take(0x2C) { continue }
            guard scanner.take(0x7D) else { throw TransformFailure("it is no JSON: an object without an end") }
            output.append(contentsOf: UnsafeBufferPointer(rebasing: scanner.text[end..<scanner.place]))
            return
        }
    }

    private func array(
        _ scanner: inout JSONScanner, _ node: PathRules.Node, _ row: RowContext, _ output: inout ByteBuffer,
        _ depth: Int
    ) throws(TransformFailure) {
        scanner.place += 1
        output.append(0x5B)
        scanner.skipBlanks(into: &output)
        if scanner.take(0x5D) { return output.append(0x5D) }
        path.append("[*]")
        guard let item = node.item else { throw unknown("the list \(place)") }
        var isFirst = true
        while true {
            let start = scanner.place
            scanner.skipBlanks()
            if case .drop = item.action {
                try scanner.skipValue(depth)
            } else {
                if !isFirst { output.append(0x2C) }
                output.append(contentsOf: scanner.bytes(from: start))
                try value(&scanner, item, row, &output, depth + 1)
                isFirst = false
            }
            let end = scanner.place
            scanner.skipBlanks()
            if scanner.take(0x2C) { continue }
            guard scanner.take(0x5D) else { throw TransformFailure("it is no JSON: a list without an end") }
            path.removeLast()
            output.append(contentsOf: UnsafeBufferPointer(rebasing: scanner.text[end..<scanner.place]))
            return
        }
    }

    /// A text stays a text; a number stays a number where what takes its place is one.
    private func transform(
        _ scanner: inout JSONScanner, _ node: PathRules.Node, _ recipe: any TransformRecipe, _ row: RowContext,
        _ output: inout ByteBuffer
    ) throws(TransformFailure) {
        let transform = transforms[ObjectIdentifier(node)] ?? recipe.instance()
        transforms[ObjectIdentifier(node)] = transform
        changed.removeAll()
        let result: CellResult
        var isNumber = false
        switch scanner.next {
        case 0x22:
            try scanner.string(into: &plain)
            result = try transform.apply(plain.bytes, row: row, into: &changed)
        case 0x7B, 0x5B: throw TransformFailure("\(place) holds more than one value, and its rule is for one")
        case 0x6E:
            try scanner.skipValue(0)
            result = recipe.replacesNull ? try transform.applyToNull(row: row, into: &changed) : .null
        default:
            let start = scanner.place
            try scanner.skipValue(0)
            let text = scanner.bytes(from: start)
            isNumber = text[0].isDigit || text[0] == 0x2D
            result = try transform.apply(text, row: row, into: &changed)
        }
        if result == .null { return output.append(contentsOf: "null") }
        if isNumber, JSONScanner.isNumber(changed.bytes) { return output.append(contentsOf: changed.bytes) }
        JSONScanner.append(string: changed.bytes, to: &output)
    }

    private var place: String { path.isEmpty ? "the top" : path.joined(separator: ".").replacing(".[", with: "[") }

    private func unknown(_ what: String) -> TransformFailure {
        TransformFailure("\(what) has no rule: it may be keep, drop or a transform")
    }
}

/// Reads JSON from bytes, in place.
struct JSONScanner {
    let text: UnsafeBufferPointer<UInt8>
    var place = 0

    init(text: UnsafeBufferPointer<UInt8>) { self.text = text }

    var isAtEnd: Bool { place == text.count }
    /// The byte at hand; 0 at the end.
    var next: UInt8 { place < text.count ? text[place] : 0 }

    func bytes(from start: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: text[start..<place]) }

    mutating func skipBlanks() { while place < text.count, text[place].isSpace { place += 1 } }

    mutating func skipBlanks(into output: inout ByteBuffer) {
        let start = place
        skipBlanks()
        output.append(contentsOf: bytes(from: start))
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte, place < text.count else { return false }
        place += 1
        return true
    }

    /// Reads a string, decoded.
    mutating func string(into output: inout ByteBuffer) throws(TransformFailure) {
        output.removeAll()
        guard take(0x22) else { throw TransformFailure("it is no JSON: a quotation mark is missing") }
        while place < text.count {
            let byte = text[place]
            place += 1
            if byte == 0x22 { return }
            if byte == 0x5C { try escape(into: &output) } else { output.append(byte) }
        }
        throw TransformFailure("it is no JSON: a text without an end")
    }

    private mutating func escape(into output: inout ByteBuffer) throws(TransformFailure) {
        let sign = next
        place += 1
        switch sign {
        case 0x22, 0x5C, 0x2F: output.append(sign)
        case 0x62: output.append(0x08)
        case 0x66: output.append(0x0C)
        case 0x6E: output.append(0x0A)
        case 0x72: output.append(0x0D)
        case 0x74: output.append(0x09)
        case 0x75:
            var scalar = try unit()
            if (0xD800..<0xDC00).contains(scalar), next == 0x5C, place + 1 < text.count, text[place + 1] == 0x75 {
                place += 2
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw TransformFailure("it is no JSON: half a sign") }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + low - 0xDC00
            }
            guard let sign = Unicode.Scalar(scalar) else { throw TransformFailure("it is no JSON: half a sign") }
            for byte in UTF8.encode(sign) ?? .init() { output.append(byte) }
        default: throw TransformFailure("it is no JSON: an escape that there is not")
        }
    }

    private mutating func unit() throws(TransformFailure) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            let byte = next
            guard byte.isHex else { throw TransformFailure("it is no JSON: an escape that there is not") }
            number = number << 4 | UInt32(byte.isDigit ? byte - 0x30 : (byte | 0x20) - 0x61 + 10)
            place += 1
        }
        return number
    }

    /// Passes over one value, with all that it holds.
    mutating func skipValue(_ depth: Int) throws(TransformFailure) {
        var open: [UInt8] = []
        var needsValue = true
        while true {
            skipBlanks()
            let byte = next
            if needsValue {
                if byte == 0x7B || byte == 0x5B {
                    place += 1
                    open.append(byte)
                    guard open.count + depth <= 256 else { throw TransformFailure("its documents nest too deep") }
                    skipBlanks()
                    guard take(byte + 2) else {
                        if byte == 0x7B { try skipKey() }
                        continue
                    }
                    open.removeLast()
                } else {
                    try skipScalar()
                }
            }
            needsValue = false
            guard let last = open.last else { return }
            skipBlanks()
            if take(0x2C) {
                skipBlanks()
                if last == 0x7B { try skipKey() }
                needsValue = true
            } else if take(last + 2) {
                open.removeLast()
            } else {
                throw TransformFailure("it is no JSON: an object or a list without an end")
            }
        }
    }

    private mutating func skipKey() throws(TransformFailure) {
        try skipString()
        skipBlanks()
        guard take(0x3A) else { throw TransformFailure("it is no JSON: a key without a colon") }
    }

    private mutating func skipString() throws(TransformFailure) {
        guard take(0x22) else { throw TransformFailure("it is no JSON: a quotation mark is missing") }
        while place < text.count {
            let byte = text[place]
            place += byte == 0x5C ? 2 : 1
            if byte == 0x22 { return }
        }
        throw TransformFailure("it is no JSON: a text without an end")
    }

    private mutating func skipScalar() throws(TransformFailure) {
        if next == 0x22 { return try skipString() }
        let start = place
        while place < text.count,
            text[place].isWord || text[place] == 0x2D || text[place] == 0x2B || text[place] == 0x2E
        {
            place += 1
        }
        let word = bytes(from: start)
        guard Self.isNumber(word) || ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) }) else {
            throw TransformFailure("it is no JSON: a value is missing")
        }
    }

    /// RFC 8259, section 6.
    static func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var rest = text[...]
        if rest.first == 0x2D { rest = rest.dropFirst() }
        guard let first = rest.first, first.isDigit else { return false }
        rest = rest.dropFirst()
        if first != 0x30 { rest = rest.drop(while: \.isDigit) }
        if rest.first == 0x2E {
            let digits = rest.dropFirst().prefix(while: \.isDigit)
            if digits.isEmpty { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        if let sign = rest.first, sign | 0x20 == 0x65 {
            rest = rest.dropFirst()
            if rest.first == 0x2B || rest.first == 0x2D { rest = rest.dropFirst() }
            return !rest.isEmpty && rest.allSatisfy(\.isDigit)
        }
        return rest.isEmpty
    }

    /// Writes a string; bytes that are no UTF-8 pass as they are.
    static func append(string: UnsafeBufferPointer<UInt8>, to output: inout ByteBuffer) {
        output.append(0x22)
        for byte in string {
            switch byte {
            case 0x22, 0x5C:
                output.append(0x5C)
                output.append(byte)
            case 0x0A: output.append(contentsOf: "\\n")
            case 0x0D: output.append(contentsOf: "\\r")
            case 0x09: output.append(contentsOf: "\\t")
            case 0..<0x20:
                output.append(contentsOf: byte < 0x10 ? "\\u000" : "\\u001")
                let digit = byte & 15
                output.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            default: output.append(byte)
            }
        }
        output.append(0x22)
    }
}
