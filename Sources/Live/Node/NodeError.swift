/// Why something of a pod could not be made, with the reason that its status and events give.
struct NodeError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Kubernetes' word: `FailedMount`, `CreateContainerConfigError`, `FailedCreatePodSandBox`.
    var reason: String
    /// Never holds a secret's value.
    var message: String

    init(reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }

    var description: String { message }
}
