package import Document
package import FileTree
package import Scrub

/// Live data that scrubbed environments get a copy of: a file of kind `Dataset` that `belay.yaml` names.
package struct Dataset: Sendable {
    package static let kind = "Dataset"

    /// A form that data may have on its way.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case postgres, mysql, csv, tsv, ndjson, json, yaml, dotenv, sqlite, tar
    }

    /// Where data comes from, or goes to.
    package enum Place: Sendable, Hashable {
        /// A program in a pod writes it to its output, or reads it from its input.
        case program(Program)
        /// A file on the volume of a PersistentVolumeClaim.
        case volume(claim: String, path: String)
        /// A file of the repository; never a target.
        case file(TreePath)
    }

    /// A program and where it runs.
    package struct Program: Sendable, Hashable {
        /// `deploy/database`, `pod/database-0`: one of its ready pods.
        package var workload: String
        /// nil for the pod's only container.
        package var container: String?
        package var command: [String]
        /// A source's only: what writes the schema alone, in the same form; empty where it is not needed, or not known.
        package var schema: [String]
        /// A target's only: what puts in place what was loaded aside.
        package var commit: [String]
        package var origin: Origin
    }

    package var name: String
    /// The environment that has the data.
    package var from: String
    /// The environments that may get it, scrubbed.
    package var targets: [String]
    package var format: Format
    /// What becomes of each table and column: an item of the scrub policy.
    package var rules: DatasetRules
    /// Of the rules as they are written, `sha256:…`: with other rules what was loaded is stale.
    package var policy: String
    package var source: Place
    package var sink: Place
    /// When it is refreshed by itself; nil for on request only.
    package var schedule: CronSchedule?
    /// After what time what was loaded is stale; nil for never.
    package var longestAge: Duration?
    /// How long a refresh may take.
    package var deadline: Duration
    package var origin: Origin

    package static let usualDeadline = Duration.seconds(3600)
}

extension Project {
    /// The datasets that an environment may get.
    package func datasets(for environment: String) -> [Dataset] {
        datasets.filter { $0.targets.contains(environment) }
    }

    /// A dataset that goes to an environment.
    ///
    /// - Parameter name: nil for the only one.
    /// - Throws: `Problem` that names those there are.
    package func dataset(_ name: String?, for environment: String) throws(Problem) -> Dataset {
        _ = try self.environment(environment)
        let all = datasets(for: environment)
        let names = all.map(\.name)
        guard let name else {
            if all.count == 1 { return all[0] }
            throw Problem(
                all.isEmpty ? "no dataset goes to \(environment)" : "several datasets go to \(environment)",
                hint: all.isEmpty
                    ? "declare one: a file of kind Dataset that spec.datasets of \(Self.fileName) names"
                    : "name one with --dataset: \(names.joined(separator: ", "))")
        }
        if let found = all.first(where: { $0.name == name }) { return found }
        throw Problem(
            "no dataset \"\(name)\" goes to \(environment)",
            hint: Spelling.nearest(to: name, among: names).map { "did you mean \"\($0)\"?" }
                ?? (names.isEmpty ? "none does" : "there are: \(names.joined(separator: ", "))"))
    }
}
