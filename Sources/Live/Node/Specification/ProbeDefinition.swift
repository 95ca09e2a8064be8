import Document

/// A question that a container is asked again and again (`v1.Probe`).
struct ProbeDefinition: Sendable, Equatable {
    var handler: Handler
    /// Seconds.
    var initialDelay: Int
    var period: Int
    var timeout: Int
    var successThreshold: Int
    var failureThreshold: Int
    /// Seconds that a container has to end in when this probe ends it; nil for the pod's.
    var gracePeriod: Int?

    init?(_ value: Value, of container: ContainerDefinition) {
        guard let handler = Handler(value, of: container) else { return nil }
        self.handler = handler
        initialDelay = max(0, value["initialDelaySeconds"]?.int ?? 0)
        period = max(1, value["periodSeconds"]?.int ?? 10)
        timeout = max(1, value["timeoutSeconds"]?.int ?? 1)
        successThreshold = max(1, value["successThreshold"]?.int ?? 1)
        failureThreshold = max(1, value["failureThreshold"]?.int ?? 3)
        gracePeriod = value["terminationGracePeriodSeconds"]?.int
    }
}
