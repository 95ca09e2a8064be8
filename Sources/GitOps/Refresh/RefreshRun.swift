import Cluster
import Crypto
import Datasets
import Document
import FileTree
import Plan
import Render
import Scrub
import System

/// One refresh from its beginning to its end.
struct RefreshRun: Sendable {
    let order: Refresher.Order
    let parts: Refresher.Parts
    let progress: ProgressCounter

    private var dataset: Dataset { order.dataset }

    /// The keys of a target environment, from a root key that never leaves the service.
    static func keys(of environment: Environment, in project: Project, from root: [UInt8]) throws -> ScrubKeys {
        ScrubKeys(
            environment: try Scrubber.key(
                from: root, project: project.name, environment: environment.name,
                rotation: environment.charts.rotation))
    }

    func run() async throws -> RefreshRecord.Load {
        let began = parts.clock.now()
        try await parts.journal.append(entry(nil, at: began, "from \(dataset.from)"))
        try keep { $0.attempt = .init(since: began, actor: order.actor) }
        do {
            let load = try await withDeadline { try await self.load() }
            try await parts.journal.append(ended(load, after: parts.clock.now() - began))
            return load
        } catch {
            try await failed(error)
            throw error
        }
    }

    private func withDeadline(_ body: @escaping @Sendable () async throws -> RefreshRecord.Load) async throws
        -> RefreshRecord.Load
    {
        let (clock, deadline, origin) = (parts.clock, dataset.deadline, dataset.origin)
        return try await withThrowingTaskGroup(of: RefreshRecord.Load.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await clock.sleep(deadline)
                throw Problem(
                    "the refresh took longer than \(deadline.components.seconds) s", at: origin,
                    hint: "give the dataset a longer \"deadline\"")
            }
            defer { group.cancelAll() }
            guard let load = try await group.next() else { throw CancellationError() }
            return load
        }
    }

    // MARK: Data

    private func load() async throws -> RefreshRecord.Load {
        let target = try order.project.environment(order.environment)
        let keys = try Self.keys(of: target, in: order.project, from: parts.rootKey)
        let schema = SchemaNote()
        let source = try await source()
        let sink = try await sink(target)
        do {
            var known = VerificationReport()
            known.tool = parts.tool
            known.environment = DatasetStanding.place(project: order.project.name, environment: target.name)
            known.policy = dataset.policy
            let scrub = StreamingScrub(
                rules: dataset.rules, keys: keys, format: try format(), threads: parts.threads, folder: parts.spools,
                progress: progress, schema: schema)
            let outcome = try await scrub.run(source, into: sink, report: known)
            guard outcome.report.isPassed else {
                throw Problems(
                    outcome.report.failures.map {
                        Problem($0, at: dataset.origin, hint: "\(order.environment) keeps what it had")
                    })
            }
            let report = try parts.store.keep(
                report: outcome.report.signed(by: keys), of: dataset.name, in: order.environment)
            return try await commit(sink, outcome.counts, report, schema.fingerprint)
        } catch {
            await sink.abort()
            throw error
        }
    }

    /// Has the target take the data. What that is about is written before and after, so that a service that is killed
    /// meanwhile knows that it does not know.
    private func commit(
        _ sink: any DataSink, _ counts: DatasetCounts, _ report: String, _ schema: String
    ) async throws -> RefreshRecord.Load {
        try Task.checkCancellation()
        try keep { $0.attempt?.isCommitting = true }
        do {
            try await sink.commit()
        } catch let error as Problem {
            // The target said that it has not taken it.
            try keep { $0.attempt?.isCommitting = false }
            throw error
        }
        var rows: [String: Int] = [:]
        for table in counts.tables { rows[table.name, default: 0] += table.rowsOut }
        let load = RefreshRecord.Load(
            at: parts.clock.now(), actor: order.actor, report: report, policy: dataset.policy, schema: schema,
            rows: rows)
        try keep { record in
            record.load = load
            record.attempt = nil
            record.failure = nil
        }
        try parts.store.forgetReports(but: report, of: dataset.name, in: order.environment)
        return load
    }

    private func format() throws(Problem) -> DatasetScrub.Format {
        guard let format = DatasetScrub.Format(rawValue: dataset.format.rawValue) else {
            throw Problem("\(dataset.format.rawValue) cannot be scrubbed", at: dataset.origin)
        }
        return format
    }

    private func source() async throws -> any DataSource {
        let environment = try order.project.environment(dataset.from)
        switch dataset.source {
        case .program(let program): return ProgramSource(pods: try pods(of: environment), program: program)
        case .file(let path): return FileSource(tree: order.tree, path: path)
        case .volume(let claim, let path): return VolumeSource(file: try await file(path, on: claim, environment))
        }
    }

    private func sink(_ target: Environment) async throws -> any DataSink {
        guard target.dataClass == .scrubbed else {
            throw Problem("\(target.name) is production: no copy goes there", at: target.origin)
        }
        switch dataset.sink {
        case .program(let program):
            return try await ProgramSink.start(program, in: try pods(of: target), dataset.format)
        case .volume(let claim, let path): return try await VolumeSink.open(try await file(path, on: claim, target))
        case .file: throw Problem("a file of the repository is no target", at: dataset.origin)
        }
    }

    private func file(_ path: String, on claim: String, _ environment: Environment) async throws -> VolumeFile {
        let namespace = environment.namespace ?? "default"
        do {
            let folder = try await target(of: environment).workloads.folder(ofClaim: claim, in: namespace)
            return VolumeFile(folder: folder, path: path, origin: dataset.origin)
        } catch let error as ClusterError {
            throw Problem("the volume \(claim) in \(namespace) cannot be used: \(error.message)", at: dataset.origin)
        }
    }

    private func pods(of environment: Environment) throws -> PodProgram {
        let target = try target(of: environment)
        return PodProgram(
            cluster: target.cluster, workloads: target.workloads, namespace: environment.namespace ?? "default")
    }

    private func target(of environment: Environment) throws -> Refresher.Target {
        guard let target = parts.clusters[environment.cluster] else {
            throw Problem(
                "programs in pods of cluster \(environment.cluster) cannot be started from here",
                at: environment.origin)
        }
        return target
    }

    // MARK: Records

    private func keep(_ change: (inout RefreshRecord) -> Void) throws {
        var record = try parts.store.record(of: dataset.name, in: order.environment)
        change(&record)
        try parts.store.keep(record, of: dataset.name, in: order.environment)
    }

    private func entry(_ result: JournalRecord.Result?, at time: Timestamp, _ message: String) -> JournalRecord {
        JournalRecord(
            .refresh, at: time, project: order.project.name, environment: order.environment,
            application: dataset.name, commit: order.commit, author: order.author, actor: order.actor, result: result,
            message: message, details: ["from": dataset.from, "policy": dataset.policy])
    }

    private func ended(_ load: RefreshRecord.Load, after time: Duration) -> JournalRecord {
        let total = load.rows.values.reduce(0, +)
        var entry = entry(
            .succeeded, at: load.at,
            "\(total) rows in \(load.rows.count) tables from \(dataset.from), in \(time.wholeMilliseconds) ms")
        entry.details["report"] = load.report
        entry.details["schema"] = load.schema
        for (table, count) in load.rows { entry.details["rows \(table)"] = String(count) }
        return entry
    }

    private func failed(_ error: any Error) async throws {
        let message = error is CancellationError ? "it was cancelled" : "\(error)"
        let now = parts.clock.now()
        do {
            try keep { record in
                record.failure = .init(at: now, message: message)
                if record.attempt?.isCommitting != true { record.attempt = nil }
            }
        } catch {
            // The journal has it too; what stands in the record counts for an attempt that a killed service left.
            parts.log.error("the record of \(dataset.name) cannot be written: \(error)")
        }
        parts.log.warning(
            "refreshing \(dataset.name) failed: \(message)", ["environment": order.environment])
        try await parts.journal.append(entry(.failed, at: now, message))
    }
}
