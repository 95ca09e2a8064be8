import Datasets
import Document
package import Render
package import Scrub
package import System

/// How a dataset stands in an environment: whether what is there may be used.
package struct DatasetStanding: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// Loaded, verified, and made by the rules that hold.
        case current = "Current"
        /// A refresh is under way; what was there before is there until it has succeeded.
        case refreshing = "Refreshing"
        /// Never loaded, or its report is gone.
        case missing = "Missing"
        /// Made by other rules, from another schema, or too long ago.
        case stale = "Stale"
        /// Its report says that it must not be used, or is not this environment's.
        case failing = "Failing"
        /// The service was killed while the target took the data: nobody knows which it has.
        case unknown = "Unknown"
    }

    package var state: State
    /// Why; empty where all is well.
    package var reason = ""
    package var record: RefreshRecord

    /// Whether the environment may use what is there.
    package var isAccepted: Bool { state == .current || (state == .refreshing && reason.isEmpty) }

    /// Looks at what is known of a dataset.
    ///
    /// - Parameter isRunning: whether this service is at it now.
    package init(
        of dataset: Dataset, in environment: String, project: String, keys: ScrubKeys, store: RefreshStore,
        isRunning: Bool, now: Timestamp
    ) throws {
        record = try store.record(of: dataset.name, in: environment)
        (state, reason) = try Self.judge(record, dataset, environment, project, keys, store, now)
        if isRunning, state != .unknown || record.attempt?.isCommitting == true { state = .refreshing }
    }

    private static func judge(
        _ record: RefreshRecord, _ dataset: Dataset, _ environment: String, _ project: String, _ keys: ScrubKeys,
        _ store: RefreshStore, _ now: Timestamp
    ) throws -> (State, String) {
        if record.attempt?.isCommitting == true {
            return (.unknown, "the service ended while the target took the data")
        }
        guard let load = record.load else { return (.missing, "it was never loaded") }
        guard let (report, path) = try store.report(load.report, of: dataset.name, in: environment) else {
            return (.missing, "the report of what was loaded is gone")
        }
        let checked: VerificationReport.Checked
        do {
            checked = try VerificationReport.check(report, file: SourceFile(path), by: keys)
        } catch {
            return (.failing, error.message)
        }
        guard checked.isPassed else { return (.failing, "its report says that it did not pass") }
        let place = Self.place(project: project, environment: environment)
        guard checked.dataset == dataset.rules.name, checked.environment == place else {
            return (.failing, "its report is about \(checked.dataset) in \(checked.environment)")
        }
        guard checked.policy == dataset.policy else { return (.stale, "its rules have changed since") }
        if let pinned = dataset.rules.schema, pinned != load.schema {
            return (.stale, "its schema has changed since")
        }
        if let longest = dataset.longestAge, now - load.at > longest {
            return (.stale, "it is older than maxAge allows")
        }
        return (.current, "")
    }

    /// What a report calls an environment.
    package static func place(project: String, environment: String) -> String { "\(project)/\(environment)" }
}
