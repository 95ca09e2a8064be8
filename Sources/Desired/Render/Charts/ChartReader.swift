import Crypto
import Document
import FileTree

/// Reads what an entry of `apps` says of a chart.
enum ChartReader {
    /// nil when it says nothing of one.
    static func settings(_ reader: inout FieldReader) throws(Problem) -> ChartSettings? {
        var settings = ChartSettings()
        let names = ["chart", "release", "values", "valuesFiles", "dependencies", "lookup"]
        let given = names.filter { reader.value($0) != nil }
        guard !given.isEmpty else { return nil }
        if let chart = reader.value("chart") {
            settings.remote = try pin(chart)
            if let dependencies = reader.value("dependencies") {
                throw Problem(
                    "a chart that is fetched brings its dependencies in its archive", at: dependencies.origin,
                    hint: "remove \"dependencies\"")
            }
        }
        settings.release = try reader.string("release")
        settings.values = reader.value("values")
        settings.looksUp = try reader.bool("lookup")
        if let values = settings.values, values.fields == nil {
            throw Problem("\"values\" must be a mapping", at: values.origin)
        }
        for file in try reader.texts("valuesFiles") {
            let path = try TreePath.root.referred(by: file.string ?? "", at: file.origin)
            settings.valuesFiles.append(.init(path: path, origin: file.origin))
        }
        for entry in try reader.pairs("dependencies") {
            settings.dependenciesOrigin = entry.value.origin
            settings.digests[entry.key.text] = try digest(entry.value)
        }
        return settings
    }

    /// Reads what an environment says of all its charts.
    static func environment(_ reader: inout FieldReader) throws(Problem) -> EnvironmentCharts {
        let values = reader.value("values")
        if let values, values.fields == nil {
            throw Problem("\(reader.subject) needs \"values\" to be a mapping", at: values.origin)
        }
        _ = try reader.string("kubeVersion")
        return EnvironmentCharts(
            values: values, kubeVersion: reader.value("kubeVersion"),
            apiVersions: try reader.texts("apiVersions").compactMap(\.string),
            rotation: try reader.int("rotation") ?? 0, looksUp: try reader.bool("lookup") ?? false)
    }

    /// Reads one version of a chart with its digest.
    static func pin(_ value: Value) throws(Problem) -> ChartPin {
        var reader = try FieldReader(value, "the chart")
        let repository = try reader.required("repository")
        let text = try reader.requiredString("repository")
        try checkRepository(text, at: repository.origin)
        let name = try reader.required("name")
        let version = try reader.required("version")
        guard let digest = reader.value("digest") else {
            throw Problem(
                "the chart \(name.string ?? "") has no digest, so what it is could change under its name",
                at: value.origin,
                hint: "run: belay chart pin \(text) \(name.string ?? "NAME") --version \(version.scalar?.text ?? "…")")
        }
        let pin = ChartPin(
            repository: trimmed(text), name: try reader.requiredString("name"),
            version: try reader.requiredString("version"), digest: try self.digest(digest),
            isVerified: try reader.bool("verify") ?? false, origin: name.origin)
        try reader.finish()
        guard isName(pin.name) else {
            throw Problem(
                "“\(pin.name)” is no name of a chart", at: name.origin, hint: "leave its path to \"repository\"")
        }
        guard isVersion(pin.version) else {
            throw Problem(
                "“\(pin.version)” is no version of a chart", at: version.origin,
                hint: "name one version, such as 17.3.1; `belay chart pin` finds the newest that a range allows")
        }
        return pin
    }

    static func digest(_ value: Value) throws(Problem) -> Digest {
        guard let text = value.string, let digest = Digest(text), digest.algorithm == .sha256 else {
            throw Problem("this is no digest of an archive", at: value.origin, hint: "write sha256: and 64 digits")
        }
        return digest
    }

    /// - Throws: `Problem` for an address of another kind, or one that holds a password, which git must not.
    static func checkRepository(_ text: String, at origin: Origin) throws(Problem) {
        let known = ["https://", "http://", "oci://"]
        guard let scheme = known.first(where: text.hasPrefix), text.utf8.count > scheme.utf8.count,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else {
            throw Problem(
                "“\(text)” is no chart repository", at: origin,
                hint: "write https://… for one with an index.yaml, oci://… for a registry")
        }
        let authority = text.dropFirst(scheme.count).prefix { $0 != "/" }
        guard !authority.contains("@") else {
            throw Problem(
                "a repository's address in git must hold no password", at: origin,
                hint: "name it under spec.charts.credentials of the server's config")
        }
    }

    static func trimmed(_ repository: String) -> String {
        var text = Substring(repository)
        while text.hasSuffix("/") { text.removeLast() }
        return String(text)
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 253 && text != "." && text != ".."
            && text.utf8.allSatisfy { isPlain($0) }
    }

    private static func isVersion(_ text: String) -> Bool {
        text.utf8.first.map { (48...57).contains($0) || $0 == UInt8(ascii: "v") } ?? false
            && text.utf8.count <= 128 && text.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "+") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "-_.".utf8.contains(byte)
    }
}
