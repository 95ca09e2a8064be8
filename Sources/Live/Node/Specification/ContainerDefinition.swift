import Crypto
import Document
import Images
import Manifest

/// One container of a pod (`v1.Container`), with Kubernetes' defaults.
struct ContainerDefinition: Sendable, Equatable {
    var name: String
    var image: String
    var command: [String]
    var arguments: [String]
    var workingFolder: String?
    var value: Value
    var isInit: Bool

    init(_ value: Value, isInit: Bool) {
        self.value = value
        self.isInit = isInit
        name = value["name"]?.string ?? ""
        image = value["image"]?.string ?? ""
        command = value["command"]?.strings ?? []
        arguments = value["args"]?.strings ?? []
        workingFolder = value["workingDir"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// An init container that goes on running beside the others (KEP-753).
    var isSidecar: Bool { isInit && value["restartPolicy"]?.string == "Always" }

    var pullPolicy: PullPolicy {
        if let policy = value["imagePullPolicy"]?.string.flatMap(PullPolicy.init) { return policy }
        if image.contains("@") { return .ifNotPresent }
        let last = image.split(separator: "/").last ?? ""
        let tag = last.split(separator: ":", maxSplits: 1).dropFirst().first
        return tag == nil || tag == "latest" ? .always : .ifNotPresent
    }

    var startupProbe: ProbeDefinition? { value["startupProbe"].flatMap { ProbeDefinition($0, of: self) } }
    var livenessProbe: ProbeDefinition? { value["livenessProbe"].flatMap { ProbeDefinition($0, of: self) } }
    var readinessProbe: ProbeDefinition? { value["readinessProbe"].flatMap { ProbeDefinition($0, of: self) } }
    var postStart: Handler? { value[path: "lifecycle", "postStart"].flatMap { Handler($0, of: self) } }
    var preStop: Handler? { value[path: "lifecycle", "preStop"].flatMap { Handler($0, of: self) } }
    var stopSignal: String? { value[path: "lifecycle", "stopSignal"]?.string }

    var terminationMessagePath: String { value["terminationMessagePath"]?.string ?? "/dev/termination-log" }
    var readsMessageFromLog: Bool { value["terminationMessagePolicy"]?.string == "FallbackToLogsOnError" }
    var hasTerminal: Bool { value["tty"]?.bool ?? false }

    var mounts: [VolumeMount] { value["volumeMounts"]?.items?.map(VolumeMount.init) ?? [] }
    var environment: [Value] { value["env"]?.items ?? [] }
    var environmentSources: [Value] { value["envFrom"]?.items ?? [] }
    var security: Value? { value["securityContext"] }

    func request(_ resource: String) -> Quantity? {
        (value[path: "resources", "requests", resource] ?? value[path: "resources", "limits", resource])
            .flatMap(Quantity.init)
    }

    func limit(_ resource: String) -> Quantity? {
        value[path: "resources", "limits", resource].flatMap(Quantity.init)
    }

    /// The number of a port that is given by number or by the name that this container gives it.
    func port(_ value: Value?) -> UInt16? {
        if let number = value?.int { return UInt16(exactly: number) }
        guard let name = value?.string else { return nil }
        if let number = UInt16(name) { return number }
        let ports = self.value["ports"]?.items ?? []
        return ports.first { $0["name"]?.string == name }?["containerPort"]?.int.flatMap(UInt16.init(exactly:))
    }

    /// What decides that a running container is no longer the one that is asked for: of a pod only its images may
    /// change.
    var fingerprint: String {
        String(Digest.sha256("\(name)\n\(image)").hex.prefix(16))
    }
}

/// A program, request or pause that is run in a container's name (`v1.LifecycleHandler`, and what probes do).
enum Handler: Sendable, Equatable {
    case exec([String])
    case http(HTTPGet)
    case tcp(host: String?, port: UInt16)
    case sleep(seconds: Int)

    struct HTTPGet: Sendable, Equatable {
        var scheme: String
        /// nil for the pod's address.
        var host: String?
        var port: UInt16
        var path: String
        var headers: [(name: String, value: String)]

        static func == (left: HTTPGet, right: HTTPGet) -> Bool {
            left.scheme == right.scheme && left.host == right.host && left.port == right.port
                && left.path == right.path && left.headers.elementsEqual(right.headers, by: ==)
        }
    }

    init?(_ value: Value, of container: ContainerDefinition) {
        if let command = value[path: "exec", "command"]?.strings, !command.isEmpty {
            self = .exec(command)
        } else if let get = value["httpGet"], let port = container.port(get["port"]) {
            let headers = get["httpHeaders"]?.items?.compactMap { header -> (name: String, value: String)? in
                guard let name = header["name"]?.string, let text = header["value"]?.string else { return nil }
                return (name, text)
            }
            self = .http(
                HTTPGet(
                    scheme: (get["scheme"]?.string ?? "HTTP").lowercased(), host: get["host"]?.string, port: port,
                    path: get["path"]?.string ?? "/", headers: headers ?? []))
        } else if let tcp = value["tcpSocket"], let port = container.port(tcp["port"]) {
            self = .tcp(host: tcp["host"]?.string, port: port)
        } else if let seconds = value[path: "sleep", "seconds"]?.int {
            self = .sleep(seconds: seconds)
        } else {
            return nil
        }
    }
}
