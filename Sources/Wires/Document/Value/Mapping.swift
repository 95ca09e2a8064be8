/// The entries of a mapping in the order they were written, found by key.
package struct Mapping: Sendable {
    /// One key with its value.
    package struct Entry: Sendable {
        package var key: Key
        package var value: Value

        package init(key: Key, value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// A key, which in manifests is a string, and how it was written.
    package struct Key: Sendable {
        package var text: String
        package var kind: Scalar.Kind
        package var style: Scalar.Style
        package var origin: Origin
        package var trivia: Trivia?

        package init(
            _ text: String, kind: Scalar.Kind = .string, style: Scalar.Style = .any, origin: Origin = .none,
            trivia: Trivia? = nil
        ) {
            self.text = text
            self.kind = kind
            self.style = style
            self.origin = origin
            self.trivia = trivia
        }
    }

    package private(set) var entries: [Entry] = []
    /// Positions by key, kept only for mappings long enough that a search would be felt.
    private var index: [String: Int]?
    private static let indexedFrom = 24

    package init() {}

    /// - Parameter entries: of one key, the last one counts.
    package init(_ entries: some Sequence<Entry>) {
        for entry in entries { set(entry) }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }
    package var keys: [String] { entries.map(\.key.text) }

    /// Makes room for so many entries.
    mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

    /// Where the entries are in memory: as long as two mappings with entries live, one place means that the one is a
    /// copy of the other, and that neither has been changed since.
    package var place: UInt {
        entries.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }

    /// The place of a key among the entries.
    package func position(of key: String) -> Int? {
        if let index { return index[key] }
        return entries.firstIndex { $0.key.text == key }
    }

    /// The value of a key; set nil to remove the entry. A new key comes last.
    package subscript(key: String) -> Value? {
        get { position(of: key).map { entries[$0].value } }
        set {
            guard let newValue else { return remove(key) }
            if let position = position(of: key) {
                entries[position].value = newValue
            } else {
                append(Entry(key: Key(key), value: newValue))
            }
        }
    }

    /// The value at a position.
    package subscript(valueAt position: Int) -> Value {
        get { entries[position].value }
        set { entries[position].value = newValue }
    }

    /// Changes the value at a position in place. (An accessor that hands it out instead would be a coroutine, and those
    /// Swift 6.3 has compiled wrongly elsewhere, in release builds alone.)
    package mutating func change<Result, Failure>(
        at position: Int, _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(&entries[position].value)
    }

    /// Changes what the key at a position carries beside its text.
    package mutating func setTrivia(_ trivia: Trivia?, ofKeyAt position: Int) {
        entries[position].key.trivia = trivia
    }

    /// Sets a whole entry, in place of one with the same key, else last.
    package mutating func set(_ entry: Entry) {
        if let position = position(of: entry.key.text) {
            entries[position] = entry
        } else {
            append(entry)
        }
    }

    /// Puts an entry last; its key must be new.
    package mutating func add(_ entry: Entry) {
        append(entry)
    }

    /// Puts an entry at a position; its key must be new.
    package mutating func insert(_ entry: Entry, at position: Int) {
        entries.insert(entry, at: position)
        if index != nil { reindex() }
    }

    /// Removes a key if it is there.
    package mutating func remove(_ key: String) {
        guard let position = position(of: key) else { return }
        entries.remove(at: position)
        if index != nil { reindex() }
    }

    /// Orders the entries.
    package mutating func sort(by areInOrder: (Entry, Entry) -> Bool) {
        entries.sort(by: areInOrder)
        if index != nil { reindex() }
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        if index != nil {
            index?[entry.key.text] = entries.count - 1
        } else if entries.count > Self.indexedFrom {
            reindex()
        }
    }

    private mutating func reindex() {
        index = Dictionary(entries.enumerated().map { ($1.key.text, $0) }, uniquingKeysWith: { $1 })
    }
}
