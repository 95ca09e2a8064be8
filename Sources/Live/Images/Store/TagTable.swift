package import Crypto
import Document
import Glibc
package import System

/// Which image a name stands for, in one small file that is replaced as a whole: `names.json`. Several processes may
/// share it: changes are made under a lock.
struct TagTable: Sendable {
    private let root: String

    init(root: String) {
        self.root = root
    }

    private var path: String { "\(root)/names.json" }

    /// All names.
    func all() throws(ImageError) -> [String: NamedImage] {
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch {
            if error.code == ENOENT { return [:] }
            throw ImageError(error, while: "reading the names of images")
        }
        let value: Value
        do { value = try JSON.parse(bytes) } catch {
            throw ImageError(
                .corrupt, "\(path) cannot be read: \(error.message)",
                hint: "move it away and pull or import the images again")
        }
        var images: [String: NamedImage] = [:]
        for entry in value["images"]?.fields?.entries ?? [] {
            guard let image = NamedImage(entry.value) else {
                throw ImageError(.corrupt, "\(path): what \(entry.key.text) stands for cannot be read")
            }
            images[entry.key.text] = image
        }
        return images
    }

    /// Changes the table; the file is replaced when something changed.
    func change(_ body: (inout [String: NamedImage]) -> Void) throws(ImageError) {
        let lock = try lock()
        let former = try all()
        var images = former
        body(&images)
        guard images != former else { return }
        let entries = images.sorted { $0.key < $1.key }.map { Mapping.Entry(key: .init($0.key), value: $0.value.value) }
        let bytes = JSON.emit(["version": 1, "images": .mapping(Mapping(entries))], .indented)
        do { try Files.replace(path, with: bytes, mode: 0o600) } catch {
            throw ImageError(error, while: "changing the names of images")
        }
        withExtendedLifetime(lock) {}
    }

    private func lock() throws(ImageError) -> OwnedDescriptor {
        let path = "\(root)/names.lock"
        do {
            let file = OwnedDescriptor(
                owning: try checked("open", on: path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) })
            try checked("flock", on: path) { flock(file.raw, LOCK_EX) }
            return file
        } catch {
            throw ImageError(error, while: "changing the names of images")
        }
    }
}

/// What a name stands for.
package struct NamedImage: Sendable, Hashable {
    /// The manifest for this machine's platform.
    package var manifest: Digest
    /// What the registry gave under the name: that manifest, or an index that leads to it.
    package var target: Digest
    /// When the name was last set here.
    package var time: Timestamp

    package init(manifest: Digest, target: Digest, time: Timestamp) {
        self.manifest = manifest
        self.target = target
        self.time = time
    }

    init?(_ value: Value) {
        guard let manifest = value["manifest"]?.string.flatMap({ Digest($0) }),
            let target = value["target"]?.string.flatMap({ Digest($0) }),
            let time = value["time"]?.string.flatMap({ Timestamp($0) })
        else { return nil }
        self.init(manifest: manifest, target: target, time: time)
    }

    var value: Value {
        [
            "manifest": .string(manifest.description), "target": .string(target.description),
            "time": .string(time.description),
        ]
    }
}
