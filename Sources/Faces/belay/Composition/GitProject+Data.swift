import Console
import Document
import Git
import Reconciler
import Refresh
import Render
import System

/// Copies of live data, as the console asks for them.
extension GitProject {
    func datasets(for environment: String?) async throws -> [Value] {
        guard let head = await reconciler.head else { return [] }
        if let environment { _ = try head.project.environment(environment) }
        var all: [Value] = []
        for dataset in head.project.datasets {
            for name in dataset.targets where environment == nil || name == environment {
                let target = try head.project.environment(name)
                let standing = try await refresher.standing(of: dataset, in: target, of: head.project)
                all.append(Self.value(dataset, in: name, standing))
            }
        }
        return all
    }

    private static func order(
        _ dataset: Dataset, into environment: String, by actor: String, of head: Head
    ) -> Refresher.Order {
        Refresher.Order(
            project: head.project, commit: head.commit.id.description, author: head.commit.author.description,
            tree: head.tree, dataset: dataset, environment: environment, actor: actor)
    }

    /// All datasets with the environments that they go to, as git says now.
    func orders() async -> [Refresher.Order] {
        guard let head = await reconciler.head else { return [] }
        return head.project.datasets.flatMap { dataset in
            dataset.targets.map { Self.order(dataset, into: $0, by: "belay", of: head) }
        }
    }

    private static func value(_ dataset: Dataset, in environment: String, _ standing: DatasetStanding) -> Value {
        var value: Value = [
            "dataset": .string(dataset.name), "environment": .string(environment), "from": .string(dataset.from),
            "format": .string(dataset.format.rawValue), "state": .string(standing.state.rawValue),
            "accepted": .bool(standing.isAccepted), "origin": .string(dataset.origin.description),
        ]
        if !standing.reason.isEmpty { value["reason"] = .string(standing.reason) }
        if !standing.isAccepted, standing.state != .refreshing {
            value["hint"] = .string(
                "belay data refresh \(environment) --from \(dataset.from) --dataset \(dataset.name)")
        }
        if let schedule = dataset.schedule { value["schedule"] = .string(schedule.text) }
        if let load = standing.record.load {
            value["loadedAt"] = .string(load.at.description)
            value["actor"] = .string(load.actor)
            value["report"] = .string(load.report)
            value["rows"] = .mapping(
                load.rows.sorted { $0.key < $1.key }.reduce(into: Mapping()) { all, table in
                    all.set(.init(key: .init(table.key), value: .int(table.value)))
                })
        }
        if let failure = standing.record.failure {
            value["failure"] = ["at": .string(failure.at.description), "message": .string(failure.message)]
        }
        return value
    }

    func refresh(
        _ environment: String, from: String?, dataset: String?, actor: String,
        tell: @escaping @Sendable (Value) async throws -> Void
    ) async throws {
        guard let head = await reconciler.head else {
            throw await reconciler.headProblem ?? Problem("nothing has been read from git yet; try again in a moment")
        }
        let found = try head.project.dataset(dataset, for: environment)
        if let from, from != found.from {
            throw Problem(
                "\(found.name) comes from \(found.from), not from \(from)", at: found.origin,
                hint: "write --from \(found.from)")
        }
        let order = Self.order(found, into: environment, by: actor, of: head)
        let progress = ProgressCounter()
        let (refresher, clock) = (refresher, clock)
        let load = try await withThrowingTaskGroup(of: RefreshRecord.Load?.self) { group in
            group.addTask { try await refresher.refresh(order, progress: progress) }
            group.addTask {
                while true {
                    try await clock.sleep(.milliseconds(250))
                    try await tell(Self.value(progress.snapshot))
                }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let load else { throw CancellationError() }
        try await tell(Self.value(load, progress.snapshot, found))
    }

    private static func value(_ snapshot: ProgressCounter.Snapshot) -> Value {
        [
            "type": "progress", "bytesIn": .int(snapshot.bytesIn), "bytesOut": .int(snapshot.bytesOut),
            "rows": .int(snapshot.rows), "table": .string(snapshot.table),
        ]
    }

    private static func value(
        _ load: RefreshRecord.Load, _ snapshot: ProgressCounter.Snapshot, _ dataset: Dataset
    ) -> Value {
        [
            "type": "succeeded", "dataset": .string(dataset.name), "from": .string(dataset.from),
            "report": .string(load.report), "policy": .string(load.policy), "schema": .string(load.schema),
            "bytesIn": .int(snapshot.bytesIn), "bytesOut": .int(snapshot.bytesOut),
            "rows": .mapping(
                load.rows.sorted { $0.key < $1.key }.reduce(into: Mapping()) { all, table in
                    all.set(.init(key: .init(table.key), value: .int(table.value)))
                }),
        ]
    }
}
