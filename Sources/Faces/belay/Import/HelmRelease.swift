import Archive
import Crypto
import Document
import FileTree

/// A release as Helm keeps it in a cluster: a Secret whose only value is JSON, packed by gzip and written in base 64.
struct HelmRelease {
    var name: String
    var namespace: String
    /// Counts up from 1 with each upgrade.
    var version: Int
    /// `deployed`, `superseded`, `failed`, …
    var status: String
    /// The chart's files by their paths in it.
    var chart: [String: [UInt8]]
    var chartName: String
    var chartVersion: String
    /// What the user set beside the chart's own values; nil for nothing.
    var values: Value?
    /// Names of charts that the release does not hold.
    var subcharts: [String]

    private static let limits = ArchiveLimits(entries: 1, bytes: 256 << 20, ratio: 200)

    /// - Parameter secret: of type `helm.sh/release.v1`.
    /// - Throws: `Problem` for one that holds no release.
    init(_ secret: Value) throws {
        let origin = secret[path: "metadata", "name"]?.string ?? "the Secret"
        guard secret["type"]?.string == "helm.sh/release.v1", let data = secret[path: "data", "release"]?.string,
            let outer = Base64.decode(data), let packed = Base64.decode(String(decoding: outer, as: UTF8.self))
        else { throw Problem("\(origin) holds no release of Helm") }
        let release: Value
        do {
            release = try JSON.parse(try Self.unpacked(packed))
        } catch {
            throw Problem("the release in \(origin) cannot be read: \(error)")
        }
        name = release["name"]?.string ?? ""
        namespace = release["namespace"]?.string ?? "default"
        version = release["version"]?.int ?? 0
        status = release[path: "info", "status"]?.string ?? ""
        let chart = release["chart"]
        chartName = chart?[path: "metadata", "name"]?.string ?? ""
        chartVersion = chart?[path: "metadata", "version"]?.string ?? ""
        subcharts = (chart?[path: "metadata", "dependencies"]?.items ?? []).compactMap { $0["name"]?.string }
        values = release["config"].flatMap { $0.fields?.entries.isEmpty == false ? $0 : nil }
        guard !name.isEmpty, !chartName.isEmpty else { throw Problem("the release in \(origin) has no name or chart") }
        self.chart = try Self.files(chart ?? .null)
    }

    /// A release that is not packed is as old as Helm 2.
    private static func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        guard bytes.starts(with: [0x1F, 0x8B]) else { return bytes }
        let reader = try Decompressor(Bytes.source(bytes), limits: limits)
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try chunk.withUnsafeMutableBytes { try reader.read(into: $0) }
            if count == 0 { return text }
            text += chunk[..<count]
        }
    }

    private static func files(_ chart: Value) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let listed = (chart["templates"]?.items ?? []) + (chart["files"]?.items ?? [])
        for file in listed {
            guard let name = file["name"]?.string, let path = TreePath(name), path != .root, path.text == name,
                let bytes = Base64.decode(file["data"]?.string ?? "")
            else {
                throw Problem("the release holds a file with the name \(file["name"]?.string ?? ""), which is none")
            }
            files[name] = bytes
        }
        if let metadata = chart["metadata"] { files["Chart.yaml"] = YAML.emit([metadata]) }
        if let values = chart["values"], values.fields?.entries.isEmpty == false {
            files["values.yaml"] = YAML.emit([values])
        }
        if let lock = chart["lock"], lock.fields != nil { files["Chart.lock"] = YAML.emit([lock]) }
        if let schema = chart["schema"]?.string, let bytes = Base64.decode(schema), !bytes.isEmpty {
            files["values.schema.json"] = bytes
        }
        return files
    }
}
