import Document
import Manifest
import Testing

@Suite struct CatalogTests {
    @Test(arguments: [
        ("deploy", "Deployment", "apps"), ("deployments", "Deployment", "apps"), ("Deployment", "Deployment", "apps"),
        ("deployments.apps", "Deployment", "apps"), ("deployment.v1.apps", "Deployment", "apps"), ("po", "Pod", ""),
        ("svc", "Service", ""), ("pvc", "PersistentVolumeClaim", ""), ("ns", "Namespace", ""),
        ("ing", "Ingress", "networking.k8s.io"), ("hpa", "HorizontalPodAutoscaler", "autoscaling"),
        ("crd", "CustomResourceDefinition", "apiextensions.k8s.io"), ("events", "Event", ""),
        ("endpointslices", "EndpointSlice", "discovery.k8s.io"), ("sts", "StatefulSet", "apps"),
    ])
    func `finds kinds by what people call them`(word: String, kind: String, group: String) throws {
        let found = try #require(Catalog.builtIn.find(word: word))
        #expect(found.groupVersionKind.kind == kind)
        #expect(found.groupVersionKind.group == group)
        #expect(!found.groupVersionKind.version.contains("beta"))
    }

    @Test(arguments: ["", "foo", "deployments.foo", "deploy.v9.apps", "."])
    func `does not guess`(word: String) {
        #expect(Catalog.builtIn.find(word: word) == nil)
    }

    @Test func `knows scopes and nothing of strangers`() {
        func scope(_ apiVersion: String, _ kind: String) -> Bool? {
            Catalog.builtIn.description(of: GroupVersionKind(apiVersion: apiVersion, kind: kind))?.isNamespaced
        }
        #expect(scope("v1", "Namespace") == false)
        #expect(scope("rbac.authorization.k8s.io/v1", "ClusterRole") == false)
        #expect(scope("storage.k8s.io/v1", "StorageClass") == false)
        #expect(scope("apps/v1", "Deployment") == true)
        #expect(scope("example.org/v1", "Widget") == nil)
    }

    @Test func `finds a resource by its URL`() {
        let found = Catalog.builtIn.description(ofResource: "deployments", group: "apps", version: "v1")
        #expect(found?.groupVersionKind.kind == "Deployment")
        #expect(Catalog.builtIn.description(ofResource: "po", group: "", version: "v1") == nil)
        #expect(Catalog.builtIn.description(group: "batch", kind: "CronJob")?.groupVersionKind.version == "v1")
    }

    @Test func `takes custom kinds`() {
        var catalog = Catalog.builtIn
        catalog.add(
            KindDescription(
                GroupVersionKind(group: "example.org", version: "v1", kind: "Widget"), plural: "widgets",
                shortNames: ["wd"]))
        #expect(catalog.find(word: "wd.example.org")?.plural == "widgets")
        #expect(catalog.allWords.contains("widgets"))
    }

    @Test func `prints pods as kubectl does`() throws {
        let pod = Manifest([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web"],
            "spec": ["containers": [["name": "a"], ["name": "b"]], "nodeName": "here"],
            "status": [
                "phase": "Running", "podIP": "10.0.0.3",
                "containerStatuses": [
                    ["name": "a", "ready": true, "restartCount": 2, "state": ["running": [:]]],
                    ["name": "b", "ready": false, "state": ["waiting": ["reason": "CrashLoopBackOff"]]],
                ],
            ],
        ])
        let columns = try #require(Catalog.builtIn.find(word: "pods")?.columns)
        #expect(columns.map(\.title) == ["READY", "STATUS", "RESTARTS", "IP", "NODE"])
        #expect(columns.map { $0.cell(pod) } == ["1/2", "CrashLoopBackOff", "2", "10.0.0.3", "here"])
    }

