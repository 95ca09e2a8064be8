/// When clocks somewhere differ from UTC, and by how much (RFC 8536).
final class TimeZone: Sendable {
    struct Kind: Sendable {
        var offset: Int
        var name: String
    }

    static let utc = TimeZone(kinds: [Kind(offset: 0, name: "UTC")], changes: [])

    private let kinds: [Kind]
    /// From which instants on which kind holds, in order.
    private let changes: [(at: Int, kind: Int)]

    private init(kinds: [Kind], changes: [(at: Int, kind: Int)]) {
        self.kinds = kinds
        self.changes = changes
    }

    /// One that never changes.
    convenience init(offset: Int, name: String) {
        self.init(kinds: [Kind(offset: offset, name: name)], changes: [])
    }

    /// Reads a compiled zone; nil when the bytes are none.
    convenience init?(_ bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0) else { return nil }
        var (header, start, width) = (first, 44, 4)
        if first.version >= 2 {
            let second = 44 + first.length(width: 4)
            guard let next = Header(bytes, at: second) else { return nil }
            (header, start, width) = (next, second + 44, 8)
        }
        guard header.kinds > 0, start + header.length(width: width) <= bytes.count else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int {
            let value = bytes[offset..<offset + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return count == 8 ? Int(bitPattern: UInt(value)) : Int(Int32(bitPattern: UInt32(value)))
        }
        let indices = start + header.changes * width
        let kindsStart = indices + header.changes
        let names = kindsStart + header.kinds * 6
        let kinds = (0..<header.kinds).map { index in
            let offset = kindsStart + index * 6
            let nameStart = min(names + Int(bytes[offset + 5]), names + header.names)
            let name = bytes[nameStart..<names + header.names].prefix { $0 != 0 }
            return Kind(offset: number(offset, 4), name: String(decoding: name, as: UTF8.self))
        }
        let changes = (0..<header.changes).map { index in
            (at: number(start + index * width, width), kind: min(Int(bytes[indices + index]), kinds.count - 1))
        }
        self.init(kinds: kinds, changes: changes)
    }

    private struct Header {
        var version: Int
        var changes: Int, kinds: Int, names: Int
        private var rest: (isGMT: Int, isStandard: Int, leaps: Int)

        init?(_ bytes: [UInt8], at offset: Int) {
            guard offset + 44 <= bytes.count, bytes[offset...].starts(with: "TZif".utf8) else { return nil }
            func count(_ index: Int) -> Int {
                let start = offset + 20 + 4 * index
                return bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            }
            version = bytes[offset + 4] == 0 ? 1 : 2
            rest = (count(0), count(1), count(2))
            (changes, kinds, names) = (count(3), count(4), count(5))
            guard [rest.isGMT, rest.isStandard, rest.leaps, changes, kinds, names].allSatisfy({ $0 < 1 << 20 }) else {
                return nil
            }
        }

        func length(width: Int) -> Int {
            changes * (width + 1) + kinds * 6 + names + rest.leaps * (width + 4) + rest.isStandard + rest.isGMT
        }
    }

    /// What holds at an instant: seconds east of UTC, and the short name.
    func offset(at seconds: Int) -> (seconds: Int, name: String) {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        let kind = kinds[low == 0 ? 0 : changes[low - 1].kind]
        return (kind.offset, kind.name)
    }
}
