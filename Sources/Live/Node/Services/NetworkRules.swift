import Cluster
import Manifest
import Network
import System

/// Keeps the network's rules and names as the cluster's Services and EndpointSlices have them.
struct NetworkRules: Sendable {
    private let network: any PodNetwork
    private let services: ObjectCache
    private let slices: ObjectCache
    private let log: Log
    /// One key: whatever changed, all is computed again and what is new goes in by one transaction.
    private let queue: WorkQueue<Int>
    private let written = Written()

    /// What the network was told last.
    private actor Written {
        var plan: ServicePlan?

        func set(_ plan: ServicePlan) { self.plan = plan }
    }

    init(
        network: any PodNetwork, services: ObjectCache, slices: ObjectCache, clock: WallClock, log: Log
    ) {
        self.network = network
        self.services = services
        self.slices = slices
        self.log = log
        queue = WorkQueue(clock: clock)
    }

    func observe() {
        services.observe { _ in queue.add(0) }
        slices.observe { _ in queue.add(0) }
    }

    /// Works until the task is cancelled.
    func run() async {
        queue.add(0)
        let log = log
        await queue.run(onFailure: { _, error, wait in
            log.warning("cannot set the services' rules: \(error)", ["again": "\(wait)"])
        }) { _ in
            do {
                try await write()
                return .done
            } catch {
                return .failed(error)
            }
        }
    }

    private func write() async throws {
        let plan = ServicePlan(services: services.objects(), slices: slices.objects())
        let old = await written.plan
        if old?.rules != plan.rules { try await network.setServices(plan.rules) }
        if old?.records != plan.records { try await network.setRecords(plan.records) }
        await written.set(plan)
    }
}
