import Crypto
package import Document
package import Render
internal import System

/// Charts by their digest, in a folder: what was fetched once is there for every environment, commit and process.
///
/// Files are put in their place whole, so that several processes may share the folder. What is read is checked against
/// its digest each time.
package struct ChartCache: ChartStore {
    private let folder: String
    /// The longest archive that is kept, in bytes.
    static let limit = 64 << 20

    package init(folder: String) {
        self.folder = folder
    }

    private func path(_ digest: Digest) -> String { "\(folder)/\(digest.algorithm.rawValue)-\(digest.hex).tgz" }

    package func archive(_ pin: ChartPin) throws(Problem) -> [UInt8] {
        do {
            if let bytes = try bytes(pin.digest) { return bytes }
        } catch {
            throw Problem("the chart \(pin) cannot be read: \(error)", at: pin.origin)
        }
        throw Problem(
            "the chart \(pin) has not been fetched to this machine", at: pin.origin,
            hint: "a service fetches it by itself; here, run: belay chart pull")
    }

    /// Whether an archive is there; it is checked when it is read.
    func holds(_ digest: Digest) -> Bool { Files.exists(path(digest)) }

    /// nil when it is not there, or when what is there has another digest: then it is fetched anew.
    func bytes(_ digest: Digest) throws -> [UInt8]? {
        let path = path(digest)
        guard Files.exists(path) else { return nil }
        let bytes = try Files.read(path, limit: Self.limit)
        guard Digest.of(bytes, by: digest.algorithm) == digest else {
            try? Files.remove(path)
            return nil
        }
        return bytes
    }

    /// The provenance file that came with an archive.
    func provenance(_ digest: Digest) throws -> [UInt8]? {
        let path = path(digest) + ".prov"
        return Files.exists(path) ? try Files.read(path, limit: Provenance.limit) : nil
    }

    func keep(_ bytes: [UInt8], provenance: [UInt8]?, under digest: Digest) throws {
        try Files.makeFolders(folder, mode: 0o700)
        if let provenance { try Files.replace(path(digest) + ".prov", with: provenance, mode: 0o600) }
        try Files.replace(path(digest), with: bytes, mode: 0o600)
    }
}
