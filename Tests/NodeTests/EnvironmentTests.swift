import ContainerRuntime
import Document
import Images
import Manifest
import Network
import Testing

@testable import Node

@Suite struct EnvironmentTests {
    private static let settings: Manifest = {
        var object = Manifest(apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop")
        object.value["data"] = ["COLOR": "blue", "SIZE": "9", "bad name": "x"]
        return object
    }()

    private static let keys: Manifest = {
        var object = Manifest(apiVersion: "v1", kind: "Secret", name: "keys", namespace: "shop")
        object.value["data"] = ["PASSWORD": "aHVudGVyMg=="]
        return object
    }()

    private static let service: Manifest = {
        var object = Manifest(apiVersion: "v1", kind: "Service", name: "my-api", namespace: "shop")
        object.value["spec"] = ["clusterIP": "10.96.0.5", "ports": [["name": "http", "port": 80]]]
        return object
    }()

    private static func pod(_ container: Value, links: Bool = false) -> PodSpec {
        var manifest = samplePod { spec in
            var container = container
            container["name"] = "web"
            container["image"] = "shop/web:1"
            spec["containers"] = [container]
            spec["nodeName"] = "here"
            spec["enableServiceLinks"] = .bool(links)
        }
        manifest.value[path: "metadata", "uid"] = "uid-1"
        return PodSpec(manifest)
    }

    private static func build(_ container: Value, links: Bool = false) throws -> [String] {
        let pod = pod(container, links: links)
        return try EnvironmentBuilder(
            pod: pod, container: pod.containers[0],
            fields: DownwardFields(
                pod: pod, podAddress: "10.88.0.2", hostAddress: "192.0.2.1", capacity: (cpu: 4000, memory: 8 << 30)),
            configMaps: ["settings": settings], secrets: ["keys": keys], services: [service]
        ).build()
    }

    @Test func `variables come from values, objects and the pod itself, later ones over earlier ones`() throws {
        let variables = try Self.build([
            "envFrom": [["prefix": "APP_", "configMapRef": ["name": "settings"]]],
            "env": [
                ["name": "PLAIN", "value": "a"], ["name": "APP_COLOR", "value": "red"],
                ["name": "BOTH", "value": "$(PLAIN)-$(APP_SIZE)-$(NONE)-$$(PLAIN)"],
                ["name": "PASSWORD", "valueFrom": ["secretKeyRef": ["name": "keys", "key": "PASSWORD"]]],
                ["name": "NAME", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]],
                ["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
                ["name": "APP", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['app']"]]],
                ["name": "CPU", "valueFrom": ["resourceFieldRef": ["resource": "limits.cpu"]]],
                ["name": "MAYBE", "valueFrom": ["configMapKeyRef": ["name": "none", "key": "x", "optional": true]]],
            ],
        ])
        let expected: [String] = [
            "APP_COLOR=red", "APP_SIZE=9", "PLAIN=a", "BOTH=a-9-$(NONE)-$(PLAIN)", "PASSWORD=hunter2", "NAME=web",
            "IP=10.88.0.2", "APP=web", "CPU=4",
        ]
        #expect(Set(variables) == Set(expected))
        #expect(!variables.contains { $0.contains("bad name") })
    }

    @Test(
        arguments: [
            (["secretKeyRef": ["name": "keys", "key": "NONE"]], "couldn't find key NONE in secret shop/keys"),
            (["configMapKeyRef": ["name": "gone", "key": "x"]], "configmap \"gone\" not found"),
            (
                ["fieldRef": ["fieldPath": "spec.nothing"]],
                "the source of environment variable X is not one that there is"
            ),
        ] as [(Value, String)])
    func `what is missing is named, and never a value`(source: Value, message: String) {
        #expect(throws: EnvironmentBuilder.Failure(message: message)) {
            _ = try Self.build(["env": [["name": "X", "valueFrom": source]]])
        }
    }

    @Test func `services are told of where the pod wants it`() throws {
        let variables = try Self.build([:], links: true)
        #expect(variables.contains("MY_API_SERVICE_HOST=10.96.0.5"))
        #expect(variables.contains("MY_API_SERVICE_PORT_HTTP=80"))
        #expect(variables.contains("MY_API_PORT_80_TCP_ADDR=10.96.0.5"))
        #expect(try Self.build([:]).isEmpty)
    }

    @Test(arguments: [
        ("$(A)", "1"), ("x$(A)y", "x1y"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$(A", "$(A"), ("$", "$"),
        ("a$b", "a$b"),
        ("$$$(A)", "$1"),
    ])
    func `references are expanded as Kubernetes does`(text: String, expected: String) {
        #expect(Expansion.expand(text) { $0 == "A" ? "1" : nil } == expected)
    }

    // MARK: The runtime's spec

    private static func spec(
        _ container: Value = [:], pod podSpec: (inout Value) -> Void = { _ in }, config: ImageConfig = ImageConfig()
    ) throws -> ContainerSpec {
        var manifest = pod(container).manifest
        podSpec(&manifest.value)
        let pod = PodSpec(manifest)
        return try ContainerSpecBuilder(
            pod: pod, container: pod.containers[0], attempt: 0,
            image: ReadyImage(digest: "sha256:1", reference: "shop/web:1", config: config, lowerFolders: ["/l"]),
            environment: ["A=1"], mounts: [], logPath: "/log", memoryCapacity: 1 << 30
        ).build()
    }

    @Test(
        arguments: [
            ([:], ["/entry", "serve"]), (["args": ["x$(A)"]], ["/entry", "x1"]), (["command": ["/other"]], ["/other"]),
            (["command": ["/other"], "args": ["y"]], ["/other", "y"]),
        ] as [(Value, [String])])
    func `a command replaces the image's entry point, arguments its command`(
        container: Value, expected: [String]
    ) throws {
        let config = ImageConfig(entrypoint: ["/entry"], command: ["serve"])
        #expect(try Self.spec(container, config: config).process.arguments == expected)
    }

    @Test func `an image without a command needs one`() {
        #expect(throws: NodeError.self) { _ = try Self.spec() }
    }

    @Test func `users, groups, capabilities and limits follow the security context`() throws {
        let spec = try Self.spec([
            "command": ["/x"],
            "securityContext": [
                "runAsUser": 1000, "runAsGroup": 2000, "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"], "add": ["NET_BIND_SERVICE"]],
            ],
            "resources": ["limits": ["cpu": "500m", "memory": "64Mi"]],
        ])
        #expect(spec.process.user == .named("1000:2000", additional: []))
        #expect(spec.process.capabilities == ["CAP_NET_BIND_SERVICE"])
        #expect(spec.process.noNewPrivileges)
        #expect(spec.root.isReadOnly)
        #expect(spec.resources.cpuLimit == 500)
        #expect(spec.resources.cpuRequest == 500)
        #expect(spec.resources.memoryLimit == 64 << 20)
        #expect(spec.resources.oomScoreAdjustment == -997)
        #expect(spec.resources.pids == ResourceLimits.usualPIDs)
        #expect(spec.seccomp == .runtimeDefault)
    }

    @Test(arguments: [
        ("", "image will run as root"), ("root", "image will run as root"), ("0:0", "image will run as root"),
        ("shop", "non-numeric user"),
    ])
    func `a pod that must not run as root does not`(user: String, message: String) {
        let error = #expect(throws: NodeError.self) {
            _ = try Self.spec(
                ["command": ["/x"], "securityContext": ["runAsNonRoot": true]], config: ImageConfig(user: user))
        }
        #expect(error?.reason == "CreateContainerConfigError")
        #expect(error?.message.contains(message) == true)
    }

    @Test(arguments: [4_294_967_296, -1, 2_147_483_648]) func `a user out of range never wraps to root`(user: Int) {
        #expect(throws: NodeError.self) {
            _ = try Self.spec(["command": ["/x"], "securityContext": ["runAsUser": .int(user)]])
        }
    }

