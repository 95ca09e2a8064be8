package import Document
package import FileTree

extension LintRule {
    static let chartMetadata = LintRule("chart-metadata", .error, "Chart.yaml lacks a field, or has one that is wrong")
    static let chartUnknownField = LintRule(
        "chart-unknown-field", .warning, "Chart.yaml has a field that Helm does not know")
    static let chartIcon = LintRule("chart-icon", .info, "Chart.yaml names no icon")
    static let chartDependency = LintRule(
        "chart-dependency", .error, "A dependency is not in charts/, or is there in another version")
    static let chartLock = LintRule(
        "chart-lock", .warning, "Chart.lock lacks a dependency, or names one that Chart.yaml does not")
    static let chartNotes = LintRule("chart-notes", .info, "The chart has no templates/NOTES.txt")
    static let chartTemplates = LintRule("chart-templates", .warning, "The chart has no templates/ and no dependencies")
    static let unusedValue = LintRule("unused-value", .info, "No template reads a value of values.yaml")
    static let undefinedValue = LintRule(
        "undefined-value", .info, "A template reads a value that values.yaml does not tell of")
}

/// Looks at charts as they lie in their folders; what they render is looked at elsewhere.
package struct ChartLint {
    package static let rules: [LintRule] =
        [
            .chartMetadata, .chartUnknownField, .chartIcon, .chartDependency, .chartLock, .chartNotes, .chartTemplates,
            .unusedValue, .undefinedValue,
        ] + detailRules

    let tree: any FileTree
    let folder: TreePath
    /// `Chart.yaml`; null where it is no YAML.
    let metadata: Value
    let place: Origin
    /// What the chart depends on, from `Chart.yaml`, or from `requirements.yaml` as charts of version 1 have it.
    private let requirements: [Value]

    /// - Throws: `Problem` when `Chart.yaml` cannot be read.
    package init(_ folder: TreePath, in tree: any FileTree) throws(Problem) {
        self.tree = tree
        self.folder = folder
        let path = folder.appending("Chart.yaml")
        place = Origin(tree.sourceFile(path), line: 1, column: 1)
        let bytes = try tree.read(path, for: .none).bytes
        metadata = try YAML.parse(bytes, file: tree.sourceFile(path), repeatedKeys: .lastCounts).first ?? .null
        let former = folder.appending("requirements.yaml")
        if let items = metadata["dependencies"]?.items {
            requirements = items
        } else if try tree.kind(of: former, for: .none) == .file {
            requirements = try tree.documents(former, for: .none).first?["dependencies"]?.items ?? []
        } else {
            requirements = []
        }
    }

    package var isLibrary: Bool { metadata["type"]?.string == "library" }

    package func findings() throws(Problem) -> [Finding] {
        guard metadata.fields != nil else {
            return [Finding(.chartMetadata, "Chart.yaml must be a mapping of fields", at: place)]
        }
        var found = fields() + unknownFields()
        if metadata["icon"] == nil, !isLibrary {
            found.append(Finding(.chartIcon, "the chart has no icon", at: place, hint: "name one under icon:"))
        }
        found += try files() + details()
        guard let chart = try? Chart.load(folder, in: tree) else { return found }
        found += dependencies(of: chart) + (try lock())
        if !isLibrary { found += ValueUse(chart).findings(valuesIn: try values()) }
        return found
    }

    // MARK: Chart.yaml

    private func fields() -> [Finding] {
        var found: [Finding] = []
        func refuse(_ message: String, _ field: String, _ hint: String) {
            found.append(Finding(.chartMetadata, message, at: metadata[field]?.origin ?? place, hint: hint))
        }
        let version = text("apiVersion")
        if version != "v1", version != "v2" {
            refuse(
                version.isEmpty ? "the chart has no apiVersion" : "the apiVersion \"\(version)\" is none of charts",
                "apiVersion", "write apiVersion: v2")
        }
        let name = text("name")
        if name.isEmpty || name.utf8.count > 250 || !name.utf8.allSatisfy(Self.isNameByte) {
            refuse(
                name.isEmpty ? "the chart has no name" : "\"\(name)\" is no name of a chart", "name",
                "use letters, digits, \"-\", \"_\" and \".\"")
        }
        let own = text("version")
        if SemanticVersion(own) == nil {
            refuse(
                own.isEmpty ? "the chart has no version" : "the chart's version \"\(own)\" is none", "version",
                "write it as in 1.2.3 (semver.org)")
        }
        let type = text("type")
        if !["", "application", "library"].contains(type) {
            refuse("the chart's type \"\(type)\" is none", "type", "it is application or library")
        }
        if let constraint = metadata["kubeVersion"]?.scalar?.text, (try? VersionConstraint(constraint)) == nil {
            refuse("kubeVersion \"\(constraint)\" is no range of versions", "kubeVersion", "write it as >=1.28.0-0")
        }
        if let version = metadata["appVersion"], let scalar = version.scalar, scalar.kind != .string {
            // Helm reads 1.10 as 1.1.
            refuse("the appVersion \(scalar.text) is a number", "appVersion", "quote it: \"\(scalar.text)\"")
        }
        return found + dependencyFields()
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

    func text(_ key: String) -> String {
        guard let scalar = metadata[key]?.scalar, scalar.kind != .null else { return "" }
        return scalar.text
    }

    private func dependencyFields() -> [Finding] {
        var found: [Finding] = []
        var seen: Set<String> = []
        for item in requirements {
            guard let name = item["name"]?.string, !name.isEmpty else {
                found.append(Finding(.chartMetadata, "a dependency has no name", at: item.origin))
                continue
            }
            let used = item["alias"]?.string ?? name
            if !seen.insert(used).inserted {
                found.append(
                    Finding(
                        .chartMetadata, "two dependencies are named \(used)", at: item["name"]?.origin ?? item.origin,
                        hint: "give one of them an alias"))
            }
            if let range = item["version"]?.scalar?.text, (try? VersionConstraint(range)) == nil {
                found.append(
                    Finding(
                        .chartMetadata, "\"\(range)\" of the dependency \(name) is no range of versions",
                        at: item["version"]?.origin ?? item.origin, hint: "write it as ^1.2.3"))
            }
        }
        return found
    }

    private static let known: Set<String> = [
        "apiVersion", "name", "version", "kubeVersion", "description", "type", "keywords", "home", "sources",
        "dependencies", "maintainers", "icon", "appVersion", "deprecated", "annotations", "engine", "tags", "condition",
        "tillerVersion",
    ]

    private func unknownFields() -> [Finding] {
        (metadata.fields?.entries ?? []).filter { !Self.known.contains($0.key.text) }.map { entry in
            let nearest = Spelling.nearest(to: entry.key.text, among: Self.known)
            return Finding(
                .chartUnknownField, "Chart.yaml has no field \"\(entry.key.text)\"", at: entry.key.origin,
                hint: nearest.map { "did you mean \"\($0)\"?" } ?? "put what is yours under annotations:")
        }
    }

    // MARK: Files

    private func files() throws(Problem) -> [Finding] {
        let templates = folder.appending("templates")
        guard try tree.kind(of: templates, for: .none) == .folder else {
            if !requirements.isEmpty { return [] }
            return [Finding(.chartTemplates, "the chart has no templates/, and so makes nothing", at: place)]
        }
        let notes = try tree.kind(of: templates.appending("NOTES.txt"), for: .none)
        if isLibrary || notes == .file { return [] }
        return [
            Finding(
                .chartNotes, "the chart has no templates/NOTES.txt", at: place,
                hint: "tell there how to reach what was installed")
        ]
    }

    private func values() throws(Problem) -> Value? {
        let path = folder.appending("values.yaml")
        guard try tree.kind(of: path, for: .none) == .file else { return nil }
        return try tree.documents(path, for: .none).first
    }

    // MARK: Dependencies

    private func dependencies(of chart: Chart) -> [Finding] {
        var found: [Finding] = []
        for item in requirements {
            guard let name = item["name"]?.string else { continue }
            let present = chart.charts.filter { $0.name == name }
            let origin = item["name"]?.origin ?? item.origin
            if present.isEmpty {
                found.append(
                    Finding(
                        .chartDependency, "the dependency \(name) is not in charts/", at: origin,
                        hint: "run belay chart vendor (or helm dependency build), and commit charts/"))
                continue
            }
            guard let range = item["version"]?.scalar?.text, let wanted = try? VersionConstraint(range) else {
                continue
            }
            let versions = present.map(\.version)
            if !versions.contains(where: { SemanticVersion($0).map(wanted.allows) ?? false }) {
                found.append(
                    Finding(
                        .chartDependency,
                        "charts/ has \(name) \(versions.joined(separator: ", ")), and \(range) is wanted", at: origin,
                        hint: "run belay chart vendor --update, and commit charts/ and Chart.lock"))
            }
        }
        return found
    }

    private func lock() throws(Problem) -> [Finding] {
        let path = folder.appending("Chart.lock")
        guard try tree.kind(of: path, for: .none) == .file else { return [] }
        let lock = try tree.documents(path, for: .none).first ?? .null
        let locked = Set((lock["dependencies"]?.items ?? []).compactMap { $0["name"]?.string })
        let wanted = Set(requirements.compactMap { $0["name"]?.string })
        let origin = Origin(tree.sourceFile(path), line: 1, column: 1)
        let hint = "run belay chart vendor --update"
        return wanted.subtracting(locked).sorted().map {
            Finding(.chartLock, "Chart.lock has no \($0), which Chart.yaml names", at: origin, hint: hint)
        }
            + locked.subtracting(wanted).sorted().map {
                Finding(.chartLock, "Chart.lock has \($0), which Chart.yaml does not name", at: origin, hint: hint)
            }
    }
}
