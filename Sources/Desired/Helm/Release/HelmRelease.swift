import Archive
import Crypto
package import Document
import FileTree

/// A release as Helm keeps it in a cluster: a Secret whose only value is JSON, packed by gzip and written in base 64.
package struct HelmRelease {
    package private(set) var name: String
    package private(set) var namespace: String
    /// Counts up from 1 with each upgrade.
    package private(set) var version: Int
    /// `deployed`, `superseded`, `failed`, …
    package private(set) var status: String
    /// The chart's files by their paths in it.
    package private(set) var chart: [String: [UInt8]]
    package private(set) var chartName: String
    package private(set) var chartVersion: String
    /// What the user set beside the chart's own values; nil for nothing.
    package private(set) var values: Value?
    /// Names of charts that the release does not hold.
    package private(set) var subcharts: [String]
    /// The objects that Helm deployed; hooks and what is in crds/ are none of them.
    package private(set) var manifests: [Value]

    private static let limits = ArchiveLimits(entries: 1, bytes: 256 << 20, ratio: 200)

    /// - Parameter secret: a Secret of type `helm.sh/release.v1`, or a ConfigMap where Helm was told to use these.
    /// - Throws: `Problem` for one that holds no release.
    package init(_ secret: Value) throws {
        let origin = secret[path: "metadata", "name"]?.string ?? "the Secret"
        guard let packed = Self.packed(secret) else { throw Problem("\(origin) holds no release of Helm") }
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
        do {
            manifests = try YAML.parse(
                Array((release["manifest"]?.string ?? "").utf8), file: SourceFile(origin), repeatedKeys: .lastCounts
            ).filter { $0.fields != nil }
        } catch {
            throw Problem("the objects of the release in \(origin) cannot be read: \(error.message)")
        }
    }

    /// The release's bytes: in base 64 once, and in a Secret, whose values are, twice; nil for what holds none.
    private static func packed(_ object: Value) -> [UInt8]? {
        guard let data = object[path: "data", "release"]?.string, let outer = Base64.decode(data) else { return nil }
        if object["kind"]?.string == "ConfigMap" { return outer }
        guard object["type"]?.string == "helm.sh/release.v1" else { return nil }
        return Base64.decode(String(decoding: outer, as: UTF8.self))
    }

    /// The version of a release that is deployed, among all that a file or a cluster has.
    ///
    /// - Parameter hint: what to do when there is no release of the name at all.
    /// - Throws: `Problem` that says in which states its versions are.
    package static func deployed(
        _ name: String, among objects: [Value], in place: String, hint: String
    ) throws -> HelmRelease {
        let releases = try objects.map(HelmRelease.init).filter { $0.name == name }.sorted { $0.version < $1.version }
        if let deployed = releases.last(where: { $0.status == "deployed" }) { return deployed }
        let states = releases.map { "version \($0.version) is \($0.status)" }.joined(separator: ", ")
        throw Problem(
            "\(place) has no release \(name) that is deployed", hint: states.isEmpty ? hint : states)
    }

    /// The Secrets and ConfigMaps in a file, as `kubectl get secret -o yaml` prints them: one, several, or a list.
    ///
    /// - Throws: `Problem` where something else stands.
    package static func objects(in bytes: [UInt8], file: SourceFile) throws(Problem) -> [Value] {
        var objects: [Value] = []
        for document in try YAML.parse(bytes, file: file) where !document.isNull {
            let items = document["kind"]?.string?.hasSuffix("List") == true ? document["items"]?.items : nil
            objects += items ?? [document]
        }
        let releases = objects.filter {
            $0["type"]?.string == "helm.sh/release.v1"
                || $0["kind"]?.string == "ConfigMap" && $0[path: "metadata", "labels", "owner"]?.string == "helm"
        }
        guard !releases.isEmpty else {
            throw Problem(
                "\(file.path) holds no release of Helm", at: objects.first?.origin ?? Origin(file),
                hint: "write it with: kubectl get secret -l owner=helm -o yaml")
        }
        return releases
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
