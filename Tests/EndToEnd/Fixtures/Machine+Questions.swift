import Foundation
import TestSupport

/// What tests ask a machine again and again.
extension Machine {
    /// A pod as a test sees it.
    struct Pod: Sendable, Hashable {
        var name: String
        var uid: String
        var isReady: Bool
        var restarts: Int
        var isLeaving: Bool
        /// Why its first container waits, or how it ended last.
        var reason: String
    }

    /// Pods whose name begins with `prefix`, in the order of their names.
    func pods(_ prefix: String = "web", in namespace: String = "shop-dev") async throws -> [Pod] {
        let outcome = try await belay("get", "pods", "-n", namespace, "-o", "json")
        guard outcome.code == 0 else { return [] }
        let items = try outcome.json()["items"] as? [[String: Any]] ?? []
        return items.map(Self.pod).filter { $0.name.hasPrefix(prefix) }.sorted { $0.name < $1.name }
    }

    private static func pod(_ item: [String: Any]) -> Pod {
        let metadata = item["metadata"] as? [String: Any] ?? [:]
        let status = item["status"] as? [String: Any] ?? [:]
        let conditions = status["conditions"] as? [[String: Any]] ?? []
        let container = (status["containerStatuses"] as? [[String: Any]] ?? []).first ?? [:]
        let state = container["state"] as? [String: [String: Any]] ?? [:]
        let last = container["lastState"] as? [String: [String: Any]] ?? [:]
        let reasons = [state["waiting"], state["terminated"], last["terminated"]].compactMap {
            $0?["reason"] as? String
        }
        return Pod(
            name: metadata["name"] as? String ?? "", uid: metadata["uid"] as? String ?? "",
            isReady: conditions.contains { $0["type"] as? String == "Ready" && $0["status"] as? String == "True" },
            restarts: container["restartCount"] as? Int ?? 0, isLeaving: metadata["deletionTimestamp"] != nil,
            reason: reasons.joined(separator: " "))
    }

    /// The shims of this machine's containers.
    var shims: [Int32] { Shims.beneath(folder.path) }

    /// Waits until exactly so many pods are there and all are ready.
    @discardableResult
    func readyPods(_ count: Int = 1, _ prefix: String = "web", in namespace: String = "shop-dev") async throws -> [Pod]
    {
        var found: [Pod] = []
        try await eventually(
            "\(count) ready pods of \(prefix) in \(namespace)",
            explain: { "\(found)\n\(try await self.belay("status"))" },
            {
                found = try await pods(prefix, in: namespace)
                return found.count == count && found.allSatisfy { $0.isReady && !$0.isLeaving }
            })
        if let shim = shims.first { try note(shim) }
        return found
    }

    /// The virtual address of the service web.
    func address(in namespace: String = "shop-dev") async throws -> String {
        let service = try await run("get", "service", "web", "-n", namespace, "-o", "json")
        let value = try Outcome(code: 0, output: service, errors: "").json()
        guard let address = (value["spec"] as? [String: Any])?["clusterIP"] as? String else {
            throw Failure("the service has no address: \(service)")
        }
        return address
    }

    /// Waits until every request is answered with these words.
    func serves(_ words: String, in namespace: String = "shop-dev") async throws {
        let address = try await address(in: namespace)
        var last: String?
        try await eventually("\(address) says \(words)", explain: { "it said \(last ?? "nothing")" }) {
            last = try await page(address)
            return last == words
        }
    }

    /// Waits until a verb's output has the words.
    func says(_ words: String, _ verb: String, _ argument: String? = nil) async throws {
        var last: Outcome?
        try await eventually("belay \(verb) says \(words)", explain: { "\(last.map(\.description) ?? "")" }) {
            let outcome: Outcome
            if let argument { outcome = try await belay(verb, argument) } else { outcome = try await belay(verb) }
            last = outcome
            return outcome.output.contains(words) || outcome.errors.contains(words)
        }
    }
}
