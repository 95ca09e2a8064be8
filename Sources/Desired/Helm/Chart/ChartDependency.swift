import Document

/// A dependency that `Chart.yaml` names. Copies of a chart under several aliases share it, as in Helm.
final class ChartDependency {
    /// The alias, once it has been given to the chart.
    var name: String
    let version: String
    let repository: String
    /// Paths of values, by commas: the first that is a truth value decides.
    let condition: String
    let tags: [String]
    let alias: String
    /// Tables that the chart hands up; taken out once they were.
    var imports: [TemplateValue]
    var isEnabled = true
    let origin: Origin
    /// As `Chart.yaml` has it.
    let source: Value

    init(_ item: Value) {
        func text(_ key: String) -> String { item[key]?.isNull == false ? item[key]?.scalar?.text ?? "" : "" }
        name = text("name")
        version = text("version")
        repository = text("repository")
        condition = text("condition")
        tags = (item["tags"]?.items ?? []).map { $0.scalar?.text ?? "" }
        alias = text("alias")
        imports = (item["import-values"]?.items ?? []).map(TemplateValue.init)
        origin = item["name"]?.origin ?? item.origin
        source = item
    }

    private init(copying other: ChartDependency) {
        name = other.name
        version = other.version
        repository = other.repository
        condition = other.condition
        tags = other.tags
        alias = other.alias
        imports = other.imports.map(\.copied)
        isEnabled = other.isEnabled
        origin = other.origin
        source = other.source
    }

    func copy() -> ChartDependency { ChartDependency(copying: self) }

    /// The dependencies of a chart; those of `requirements.yaml`, which older charts have, before those of `Chart.yaml`.
    ///
    /// - Returns: nil when no file names any.
    static func read(_ metadata: Value, _ requirements: Chart.File?) throws(Problem) -> [ChartDependency]? {
        var list = metadata["dependencies"]
        if let requirements, let own = try ChartFiles.document(requirements)["dependencies"] {
            list = ChartMetadata.asGoReads(own)
        }
        guard let list, !list.isNull else { return nil }
        guard let items = list.items else { throw Problem("dependencies must be a list", at: list.origin) }
        var dependencies: [ChartDependency] = []
        var known: [String: ChartDependency] = [:]
        for item in items {
            guard item.fields != nil else { throw Problem("a dependency must be a mapping", at: item.origin) }
            let dependency = ChartDependency(item)
            let isPlain = dependency.alias.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
            }
            guard isPlain else {
                throw Problem(
                    "the alias \"\(dependency.alias)\" of the dependency \(dependency.name) is no name",
                    at: item["alias"]?.origin ?? item.origin, hint: "use letters, digits, \"_\" and \"-\"")
            }
            let name = dependency.alias.isEmpty ? dependency.name : dependency.alias
            if let other = known.updateValue(dependency, forKey: name) {
                throw Problem(
                    "two dependencies are named \(name); the other is at \(other.origin)", at: dependency.origin,
                    hint: "give one of them an alias")
            }
            dependencies.append(dependency)
        }
        return dependencies
    }

    /// As `.Chart.Dependencies` shows it.
    var object: TemplateValue {
        .host(
            StructObject(
                typeName: "*chart.Dependency",
                fields: [
                    .init("Name", .string(name), isKept: true), .init("Version", .string(version)),
                    .init("Repository", .string(repository), isKept: true), .init("Condition", .string(condition)),
                    .init("Tags", .list(tags.map(TemplateValue.string))), .init("Enabled", .bool(isEnabled)),
                    .init("ImportValues", .list(imports), key: "import-values"), .init("Alias", .string(alias)),
                ]))
    }
}
