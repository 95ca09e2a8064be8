package import Crypto
package import Document
package import Manifest

/// Keyed fingerprints of what production keeps secret: enough to recognise a value, not to tell it.
///
/// Of each value there are the HMAC of its plain form (without blanks and line breaks), its length, and a short keyed
/// hash of its first eight bytes, by which a text is searched for all values at once.
package struct Fingerprints: Sendable {
    /// How a value is looked for.
    enum Reach: UInt8, Sendable {
        /// As the name of an account, in fields that are called so.
        case account
        /// As the whole of a secret field or part: too short or too plain to be told from chance within a text.
        case whole
        /// Wherever it stands alone, not as a part of a longer word: too plain to be told from chance within one.
        case alone
        /// Wherever it stands.
        case anywhere
    }

    /// One value, and where production has it.
    struct Entry: Sendable {
        var code: [UInt8]
        /// Of the plain form.
        var length: Int
        var head: UInt32
        var reach: Reach
        var place: SecretPlace
    }

    private(set) var entries: [Entry] = []
    private var byCode: [[UInt8]: Int] = [:]
    private var byHead: [UInt32: [Int]] = [:]
    /// Lengths of values that are looked for whole.
    private var wholeLengths: Set<Int> = []
    /// One bit for each 16 bits of a head: nearly every place of a text is passed over by it.
    private var filter = [UInt64](repeating: 0, count: 1 << 10)
    /// Identifiers (SHA-1, RFC 5280) of keys whose private parts are production's, and of those that signed for them.
    private(set) var keys: Set<[UInt8]> = []
    let hash: WindowHash
    let hmac: FingerprintKey

    /// - Parameter key: of the project; without it a fingerprint says nothing.
    package init(key: [UInt8]) {
        hash = WindowHash(key: key)
        hmac = FingerprintKey(key: key)
    }

    package var isEmpty: Bool { entries.isEmpty && keys.isEmpty }

    /// SHA-256 over all fingerprints: the same when production keeps the same values secret in the same reach.
    package var digest: Digest {
        let codes = entries.map { $0.code + [$0.reach.rawValue] } + keys
        let stream = DigestStream(.sha256)
        for code in codes.sorted(by: { $0.lexicographicallyPrecedes($1) }) { stream.update(code) }
        return stream.finish()
    }

    /// Takes in a value; the widest reach that it is given counts.
    mutating func add(_ value: [UInt8], _ reach: Reach, at place: SecretPlace) {
        let plain = PlainForm.of(value)
        guard !plain.isEmpty else { return }
        let reach = plain.count < WindowHash.width && reach.rawValue > Reach.whole.rawValue ? .whole : reach
        let code = hmac.code(plain)
        if let known = byCode[code] {
            guard entries[known].reach.rawValue < reach.rawValue else { return }
            entries[known].reach = reach
            index(known)
            return
        }
        let head = plain.count >= WindowHash.width ? hash.head(of: plain) : 0
        entries.append(Entry(code: code, length: plain.count, head: head, reach: reach, place: place))
        byCode[code] = entries.count - 1
        index(entries.count - 1)
    }

    mutating func add(key identifier: [UInt8]) { keys.insert(identifier) }

    /// Takes in those of another rendering of the same project.
    package mutating func formUnion(_ other: Fingerprints) {
        for entry in other.entries {
            if let known = byCode[entry.code] {
                guard entries[known].reach.rawValue < entry.reach.rawValue else { continue }
                entries[known].reach = entry.reach
                index(known)
            } else {
                entries.append(entry)
                byCode[entry.code] = entries.count - 1
                index(entries.count - 1)
            }
        }
        keys.formUnion(other.keys)
    }

    private mutating func index(_ position: Int) {
        let entry = entries[position]
        wholeLengths.insert(entry.length)
        guard entry.reach.rawValue > Reach.whole.rawValue else { return }
        if !byHead[entry.head, default: []].contains(position) { byHead[entry.head, default: []].append(position) }
        filter[Int(entry.head >> 22)] |= 1 << UInt64(entry.head >> 16 & 63)
    }

    // MARK: Looking

    @inline(__always) func mayHold(_ head: UInt32) -> Bool {
        filter[Int(head >> 22)] >> UInt64(head >> 16 & 63) & 1 == 1
    }

    /// The longest value that starts at a place of a plain text.
    ///
    /// - Parameter standsAlone: whether no word goes on before or behind a range of the text.
    func entry(
        startingWith head: UInt32, in text: UnsafeBufferPointer<UInt8>, at place: Int,
        standsAlone: (Range<Int>) -> Bool
    ) -> Int? {
        guard let positions = byHead[head] else { return nil }
        var best: Int?
        for position in positions where place + entries[position].length <= text.count {
            let length = entries[position].length
            guard length > best.map({ entries[$0].length }) ?? 0,
                hmac.code(Array(text[place..<place + length])) == entries[position].code,
                entries[position].reach == .anywhere || standsAlone(place..<place + length)
            else { continue }
            best = position
        }
        return best
    }

    /// The value that a part is as a whole.
    func entry(whole value: [UInt8], asAccount: Bool) -> Int? {
        guard !entries.isEmpty, value.count <= 4096 else { return nil }
        let plain = PlainForm.of(value)
        guard wholeLengths.contains(plain.count), let found = byCode[hmac.code(plain)] else { return nil }
        switch entries[found].reach {
        case .account: return asAccount ? found : nil
        case .whole, .alone, .anywhere: return found
        }
    }

    /// Whether texts need be searched at all.
    var searchesTexts: Bool { !byHead.isEmpty }
    var looksForWholes: Bool { !wholeLengths.isEmpty }
    /// Whether there are values that are looked for as wholes alone.
    var hasWholes: Bool { entries.contains { $0.reach == .whole } }
    /// The codes of all values, for those who remember which they have met.
    package var codes: Set<[UInt8]> { Set(entries.map(\.code)) }
}

