import System

/// Rows of a table by the fingerprint of some of their cells, as many as there are.
final class KeyRows {
    private let pairs: MappedNumbers

    init(in folder: String) throws(SystemError) { pairs = try MappedNumbers(in: folder) }

    var count: Int { pairs.count / 2 }

    func append(_ fingerprint: UInt64, row: UInt64) throws(SystemError) {
        try pairs.append(fingerprint)
        try pairs.append(row)
    }

    private typealias Pair = (fingerprint: UInt64, row: Int)

    /// Rows that are compared at a time.
    private static let part = 1 << 20

    /// Calls for each row here that has the fingerprint of a row there.
    func join(_ others: KeyRows, _ body: (_ own: Int, _ other: Int) throws(SystemError) -> Void) throws(SystemError) {
        let parts = UInt64(max(count, others.count) / Self.part + 1)
        for part in 0..<parts {
            var right: [Pair] = []
            others.forEach(part, of: parts) { right.append($0) }
            if right.isEmpty { continue }
            right.sort { $0.fingerprint < $1.fingerprint }
            // All rows may refer to one: of those that refer, no more than a part is held either.
            var left: [Pair] = []
            try forEach(part, of: parts) { pair throws(SystemError) in
                left.append(pair)
                guard left.count >= Self.part else { return }
                try Self.join(&left, right, body)
            }
            try Self.join(&left, right, body)
        }
    }

    private static func join(
        _ left: inout [Pair], _ right: [Pair], _ body: (_ own: Int, _ other: Int) throws(SystemError) -> Void
    ) throws(SystemError) {
        left.sort { $0.fingerprint < $1.fingerprint }
        var place = 0
        for pair in left {
            while place < right.count, right[place].fingerprint < pair.fingerprint { place += 1 }
            guard place < right.count else { break }
            if right[place].fingerprint == pair.fingerprint { try body(pair.row, right[place].row) }
        }
        left.removeAll(keepingCapacity: true)
    }

    /// Those of a part of all fingerprints that there may be.
    private func forEach<Failure>(
        _ part: UInt64, of parts: UInt64, _ body: (Pair) throws(Failure) -> Void
    ) throws(Failure) {
        for place in 0..<count {
            let fingerprint = pairs[2 * place]
            guard fingerprint.multipliedFullWidth(by: parts).high == part else { continue }
            try body((fingerprint, Int(pairs[2 * place + 1])))
        }
    }
}
