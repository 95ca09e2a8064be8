import Document

/// Takes JSON apart, once the parser has found it sound.
struct SopsJSON {
    private var source: SopsSource
    private var offset = 0

    static func read(_ bytes: [UInt8], file: SourceFile) throws(Problem) -> SopsSource {
        let value = try JSON.parse(bytes, file: file)
        guard value.fields != nil else {
            throw Problem("a JSON text that is no object cannot be encrypted", at: value.origin, hint: "wrap it in one")
        }
        var reader = SopsJSON(source: SopsSource(bytes: bytes, file: file))
        reader.source.metadata = value["sops"]
        reader.skipSpace()
        try reader.object([], isRoot: true)
        return reader.source
    }

    private init(source: SopsSource) {
        self.source = source
    }

    private mutating func skipSpace() {
        while offset < source.bytes.count, source.bytes[offset] <= 0x20 { offset += 1 }
    }

    private mutating func value(_ path: [String]) throws(Problem) {
        skipSpace()
        switch source.bytes[offset] {
        case UInt8(ascii: "{"): try object(path, isRoot: false)
        case UInt8(ascii: "["):
            offset += 1
            skipSpace()
            while source.bytes[offset] != UInt8(ascii: "]") {
                try value(path)
                skipSeparator()
            }
            offset += 1
        default: try scalar(path)
        }
    }

    private mutating func skipSeparator() {
        skipSpace()
        if source.bytes[offset] == UInt8(ascii: ",") { offset += 1 }
        skipSpace()
    }

    private mutating func object(_ path: [String], isRoot: Bool) throws(Problem) {
        let start = offset
        var sops: Range<Int>?
        var count = 0
        offset += 1
        skipSpace()
        while source.bytes[offset] != UInt8(ascii: "}") {
            let keyStart = offset
            let key = try JSON.parse(Array(source.bytes[token()])).string ?? ""
            skipSpace()
            offset += 1
            let leaves = source.leaves.count
            try value(path + [key])
            if isRoot, key == "sops" {
                sops = keyStart..<offset
                source.leaves.removeSubrange(leaves...)
            } else {
                count += 1
            }
            skipSeparator()
        }
        offset += 1
        if isRoot { source.roots = [.init(metadata: sops, range: start..<offset, isFlow: true, isEmpty: count == 0)] }
    }

    /// Steps over a string or a word.
    private mutating func token() -> Range<Int> {
        let start = offset
        if source.bytes[offset] == UInt8(ascii: "\"") {
            offset += 1
            while source.bytes[offset] != UInt8(ascii: "\"") { offset += source.bytes[offset] == 0x5C ? 2 : 1 }
            offset += 1
        } else {
            while offset < source.bytes.count, source.bytes[offset] > 0x20, !",]}".utf8.contains(source.bytes[offset]) {
                offset += 1
            }
        }
        return start..<offset
    }

    private mutating func scalar(_ path: [String]) throws(Problem) {
        let range = token()
        guard let scalar = try JSON.parse(Array(source.bytes[range])).scalar else { return }
        let kind: SopsLeaf.Kind
        switch scalar.kind {
        case .bool: kind = .bool
        case .int: kind = Int(scalar.text) == nil ? .float : .int
        case .float: kind = .float
        case .string: kind = .string
        default: return
        }
        source.leaves.append(SopsLeaf(path: path, kind: kind, text: scalar.text, range: range, isInFlow: true))
    }
}
