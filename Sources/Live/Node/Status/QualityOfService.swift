import ContainerRuntime
import Manifest

/// How much a pod is promised, and so who goes first when memory runs out (kubelet's `qos`).
enum QualityOfService: String {
    case guaranteed = "Guaranteed"
    case burstable = "Burstable"
    case bestEffort = "BestEffort"

    init(_ pod: PodSpec) {
        let containers = pod.allContainers
        let resources = ["cpu", "memory"]
        let isAsked = containers.contains { container in
            resources.contains { container.request($0) != nil || container.limit($0) != nil }
        }
        let isGuaranteed = containers.allSatisfy { container in
            resources.allSatisfy { name in
                guard let limit = container.limit(name), limit.milliUnits > 0 else { return false }
                return container.request(name) == limit
            }
        }
        self = !isAsked ? .bestEffort : isGuaranteed ? .guaranteed : .burstable
    }

    /// `oom_score_adj` of a container (kubelet's `GetContainerOOMScoreAdjust`).
    ///
    /// - Parameter capacity: the machine's memory in bytes.
    func oomScoreAdjustment(memoryRequest: Int?, capacity: Int) -> Int {
        switch self {
        case .guaranteed: return -997
        case .bestEffort: return 1000
        case .burstable:
            let share = capacity > 0 ? 1000 * (memoryRequest ?? 0) / capacity : 0
            return max(3, min(999, 1000 - share))
        }
    }
}
