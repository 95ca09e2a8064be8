import Scrub
import Testing

@testable import Datasets

@Suite struct RowClosureTests {
    private static let people = TableName("people")
    private static let orders = TableName("orders")

    /// The rows of people and orders that stay, where people have bosses and orders buyers.
    private static func closed(
        bosses: [Int?], buyers: [Int], chosen: [Int], needed: [Int] = []
    ) throws -> (people: [Int], orders: [Int]) {
        let closure = try RowClosure([people: bosses.count, orders: buyers.count], in: "/tmp")
        let (keys, up, down) = try (KeyRows(in: "/tmp"), KeyRows(in: "/tmp"), KeyRows(in: "/tmp"))
        // Any function of the key will do that gives different numbers.
        func fingerprint(_ key: Int) -> UInt64 { UInt64(key + 1) &* 0x9E37_79B9_7F4A_7C15 }
        for row in bosses.indices { try keys.append(fingerprint(row), row: UInt64(row)) }
        for (row, boss) in bosses.enumerated() {
            if let boss { try up.append(fingerprint(boss), row: UInt64(row)) }
        }
        for (row, buyer) in buyers.enumerated() { try down.append(fingerprint(buyer), row: UInt64(row)) }
        try closure.link(up, of: people, to: keys, of: people)
        try closure.link(down, of: orders, to: keys, of: people)
        for row in chosen { try closure.choose(row, of: people) }
        for row in needed { try closure.need(row, of: people) }
        try closure.close()
        func rows(_ table: TableName, _ count: Int) -> [Int] {
            var rows: [Int] = []
            closure.kept(of: table, count: count).forEach { rows.append($0) }
            return rows
        }
        return (rows(people, bosses.count), rows(orders, buyers.count))
    }

    @Test func `those that refer follow what was chosen, and what is needed comes without its followers`() throws {
        // 0 is the boss of 1 and 2, who is the boss of 3.
        let result = try Self.closed(bosses: [nil, 0, 0, 2], buyers: [0, 1, 2, 3, 3, 1], chosen: [2])
        #expect(result.people == [0, 2, 3])
        #expect(result.orders == [2, 3, 4])
        let needed = try Self.closed(bosses: [nil, 0, 0, 2], buyers: [0, 1, 2, 3, 3, 1], chosen: [], needed: [3])
        #expect(needed.people == [0, 2, 3] && needed.orders == [])
    }

    @Test func `circles end, and long chains need no stack`() throws {
        let circle = try Self.closed(bosses: [2, 0, 1, 4, 3], buyers: [1, 3], chosen: [0])
        #expect(circle.people == [0, 1, 2] && circle.orders == [0])
        let count = 200_000
        // Each row's boss is the one before it, in an order that no scan follows.
        let chain = (0..<count).map { row -> Int? in row == 0 ? nil : (row * 7919) % row }
        let all = try Self.closed(bosses: chain, buyers: [], chosen: [0])
        #expect(all.people.count == count)
    }

    @Test func `rows are joined by fingerprints, whether they are few or more than are sorted at a time`() throws {
        for count in [3, 1_200_000] {
            let (left, right) = try (KeyRows(in: "/tmp"), KeyRows(in: "/tmp"))
            let step = UInt64.max / UInt64(count)
            for row in 0..<count {
                try right.append(UInt64(row) * step, row: UInt64(row))
                try left.append(UInt64(count - 1 - row) * step, row: UInt64(row))
            }
            try left.append(1, row: 7)
            var found = 0
            try left.join(right) { own, other in if own == count - 1 - other { found += 1 } }
            #expect(found == count)
        }
    }

    @Test func `marks are counted and ranked`() {
        var marks = RowMarks()
        let rows = stride(from: 5, to: 1000, by: 7)
        for row in rows { marks.insert(row) }
        marks.insert(5)
        #expect(!marks.contains(6) && !marks.contains(100_000))
        marks.index()
        #expect(rows.enumerated().allSatisfy { marks.rank(of: $0.element) == $0.offset })
        #expect(marks.count == Array(rows).count)
    }
}