/// Where production has a secret value: never the value.
package struct SecretPlace: Sendable, Hashable {
    /// `prod/web`
    package var application: String
    package var object: ObjectKey
    package var path: String
    package var origin: Origin
    /// `email`, `github-pat`, `secret`
    package var type: String
}

/// A value without blanks, line breaks and what stands for them, so that folding and wrapping change nothing.
enum PlainForm {
    static func of(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(where: { $0.isSpace || $0 == 0x5C }) else { return bytes }
        return withPlaces(bytes, keepsPlaces: false).plain
    }

    /// The plain form, and for each of its bytes the place that it has in `bytes`.
    static func withPlaces(_ bytes: [UInt8], keepsPlaces: Bool = true) -> (plain: [UInt8], places: [Int]) {
        var plain: [UInt8] = []
        var places: [Int] = []
        plain.reserveCapacity(bytes.count)
        if keepsPlaces { places.reserveCapacity(bytes.count) }
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if byte.isSpace {
                place += 1
            } else if byte == 0x5C, let count = breakLength(bytes, place) {
                place += count
            } else {
                plain.append(byte)
                if keepsPlaces { places.append(place) }
                place += 1
            }
        }
        return (plain, places)
    }

    /// `\n`, `\r`, `\t`, and a backslash at a line's end.
    @inline(__always) private static func breakLength(_ bytes: [UInt8], _ place: Int) -> Int? {
        switch bytes.at(place + 1) {
        case 0x6E, 0x72, 0x74: 2
        case 0x0A, 0x0D: 1
        default: nil
        }
    }
}

/// A short keyed hash of eight bytes.
struct WindowHash: Sendable {
    static let width = 8
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64

    init(key: [UInt8]) {
        let bytes = HMAC.sha256(Array("leak gate windows".utf8), key: key)
        func word(_ start: Int) -> UInt64 { bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) } }
        first = word(0)
        second = word(8) | 1
        third = word(16) | 1
    }

    @inline(__always) func hash(_ window: UInt64) -> UInt32 {
        var mixed = (window ^ first) &* second
        mixed = (mixed ^ mixed >> 32) &* third
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }

    func head(of bytes: [UInt8]) -> UInt32 {
        hash(bytes.prefix(Self.width).reduce(0) { $0 << 8 | UInt64($1) })
    }
}

/// Makes the codes by which whole values are compared.
final class FingerprintKey: Sendable {
    private let key: [UInt8]

    init(key: [UInt8]) {
        self.key = HMAC.sha256(Array("leak gate values".utf8), key: key)
    }

    func code(_ value: [UInt8]) -> [UInt8] { Array(HMAC.sha256(value, key: key).prefix(16)) }
}
