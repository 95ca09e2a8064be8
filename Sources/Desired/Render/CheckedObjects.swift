import Crypto
import Document
import Manifest

/// The objects of a rendering with the manifests that they are, so that the next one checks and digests only what has
/// changed: what an overlay leaves as it was, or makes as before, is the same mapping in memory; and what is made anew
/// each time, as by charts and scrubbing, is compared, which costs less than a digest.
struct CheckedObjects: Sendable {
    /// What is known of one object.
    final class Checked: Sendable {
        /// As it was before its namespace was set; it is kept so that its place in memory stays its own.
        let object: Value
        let manifest: Manifest
        /// As the object itself has it, and with the namespace that it got.
        let writtenKey: ObjectKey
        let key: ObjectKey
        /// The manifest's SHA-256.
        let digest: Digest

        init(_ object: Value, _ manifest: Manifest) {
            self.object = object
            self.manifest = manifest
            writtenKey = Manifest(object).key
            key = manifest.key
            digest = .sha256(JSON.emit(manifest.value, JSON.Form(sortsKeys: true)))
        }

        func isPlace(of object: Value) -> Bool {
            guard let place = object.fields?.place else { return false }
            return self.object.fields?.place == place
        }
    }

    /// What was known of kinds when they were checked.
    let clusterKinds: Set<String>
    private(set) var checked: [Checked] = []

    init(clusterKinds: Set<String>, count: Int) {
        self.clusterKinds = clusterKinds
        checked.reserveCapacity(count)
    }

    var manifests: [Manifest] { checked.map(\.manifest) }

    mutating func append(_ next: Checked) { checked.append(next) }

    mutating func replace(at position: Int, by new: Checked) { checked[position] = new }

    /// Looks for objects of a new rendering among these, in their order: most follow one another as before.
    struct Search {
        private let known: [Checked]
        private var next = 0
        /// Whether each object so far has been found behind the one before it, or stands in the place of one with its
        /// key: then no two of them have the same key, as no two of these had.
        private(set) var isInOrder = true
        /// Made once an object is not where it is expected.
        private lazy var byPlace: [UInt: Int] = Dictionary(
            known.enumerated().compactMap { entry in entry.element.object.fields.map { ($0.place, entry.offset) } },
            uniquingKeysWith: { first, _ in first })
        /// Made once an object is nowhere in memory.
        private lazy var byKey: [ObjectKey: Int] = Dictionary(
            known.enumerated().map { ($1.writtenKey, $0) }, uniquingKeysWith: { first, _ in first })

        init(_ known: CheckedObjects) {
            self.known = known.checked
        }

        /// What is known of an object that says the same as before, and says it in the same places.
        mutating func find(_ object: Value) -> Checked? {
            if next < known.count, known[next].isPlace(of: object) {
                next += 1
                return known[next - 1]
            }
            guard let place = object.fields?.place else { return nil }
            let key = Manifest(object).key
            // What has changed stands where it stood.
            if next < known.count, known[next].writtenKey == key {
                next += 1
                return known[next - 1].object.isIdentical(to: object) ? known[next - 1] : nil
            }
            if let position = byPlace[place] {
                pass(to: position)
                return known[position]
            }
            guard let position = byKey[key] else {
                isInOrder = false
                return nil
            }
            pass(to: position)
            return known[position].object.isIdentical(to: object) ? known[position] : nil
        }

        private mutating func pass(to position: Int) {
            if position < next { isInOrder = false }
            next = position + 1
        }
    }
}