    @Test(arguments: [
        (
            "deploy", "{spec: {replicas: 3}, status: {readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2}}",
            "2/3 3 2"
        ),
        ("rs", "{spec: {replicas: 3}, status: {replicas: 3, readyReplicas: 1}}", "3 3 1"),
        ("job", "{spec: {completions: 2}, status: {succeeded: 1}}", "Running 1/2"),
        ("job", "{spec: {parallelism: 3}, status: {conditions: [{type: Failed, status: 'True'}]}}", "Failed 0/1 of 3"),
        (
            "svc",
            "{spec: {type: NodePort, clusterIP: 10.1.1.1, ports: [{port: 80, nodePort: 31000}, {port: 53, protocol: UDP}]}}",
            "NodePort 10.1.1.1 <none> 80:31000/TCP,53/UDP"
        ),
        ("svc", "{spec: {type: LoadBalancer, clusterIP: 10.1.1.1}}", "LoadBalancer 10.1.1.1 <pending> <none>"),
        (
            "ep", "{subsets: [{addresses: [{ip: 1.1.1.1}, {ip: 2.2.2.2}], ports: [{port: 1}, {port: 2}]}]}",
            "1.1.1.1:1,2.2.2.2:1,1.1.1.1:2 + 1 more..."
        ),
        ("cm", "{data: {a: b}, binaryData: {c: d}}", "2"), ("secret", "{type: Opaque, data: {a: b}}", "Opaque 1"),
        ("pvc", "{spec: {volumeName: v}, status: {phase: Bound, accessModes: [ReadWriteOnce]}}", "Bound v  RWO "),
        ("ns", "{status: {phase: Active}}", "Active"),
        ("hpa", "{spec: {scaleTargetRef: {kind: Deployment, name: w}, maxReplicas: 3}}", "Deployment/w  3 "),
        ("ing", "{spec: {rules: [{host: a.b}], tls: [{}]}}", "<none> a.b  80, 443"),
        (
            "ev", "{type: Warning, reason: Failed, involvedObject: {kind: Pod, name: p}, message: no}",
            "Warning Failed pod/p no"
        ),
        ("cj", "{spec: {schedule: '@daily'}}", "@daily <none> false 0 <none>"),
        ("netpol", "{spec: {podSelector: {matchLabels: {b: '2', a: '1'}}}}", "a=1,b=2"),
        (
            "endpointslice", "{addressType: IPv4, ports: [{port: 80}], endpoints: [{addresses: [1.1.1.1]}]}",
            "IPv4 80 1.1.1.1"
        ),
    ])
    func `prints other kinds as kubectl does`(word: String, object: String, cells: String) throws {
        let kind = try #require(Catalog.builtIn.find(word: word))
        let manifest = Manifest(try yaml(object))
        let found = kind.columns.filter { !$0.isWide }.map { $0.cell(manifest) }
        #expect(found.joined(separator: " ") == cells)
    }

    @Test(arguments: [
        ("{status: {phase: Pending}}", "Pending"), ("{status: {phase: Failed, reason: Evicted}}", "Evicted"),
        ("{metadata: {deletionTimestamp: x}, status: {phase: Running}}", "Terminating"),
        (
            "{spec: {initContainers: [{name: a}, {name: b}]}, status: {phase: Pending, initContainerStatuses: [{name: a, state: {terminated: {exitCode: 0}}}, {name: b, state: {waiting: {reason: PodInitializing}}}]}}",
            "Init:1/2"
        ),
        (
            "{spec: {initContainers: [{name: a}]}, status: {phase: Pending, initContainerStatuses: [{name: a, state: {terminated: {exitCode: 3, reason: Error}}}]}}",
            "Init:Error"
        ),
        (
            "{status: {phase: Running, containerStatuses: [{ready: true, state: {running: {}}}, {state: {terminated: {exitCode: 0, reason: Completed}}}]}}",
            "NotReady"
        ),
        ("{status: {phase: Failed, containerStatuses: [{state: {terminated: {exitCode: 9}}}]}}", "ExitCode:9"),
        ("{status: {phase: Failed, containerStatuses: [{state: {terminated: {signal: 11}}}]}}", "Signal:11"),
        ("{}", "Unknown"),
    ])
    func `sums a pod up`(object: String, word: String) throws {
        #expect(PodSummary.status(Manifest(try yaml(object))) == word)
    }
}
