import Crypto
import Document
import System

/// Records and signed reports of refreshes, in files of the service's state. They hold counters and digests, no data.
package struct RefreshStore: Sendable {
    private let folder: String

    /// - Parameter folder: one a project; made when it is first written to.
    package init(folder: String) {
        self.folder = folder
    }

    private static let longestFile = 16 << 20

    private func path(_ dataset: String, _ environment: String, _ ending: String) -> String {
        "\(folder)/\(environment).\(dataset).\(ending)"
    }

    /// What is known; an empty record where nothing was ever done.
    package func record(of dataset: String, in environment: String) throws -> RefreshRecord {
        let path = path(dataset, environment, "json")
        guard Files.exists(path) else { return RefreshRecord() }
        return try RefreshRecord(
            try JSON.parse(try Files.read(path, limit: Self.longestFile), file: SourceFile(path)))
    }

    package func keep(_ record: RefreshRecord, of dataset: String, in environment: String) throws {
        try Files.makeFolders(folder, mode: 0o700)
        try Files.replace(path(dataset, environment, "json"), with: JSON.emit(record.value), mode: 0o600)
    }

    /// A signed report, under its digest: the one before stays until the data that it is about has been replaced.
    package func keep(report: [UInt8], of dataset: String, in environment: String) throws -> String {
        let digest = Digest.sha256(report)
        try Files.makeFolders(folder, mode: 0o700)
        try Files.replace(path(dataset, environment, "\(digest.hex).report"), with: report, mode: 0o600)
        return digest.description
    }

    /// The report with a digest, and the file that it is in; nil where it is not there, or is another.
    package func report(_ digest: String, of dataset: String, in environment: String) throws -> ([UInt8], String)? {
        guard let wanted = Digest(digest) else { return nil }
        let path = path(dataset, environment, "\(wanted.hex).report")
        guard Files.exists(path) else { return nil }
        let bytes = try Files.read(path, limit: Self.longestFile)
        return Digest.sha256(bytes) == wanted ? (bytes, path) : nil
    }

    /// Removes all reports but one.
    package func forgetReports(but digest: String, of dataset: String, in environment: String) throws {
        let kept = Digest(digest).map { path(dataset, environment, "\($0.hex).report") }
        for name in try Files.names(in: folder)
        where name.hasPrefix("\(environment).\(dataset).") && name.hasSuffix(".report") && "\(folder)/\(name)" != kept {
            try Files.remove("\(folder)/\(name)")
        }
    }
}
