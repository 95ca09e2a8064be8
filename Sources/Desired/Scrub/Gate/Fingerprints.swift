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
        /// Of the first eight bytes, and of the last ones: private keys all begin alike.
        var head: UInt32
        var tail: UInt32
        var reach: Reach
        var place: SecretPlace
    }

    /// A value that may stand where a text begins and ends as it does.
    struct Candidate: Sendable {
        var entry: Int
        var reach: Reach
    }

    /// Values of one length that begin alike: in most places of a text one look at their ends tells that it is none.
    struct Alike: Sendable {
        var length: Int
        /// By the last eight bytes.
        var ends: [UInt32: [Candidate]] = [:]
    }

    private(set) var entries: [Entry] = []
    private var byCode: [[UInt8]: Int] = [:]
    /// Values that begin alike, by their lengths, the longest first.
    private var byHead: [UInt32: [Alike]] = [:]
    /// Lengths of values that are looked for whole.
    private var wholeLengths: Set<Int> = []
    /// Whether there are values that are looked for as wholes alone.
    private(set) var hasWholes = false
    private var filter = HeadFilter(bits: 16)
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
        let isLong = plain.count >= WindowHash.width
        entries.append(
            Entry(
                code: code, length: plain.count, head: isLong ? hash.head(of: plain) : 0,
                tail: isLong ? hash.head(of: plain.suffix(WindowHash.width)) : 0, reach: reach, place: place))
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
        if entry.reach == .whole { hasWholes = true }
        guard entry.reach.rawValue > Reach.whole.rawValue else { return }
        // Taken out while it is changed, so that thousands of keys that begin alike are not copied for each.
        var groups = byHead.removeValue(forKey: entry.head) ?? []
        let place = groups.firstIndex { $0.length <= entry.length } ?? groups.count
        if place == groups.count || groups[place].length != entry.length {
            groups.insert(Alike(length: entry.length), at: place)
        }
        groups[place].ends[entry.tail, default: []].removeAll { $0.entry == position }
        groups[place].ends[entry.tail]?.append(Candidate(entry: position, reach: entry.reach))
        byHead[entry.head] = groups
        if entries.count << 5 > 1 << filter.bits, filter.bits < 26 {
            filter = HeadFilter(bits: filter.bits + 3)
            for head in byHead.keys { filter.insert(head) }
        }
        filter.insert(entry.head)
    }

    // MARK: Looking

    /// What nearly every place of a text is passed over by.
    func withFilter<Result>(_ body: (HeadFilter.View) -> Result) -> Result { filter.withView(body) }

    /// What may start where a text has a head.
    func alike(startingWith head: UInt32) -> [Alike] { byHead[head] ?? [] }

    func isEntry(_ entry: Int, _ text: UnsafeBufferPointer<UInt8>, at place: Int, count: Int) -> Bool {
        hmac.code(Array(text[place..<place + count])) == entries[entry].code
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
