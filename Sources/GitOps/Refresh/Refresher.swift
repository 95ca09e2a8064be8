package import Cluster
import Crypto
import Datasets
import Document
package import FileTree
package import Plan
package import Render
import Scrub
package import System

/// Brings copies of live data into scrubbed environments: from a source through the scrubber into a sink.
///
/// One refresh of a dataset into an environment runs at a time. What was there before stays until the data is whole,
/// verified and taken; whatever fails before that changes nothing.
package actor Refresher {
    /// A cluster, and how programs are started in its pods.
    package struct Target: Sendable {
        package var cluster: any Cluster
        package var workloads: any WorkloadAccess

        package init(cluster: any Cluster, workloads: any WorkloadAccess) {
            self.cluster = cluster
            self.workloads = workloads
        }
    }

    /// What the refresher stands on.
    package struct Parts: Sendable {
        /// By the names that environments use.
        package var clusters: [String: Target]
        package var journal: any JournalWriter
        package var store: RefreshStore
        /// From which each environment's key is derived.
        package var rootKey: [UInt8]
        /// Where files without a name are made for what waits, scrubbed.
        package var spools: String
        /// The program's version, for reports.
        package var tool: String
        /// How many threads scrub.
        package var threads = 2
        package var clock: WallClock
        package var log: Log

        package init(
            clusters: [String: Target], journal: any JournalWriter, store: RefreshStore, rootKey: [UInt8],
            spools: String, tool: String, clock: WallClock, log: Log
        ) {
            self.clusters = clusters
            self.journal = journal
            self.store = store
            self.rootKey = rootKey
            self.spools = spools
            self.tool = tool
            self.clock = clock
            self.log = log
        }
    }

    /// What is wanted.
    package struct Order: Sendable {
        package var project: Project
        /// Of the commit that says so.
        package var commit: String
        package var author: String
        package var tree: any FileTree
        package var dataset: Dataset
        package var environment: String
        package var actor: String

        package init(
            project: Project, commit: String, author: String, tree: any FileTree, dataset: Dataset,
            environment: String, actor: String
        ) {
            self.project = project
            self.commit = commit
            self.author = author
            self.tree = tree
            self.dataset = dataset
            self.environment = environment
            self.actor = actor
        }

        var place: RefreshPlace { RefreshPlace(dataset: dataset.name, environment: environment) }
    }

    let parts: Parts
    /// Refreshes under way.
    var running: [RefreshPlace: ProgressCounter] = [:]

    package init(_ parts: Parts) {
        self.parts = parts
    }

    /// Refreshes a dataset, and answers when the environment has it.
    ///
    /// - Throws: `Problem` or `Problems`; what was there before is there then. `CancellationError` likewise.
    package func refresh(_ order: Order, progress: ProgressCounter = ProgressCounter()) async throws
        -> RefreshRecord.Load
    {
        guard running[order.place] == nil else {
            throw Problem(
                "\(order.dataset.name) is being refreshed into \(order.environment) already",
                hint: "see belay data status")
        }
        running[order.place] = progress
        defer { running[order.place] = nil }
        return try await RefreshRun(order: order, parts: parts, progress: progress).run()
    }

    /// How a dataset stands in an environment.
    package func standing(of dataset: Dataset, in environment: Environment, of project: Project) throws
        -> DatasetStanding
    {
        let place = RefreshPlace(dataset: dataset.name, environment: environment.name)
        return try DatasetStanding(
            of: dataset, in: environment.name, project: project.name,
            keys: try RefreshRun.keys(of: environment, in: project, from: parts.rootKey), store: parts.store,
            isRunning: running[place] != nil, now: parts.clock.now())
    }
}

/// A dataset in an environment.
struct RefreshPlace: Sendable, Hashable {
    var dataset: String
    var environment: String
}
