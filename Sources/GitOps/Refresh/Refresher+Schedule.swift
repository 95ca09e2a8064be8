import Document
import Plan
import Render
import System

/// What is refreshed without being asked for, and what a service that was killed left.
extension Refresher {
    /// How often is looked, at least: what git says may have changed.
    private static let tick = Duration.seconds(20)

    /// Refreshes what is due by its schedule, until the task is cancelled.
    ///
    /// A time that passed while no service ran is made up for, once.
    /// - Parameter orders: all datasets with their environments, as git says now.
    package func follow(_ orders: @escaping @Sendable () async -> [Order]) async {
        let started = parts.clock.now()
        while !Task.isCancelled {
            let all = await orders()
            for order in all { await settle(order) }
            let due = all.filter { isDue($0, since: started) }
            await withTaskGroup(of: Void.self) { group in
                // What goes wrong is in the record, the journal and the log.
                for order in due { group.addTask { _ = try? await self.refresh(order) } }
            }
            guard (try? await parts.clock.sleep(wait(all, since: started))) != nil else { return }
        }
    }

    /// When a dataset is refreshed next by its schedule; nil where it has none.
    private func next(_ order: Order, since started: Timestamp) -> Timestamp? {
        guard let schedule = order.dataset.schedule,
            let record = try? parts.store.record(of: order.dataset.name, in: order.environment)
        else { return nil }
        return schedule.next(after: Int((record.lastTime ?? started).seconds)).map { Timestamp(seconds: Int64($0)) }
    }

    private func isDue(_ order: Order, since started: Timestamp) -> Bool {
        guard running[order.place] == nil, let next = next(order, since: started) else { return false }
        return next <= parts.clock.now()
    }

    private func wait(_ orders: [Order], since started: Timestamp) -> Duration {
        let now = parts.clock.now()
        let times = orders.compactMap { next($0, since: started) }.map { max(.seconds(1), $0 - now) }
        return min(times.min() ?? Self.tick, Self.tick)
    }

    /// Records that an attempt has ended which another service was at.
    private func settle(_ order: Order) async {
        do {
            var record = try parts.store.record(of: order.dataset.name, in: order.environment)
            guard let attempt = record.attempt, running[order.place] == nil, record.failure?.at != attempt.since else {
                return
            }
            let message =
                attempt.isCommitting
                ? "the service ended while the target took the data" : "the service ended while it was under way"
            try await parts.journal.append(
                JournalRecord(
                    .refresh, at: parts.clock.now(), project: order.project.name, environment: order.environment,
                    application: order.dataset.name, commit: order.commit, author: order.author, actor: attempt.actor,
                    result: .failed, message: message, details: ["from": order.dataset.from]))
            record.failure = .init(at: attempt.since, message: message)
            if !attempt.isCommitting { record.attempt = nil }
            try parts.store.keep(record, of: order.dataset.name, in: order.environment)
        } catch {
            parts.log.error("what is known of \(order.dataset.name) cannot be read: \(error)")
        }
    }
}
