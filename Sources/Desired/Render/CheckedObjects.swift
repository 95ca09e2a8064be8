import Crypto
import Document
import Manifest

/// The objects of a rendering with the manifests that they are, so that the next one checks and digests only what has
/// changed: what an overlay leaves as a file has it is the same mapping in memory as before.
struct CheckedObjects: Sendable {
    /// As they were before their namespaces were set; they are kept so that their places in memory stay theirs.
    let objects: [Value]
    /// What was known of kinds when they were checked.
    let clusterKinds: Set<String>
    private(set) var manifests: [Manifest] = []
    /// Each manifest's SHA-256.
    private(set) var digests: [Digest] = []
    private var positions: [UInt: Int] = [:]

    init(objects: [Value], clusterKinds: Set<String>) {
        self.objects = objects
        self.clusterKinds = clusterKinds
        manifests.reserveCapacity(objects.count)
        digests.reserveCapacity(objects.count)
        positions.reserveCapacity(objects.count)
    }

    /// Adds the manifest of the next object.
    mutating func append(_ manifest: Manifest, _ digest: Digest) {
        if let place = objects[manifests.count].fields?.place { positions[place] = manifests.count }
        manifests.append(manifest)
        digests.append(digest)
    }

    /// Which of these an object is, unchanged; nil when it is none of them.
    func position(of object: Value) -> Int? {
        object.fields.flatMap { positions[$0.place] }
    }
}
