import Crypto
import Document

/// `Chart.lock`: the versions that a chart's dependencies were resolved to (Helm's documentation, "helm dependency").
enum ChartLock {
    /// Whether the lock is of this `Chart.yaml`, and `charts/` holds what is locked.
    ///
    /// - Throws: `Problem` at the lock. A chart without one is fine.
    static func check(_ chart: Chart) throws(Problem) {
        guard let lock = chart.lock, let dependencies = chart.dependencies else { return }
        let locked = lock["dependencies"]?.items ?? []
        let digest = lock["digest"]
        if let text = digest?.string, !text.isEmpty, !digests(dependencies.map(\.source), locked).contains(text) {
            throw Problem(
                "the lock of the chart \(chart.name) is not that of its dependencies, which were changed after it",
                at: digest?.origin ?? lock.origin,
                hint: "run belay chart vendor --update, and commit the lock and charts/")
        }
        for entry in locked {
            guard let name = entry["name"]?.string, let version = entry["version"]?.scalar?.text else { continue }
            let found = chart.charts.filter { $0.name == name }
            if found.isEmpty || found.contains(where: { same($0.version, version) }) { continue }
            throw Problem(
                "the chart \(name) in charts/ is version \(found[0].version), and \(version) is locked",
                at: entry["version"]?.origin ?? entry.origin,
                hint: "run belay chart vendor, and commit charts/")
        }
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        guard let left = SemanticVersion(left), let right = SemanticVersion(right) else { return false }
        return left.text == right.text
    }

    /// The digests that Helm 3 may have written for the dependencies: over both lists, or the older one over what is asked
    /// for alone.
    static func digests(_ wanted: [Value], _ locked: [Value]) -> [String] {
        let both = Value.sequence([.sequence(wanted.map(canonical)), .sequence(locked.map(canonical))])
        let older = Value.mapping(
            Mapping([.init(key: .init("dependencies"), value: .sequence(wanted.map(canonical)))]))
        return [both, older].map { value in
            "sha256:" + Digest.sha256(JSON.emit(value, JSON.Form(escapesHTML: true))).hex
        }
    }

    /// A dependency as Go writes it: its fields in order, empty ones left out.
    private static func canonical(_ item: Value) -> Value {
        var fields: [Mapping.Entry] = []
        for key in ["name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias"] {
            let isKept = key == "name" || key == "repository"
            guard let value = item[key], !value.isNull else {
                if isKept { fields.append(.init(key: .init(key), value: .string(""))) }
                continue
            }
            switch key {
            case "tags" where value.items?.isEmpty == false, "import-values" where value.items?.isEmpty == false:
                // Mappings within come in order of their keys.
                fields.append(.init(key: .init(key), value: TemplateValue(value).value))
            case "tags", "import-values": continue
            case "enabled":
                if value.bool == true { fields.append(.init(key: .init(key), value: .bool(true))) }
            default:
                let text = value.scalar?.text ?? ""
                if isKept || !text.isEmpty { fields.append(.init(key: .init(key), value: .string(text))) }
            }
        }
        return .mapping(Mapping(fields))
    }
}
