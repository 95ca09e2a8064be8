import ContainerRuntime
import Images
import Network
import System

/// What the node knows of a pod: what it made, what runs, what went wrong. Only facts; what follows from them is
/// `PodPlan`'s and `PodStatus`'s to say.
struct PodFacts: Sendable, Equatable {
    /// Something the pod needs before its containers.
    enum Stage: Sendable, Equatable {
        case absent
        case making
        case ready
        case failed(message: String, retryAt: Timestamp)
        case removing
        case removed

        var isReady: Bool { self == .ready }
    }

    var sandbox = Stage.absent
    var volumes = Stage.absent
    var address: PodAddress?
    var startedAt: Timestamp?
    var containers: [String: ContainerFacts] = [:]
    /// Whether the init containers were all done once in this sandbox.
    var wasInitialized = false
    /// Whether the cluster knows how the pod ended: only then may what proves it be removed.
    var isEndReported = false
    /// Whether the pod had ended before this service started; it is only waited for its deletion then.
    var isFinished = false
    /// Why the node ended the pod: `DeadlineExceeded`.
    var verdict: Verdict?

    struct Verdict: Sendable, Equatable {
        var reason: String
        var message: String
    }

    subscript(name: String) -> ContainerFacts {
        get { containers[name] ?? ContainerFacts() }
        set { containers[name] = newValue }
    }
}

/// What the node knows of one container of a pod.
struct ContainerFacts: Sendable, Equatable {
    enum Phase: Sendable, Equatable {
        /// Not started in this sandbox, or to be started anew.
        case none
        case starting
        case running
        case ended(Ending)
    }

    enum Image: Sendable {
        case unknown
        case pulling
        case ready(ReadyImage)
        /// A pull failed; `reason` is Kubernetes': `ErrImagePull`, `InvalidImageName`.
        case failed(reason: String, message: String, retryAt: Timestamp?)
    }

    /// Why a container cannot start, and when to try again.
    struct Trouble: Sendable, Equatable {
        var reason: String
        var message: String
        var retryAt: Timestamp
    }

    /// A kill under way.
    struct Kill: Sendable, Equatable {
        /// When every process of it is killed.
        var deadline: Timestamp
    }

    var phase = Phase.none
    var image = Image.unknown
    var imageBackoff = FailureBackoff(first: .seconds(10), longest: .seconds(300))
    var trouble: Trouble?
    var troubleBackoff = FailureBackoff(first: .seconds(1), longest: .seconds(60))
    var restarts = RestartBackoff()
    /// The runtime's name of the current or last container.
    var id = ""
    /// From 0; counts the restarts.
    var attempt = 0
    var hasStartedOnce = false
    var startedAt: Timestamp?
    /// How the container before the present one ended.
    var last: Ending?
    var kill: Kill?
    var isPostStartRunning = false
    /// What the running container was started from.
    var fingerprint = ""
    var imageDigest = ""
    /// What probes said; a container without a probe is started and ready as soon as it runs.
    var passedStartup = false
    var passedReadiness = false
    var stopSignal = ""

    var isRunning: Bool { phase == .running }
    var ending: Ending? { if case .ended(let ending) = phase { ending } else { nil } }
    /// Whether there is a process, or about to be one.
    var isAlive: Bool { phase == .running || phase == .starting }
    var readyImage: ReadyImage? { if case .ready(let image) = image { image } else { nil } }
}

extension ContainerFacts.Image: Equatable {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.unknown, .unknown), (.pulling, .pulling): true
        case (.ready(let left), .ready(let right)): left.digest == right.digest
        case (.failed(let reason, let message, let retryAt), .failed(let otherReason, let otherMessage, let otherRetry)):
            reason == otherReason && message == otherMessage && retryAt == otherRetry
        default: false
        }
    }
}

/// How a container ended (`v1.ContainerStateTerminated`).
struct Ending: Sendable, Equatable {
    var id: String
    var code: Int32
    var signal: Int32?
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerCannotRun`.
    var reason: String
    var message: String
    var startedAt: Timestamp?
    var finishedAt: Timestamp

    var succeeded: Bool { code == 0 }
}

/// A growing wait after failures in a row.
struct FailureBackoff: Sendable, Equatable {
    var first: Duration
    var longest: Duration
    private(set) var failures = 0

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// Counts a failure and answers how long to wait.
    mutating func fail() -> Duration {
        var delay = first
        for _ in 0..<min(failures, 32) where delay < longest { delay *= 2 }
        failures += 1
        return min(delay, longest)
    }

    mutating func reset() {
        failures = 0
    }
}

/// How long a container that ended waits for its restart: not at all the first time, then 10 s, doubling to 300 s, and
/// from the start again once it has run for ten minutes (kubelet's `CrashLoopBackOff`).
struct RestartBackoff: Sendable, Equatable {
    static let first: Duration = .seconds(10)
    static let longest: Duration = .seconds(300)
    private static let forgetting: Duration = .seconds(600)

    private(set) var current: Duration = .zero
    private(set) var lastRestart: Timestamp?

    /// How long from its end the container has to wait.
    func delay(after ending: Timestamp) -> Duration {
        guard let lastRestart, ending - lastRestart <= Self.forgetting else { return .zero }
        return current
    }

    /// Counts a restart.
    mutating func restarted(after ending: Timestamp, now: Timestamp) {
        let delay = delay(after: ending)
        current = delay == .zero ? Self.first : min(delay * 2, Self.longest)
        lastRestart = now
    }
}
