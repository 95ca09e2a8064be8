import Document
import FileTree
import Scrub

/// Reads `belay.yaml`, kind `Project`, strictly.
struct ProjectReader {
    let tree: any FileTree

    func project(_ document: Value) throws(Problem) -> Project {
        var top = try FieldReader(document, "the project")
        try Self.checkHeader(&top, kind: "Project")
        let name = try Self.metadataName(&top)
        let specification = try top.required("spec")
        try top.finish()
        var reader = try FieldReader(specification, "the project's spec")
        let items = try reader.items("environments")
        let scrub = reader.value("scrub")
        _ = try reader.string("scrub")
        var remotes: [RemotePin] = []
        for item in try reader.items("remotes") { remotes.append(try RemotePin(item)) }
        var charts: [ChartPin] = []
        for item in try reader.items("charts") { charts.append(try ChartReader.pin(item)) }
        let datasets = try reader.texts("datasets")
        try reader.finish()
        if items.isEmpty {
            throw Problem("the project \(name) has no environments", at: specification.origin)
        }
        var environments: [Environment] = []
        for item in items {
            let environment = try self.environment(item)
            if let other = environments.first(where: { $0.name == environment.name }) {
                throw Problem(
                    "two environments are named \(environment.name); the other is at \(other.origin)",
                    at: environment.origin)
            }
            environments.append(environment)
        }
        try checkPromotions(of: environments)
        let policy = try policy(scrub)
        var project = Project(name: name, environments: environments)
        if let policy { project.scrubPolicy = try ScrubPolicy(policy) }
        let rules = project.scrubPolicy.datasets
        project.datasets = try DatasetReader(environments: environments, policy: policy.map { (rules, $0) })
            .all(datasets, in: tree)
        project.remotes = remotes
        project.charts = charts
        return project
    }

    /// Checks `apiVersion` and `kind`, which every file of ours begins with.
    static func checkHeader(_ reader: inout FieldReader, kind: String) throws(Problem) {
        let version = try reader.required("apiVersion")
        if version.string != "belay/v1" {
            throw Problem("apiVersion must be belay/v1", at: version.origin)
        }
        let value = try reader.required("kind")
        if value.string != kind { throw Problem("kind must be \(kind)", at: value.origin) }
    }

    private static func metadataName(_ reader: inout FieldReader) throws(Problem) -> String {
        var metadata = try FieldReader(try reader.required("metadata"), "the project's metadata")
        let value = try metadata.required("name")
        let name = try metadata.requiredString("name")
        try metadata.finish()
        if let problem = NameRule.label.problem(name, of: "project", at: value.origin) { throw problem }
        return name
    }

    private func environment(_ value: Value) throws(Problem) -> Environment {
        var reader = try FieldReader(value, "the environment")
        let nameValue = try reader.required("name")
        let name = try reader.requiredString("name")
        if let problem = NameRule.label.problem(name, of: "environment", at: nameValue.origin) { throw problem }
        reader.subject = "environment \(name)"
        let namespace = reader.value("namespace")
        if let text = try reader.string("namespace"),
            let problem = NameRule.label.problem(text, of: "namespace", at: namespace?.origin ?? value.origin)
        {
            throw problem
        }
        var patterns: [ApplicationPattern] = []
        for item in try reader.items("apps") { patterns.append(try pattern(item, in: name)) }
        var environment = Environment(
            name: name, namespace: namespace?.string,
            dataClass: try Self.choice(&reader, "data") ?? .scrubbed,
            cluster: try reader.string("cluster") ?? Environment.localCluster,
            applications: patterns, charts: try ChartReader.environment(&reader),
            sync: try sync(try reader.fields("sync")),
            promotion: try promotion(try reader.fields("promote")),
            origin: nameValue.origin, namespaceOrigin: namespace?.origin ?? .none)
        environment.decryption = try Decryption(try reader.fields("decryption"))
        try reader.finish()
        return environment
    }

    private func pattern(_ value: Value, in environment: String) throws(Problem) -> ApplicationPattern {
        var reader = try FieldReader(value, "an entry of \"apps\" of environment \(environment)")
        let name = reader.value("name")
        _ = try reader.string("name")
        let chart = try ChartReader.settings(&reader)
        guard chart?.remote == nil else {
            guard let name else {
                throw Problem("a chart that is fetched needs a name for its application", at: value.origin)
            }
            if reader.value("path") != nil {
                throw Problem("an application has a path or a chart, not both", at: value.origin)
            }
            try reader.finish()
            return ApplicationPattern(path: nil, name: name.string, chart: chart, origin: name.origin)
        }
        let path = try reader.required("path")
        let pattern = try PathPattern(try reader.requiredString("path"), at: path.origin)
        try reader.finish()
        if let name, !pattern.isPlain {
            throw Problem("a pattern with wildcards gives the names itself", at: name.origin, hint: "remove \"name\"")
        }
        return ApplicationPattern(path: pattern, name: name?.string, chart: chart, origin: path.origin)
    }

    private func sync(_ reader: FieldReader?) throws(Problem) -> SyncPolicy {
        guard var reader else { return SyncPolicy() }
        let policy = SyncPolicy(
            automatic: try reader.bool("automatic") ?? true, prune: try reader.bool("prune") ?? true,
            selfHeal: try reader.bool("selfHeal") ?? true)
        try reader.finish()
        return policy
    }

    private func promotion(_ reader: FieldReader?) throws(Problem) -> PromotionRule? {
        guard var reader else { return nil }
        let from = try reader.required("from")
        var gates: [Gate] = []
        for item in try reader.items("gates") { gates.append(try GateReader.gate(item)) }
        let rule = PromotionRule(
            from: try reader.requiredString("from"), via: try Self.choice(&reader, "via") ?? .commit, gates: gates,
            origin: from.origin)
        try reader.finish()
        return rule
    }

    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ reader: inout FieldReader, _ key: String
    ) throws(Problem) -> Choice? {
        guard let value = reader.value(key) else { return nil }
        let text = try reader.requiredString(key)
        if let choice = Choice(rawValue: text) { return choice }
        let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem("\(reader.subject) has \(key) \"\(text)\"", at: value.origin, hint: "it may be one of: \(known)")
    }

    /// Every promotion comes from another environment, and none goes round in a circle.
    private func checkPromotions(of environments: [Environment]) throws(Problem) {
        let rules = Dictionary(environments.map { ($0.name, $0.promotion) }, uniquingKeysWith: { first, _ in first })
        for environment in environments {
            guard let rule = environment.promotion else { continue }
            guard rules[rule.from] != nil else {
                throw Problem(
                    "environment \(environment.name) is promoted from \"\(rule.from)\", which is no environment",
                    at: rule.origin, hint: "there are: \(environments.map(\.name).joined(separator: ", "))")
            }
            var seen: Set<String> = [environment.name]
            var next: String? = rule.from
            while let name = next {
                if !seen.insert(name).inserted {
                    throw Problem("the promotion into \(environment.name) goes round in a circle", at: rule.origin)
                }
                next = (rules[name] ?? nil)?.from
            }
        }
    }

    /// The scrub policy as it is written; nil where the project names none.
    private func policy(_ file: Value?) throws(Problem) -> Value? {
        guard let file, let text = file.string else { return nil }
        let path = try TreePath.root.referred(by: text, at: file.origin)
        let documents = try tree.documents(path, for: file.origin)
        guard let document = documents.first, documents.count == 1 else {
            throw Problem("a scrub policy must be one document", at: Origin(tree.sourceFile(path), line: 1, column: 1))
        }
        return document
    }
}
