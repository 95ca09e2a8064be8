internal import Crypto
package import Plan

/// Where the journal's chain ends: the number and hash of its last entry.
package struct JournalHead: Sendable, Hashable, CustomStringConvertible {
    package var number: Int64
    /// SHA-256.
    package var hash: [UInt8]

    package init(number: Int64, hash: [UInt8]) {
        self.number = number
        self.hash = hash
    }

    /// The head of an empty journal.
    package static let start = JournalHead(number: 0, hash: [UInt8](repeating: 0, count: 32))

    /// `number:hexadecimal hash`.
    package var description: String { "\(number):\(Hex.encode(hash))" }

    /// The hash of an entry: SHA-256 of the hash before it, the columns that find it, and the stored bytes of its
    /// record.
    static func hash(of record: some Collection<UInt8>, at place: JournalPlace, after previous: [UInt8]) -> [UInt8] {
        let stream = DigestStream(.sha256)
        stream.update(previous)
        stream.update(place.bytes)
        stream.update(record)
        return stream.finish().bytes
    }
}

/// The columns by which an entry is found.
struct JournalPlace {
    var project: String
    var environment: String
    var kind: String

    init(project: String, environment: String, kind: String) {
        self.project = project
        self.environment = environment
        self.kind = kind
    }

    init(_ record: JournalRecord) {
        self.init(project: record.project, environment: record.environment, kind: record.kind.rawValue)
    }

    /// Each with its length, so that no two places have the same bytes.
    var bytes: [UInt8] {
        Array([project, environment, kind].map { "\($0.utf8.count):\($0)\n" }.joined().utf8)
    }
}

/// An entry of the journal.
package struct JournalEntry: Sendable, Hashable {
    /// From 1, without gaps.
    package var number: Int64
    package var hash: [UInt8]
    package var record: JournalRecord
}

/// What `verify` found.
package enum JournalVerdict: Sendable, Hashable, CustomStringConvertible {
    /// All entries up to this head are as they were written.
    case intact(JournalHead)
    /// The first entry that is not as it was written, and what is wrong with it.
    case broken(number: Int64, reason: String)

    package var description: String {
        switch self {
        case .intact(let head): "\(head.number) entries, all as they were written; head \(head)"
        case .broken(let number, let reason): "entry \(number) \(reason)"
        }
    }
}

/// The walk along the chain, entry by entry.
struct ChainWalk {
    private let anchor: JournalHead?
    private(set) var last = JournalHead.start
    private var failure: JournalVerdict?

    init(anchor: JournalHead?) {
        self.anchor = anchor
    }

    var isSound: Bool { failure == nil }

    mutating func take(number: Int64, hash: [UInt8], at place: JournalPlace, record: UnsafeBufferPointer<UInt8>) {
        guard isSound else { return }
        guard number == last.number + 1 else {
            failure = .broken(number: last.number + 1, reason: "is missing")
            return
        }
        guard JournalHead.hash(of: record, at: place, after: last.hash) == hash else {
            failure = .broken(number: number, reason: "was changed after it was written, or the one before it was")
            return
        }
        last = JournalHead(number: number, hash: hash)
        if let anchor, anchor.number == number, anchor.hash != hash {
            failure = .broken(number: number, reason: "is another one than the head that was noted elsewhere")
        }
    }

    func verdict(head: JournalHead) -> JournalVerdict {
        if let failure { return failure }
        if head.number > last.number { return .broken(number: last.number + 1, reason: "is missing at the end") }
        if head != last { return .broken(number: last.number, reason: "is not the one that the journal's head names") }
        if let anchor, anchor.number > last.number {
            return .broken(number: last.number + 1, reason: "is missing: entry \(anchor.number) was noted elsewhere")
        }
        return .intact(last)
    }
}