    private static let qualities: [(Value, QualityOfService)] = [
        ([:], .bestEffort), (["requests": ["cpu": "1"]], .burstable),
        (["limits": ["cpu": "1", "memory": "1Mi"]], .guaranteed), (["limits": ["cpu": "1"]], .burstable),
    ]

    @Test(arguments: qualities)
    func `the quality of service follows requests and limits`(resources: Value, expected: QualityOfService) {
        #expect(QualityOfService(Self.pod(["resources": resources])) == expected)
    }

    @Test(arguments: [
        ("a", PullPolicy.always), ("a:latest", .always), ("host:5000/a", .always), ("a:1", .ifNotPresent),
        ("host:5000/a:1", .ifNotPresent), ("a@sha256:00", .ifNotPresent),
    ])
    func `the pull policy follows the tag`(image: String, policy: PullPolicy) {
        #expect(ContainerDefinition(["name": "x", "image": .string(image)], isInit: false).pullPolicy == policy)
    }

    @Test func `names are found as the DNS policy says`() {
        let resolver = ResolverConfig(
            nameserver: IPv4Address(bits: 0x0a58_0001), domain: "cluster.local", options: ["ndots:5"])
        let text = { (change: (inout Value) -> Void) in
            NetworkFiles(
                pod: PodSpec(samplePod("web", change)), podAddress: "10.88.0.2", resolver: resolver,
                machineResolver: "nameserver 9.9.9.9\nsearch example.org\noptions edns0\n"
            ).resolv
        }
        #expect(
            text { _ in } == "nameserver 10.88.0.1\n"
                + "search shop.svc.cluster.local svc.cluster.local cluster.local example.org\noptions ndots:5\n")
        #expect(text { $0["dnsPolicy"] = "Default" } == "nameserver 9.9.9.9\nsearch example.org\noptions edns0\n")
        #expect(text { $0["hostNetwork"] = true }.hasPrefix("nameserver 9.9.9.9"))
        let own = text {
            $0["dnsPolicy"] = "None"
            $0["dnsConfig"] = ["nameservers": ["1.1.1.1"], "options": [["name": "ndots", "value": "2"]]]
        }
        #expect(own == "nameserver 1.1.1.1\noptions ndots:2\n")
    }

    @Test(arguments: [("SIGQUIT", 3), ("int", 2), ("9", 9), ("RTMIN+3", 37), ("SIGRTMIN", 34)] as [(String, Int32)])
    func `stop signals are known by name and number`(name: String, number: Int32) {
        #expect(SignalNames.number(name) == number)
    }
}
