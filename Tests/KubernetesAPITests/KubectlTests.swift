import Cluster
import Document
import Listener
import LocalCluster
import Manifest
import TestSupport
import Testing

@testable import KubernetesAPI

private let configMap = """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings, namespace: default}
    data: {colour: red}
    """

private let deployment = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: default, labels: {app: web}}
    spec:
      replicas: 2
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: main, image: "web:1", ports: [{containerPort: 80}]}]}
    """

private let pod = """
    apiVersion: v1
    kind: Pod
    metadata: {name: web-1, namespace: default, labels: {app: web}}
    spec: {containers: [{name: main, image: "web:1"}]}
    """

@Suite struct KubectlTests {
    @Test func `apply creates, changes and leaves alone`() async throws {
        let fixture = try await APIFixture()
        #expect(try await fixture.kubectl("apply", "-f", "-", input: configMap) == "configmap/settings created\n")
        #expect(try await fixture.kubectl("apply", "-f", "-", input: configMap) == "configmap/settings unchanged\n")
        let blue = configMap.replacing("red", with: "blue")
        #expect(try await fixture.kubectl("apply", "-f", "-", input: blue) == "configmap/settings configured\n")
        #expect(try await fixture.kubectl("get", "cm", "settings", "-o", "jsonpath={.data.colour}") == "blue")
        await fixture.server.stop()
    }

    @Test func `server-side apply keeps to its own fields and names conflicts`() async throws {
        let fixture = try await APIFixture()
        #expect(
            try await fixture.kubectl("apply", "--server-side", "-f", "-", input: deployment)
                == "deployment.apps/web serverside-applied\n")
        let other = deployment.replacing("replicas: 2", with: "replicas: 5")
        let error = await #expect(throws: ProgramFailure.self) {
            try await fixture.kubectl("apply", "--server-side", "--field-manager=other", "-f", "-", input: other)
        }
        #expect(error?.description.contains("conflict with \"kubectl\"") == true)
        #expect(error?.description.contains(".spec.replicas") == true)
        _ = try await fixture.kubectl(
            "apply", "--server-side", "--force-conflicts", "--field-manager=other", "-f", "-", input: other)
        #expect(try await fixture.kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.replicas}") == "5")
        await fixture.server.stop()
    }

    @Test func `get prints tables, wide and all kinds`() async throws {
        let fixture = try await APIFixture()
        try await fixture.create(deployment)
        try await fixture.create(pod)
        let table = try await fixture.kubectl("get", "deployments")
        #expect(
            table.hasPrefix("NAME   READY   UP-TO-DATE   AVAILABLE   AGE\nweb    0/2     0            0           "))
        #expect(try await fixture.kubectl("get", "pods", "-A").contains("default     web-1   0/1     Pending"))
        #expect(try await fixture.kubectl("get", "pods", "-o", "wide").contains("NODE"))
        #expect(try await fixture.kubectl("get", "all").contains("deployment.apps/web"))
        #expect(try await fixture.kubectl("get", "pods", "-l", "app=web", "-o", "name") == "pod/web-1\n")
        #expect(try await fixture.kubectl("get", "pods", "-l", "app!=web", "-o", "name") == "")
        #expect(
            try await fixture.kubectl("get", "pods", "--field-selector=status.phase=Pending", "-o", "name")
                == "pod/web-1\n")
        #expect(try await fixture.kubectl("api-resources", "--api-group=apps").contains("deploy"))
        #expect(try await fixture.kubectl("version").contains("Server Version: v1.32.0+belay"))
        await fixture.server.stop()
    }

    @Test func `errors read like Kubernetes'`() async throws {
        let fixture = try await APIFixture()
        for (arguments, words) in [
            (["get", "pod", "nobody"], "Error from server (NotFound): pods \"nobody\" not found"),
            (
                ["create", "namespace", "default"],
                "Error from server (AlreadyExists): namespaces \"default\" already exists"
            ),
            (["get", "widgets"], "the server doesn't have a resource type \"widgets\""),
            (["create", "cm", "x", "-n", "nowhere"], "namespaces \"nowhere\" not found"),
        ] {
            let error = await #expect(throws: ProgramFailure.self) {
                switch arguments.count {
                case 2: try await fixture.kubectl(arguments[0], arguments[1])
                case 3: try await fixture.kubectl(arguments[0], arguments[1], arguments[2])
                default: try await fixture.kubectl(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
                }
            }
            #expect(error?.description.contains(words) == true)
        }
        await fixture.server.stop()
    }

    @Test func `scale, label, annotate and patch change what they name`() async throws {
        let fixture = try await APIFixture()
        try await fixture.create(deployment)
        #expect(try await fixture.kubectl("scale", "deploy/web", "--replicas=7") == "deployment.apps/web scaled\n")
        _ = try await fixture.kubectl("label", "deploy", "web", "tier=front")
        _ = try await fixture.kubectl("annotate", "deploy", "web", "note=hello")
        _ = try await fixture.kubectl("patch", "deploy", "web", "--type=merge", "-p", "{\"spec\":{\"paused\":true}}")
        _ = try await fixture.kubectl(
            "patch", "deploy", "web", "--type=json", "-p",
            "[{\"op\":\"add\",\"path\":\"/metadata/labels/j\",\"value\":\"1\"}]")
        _ = try await fixture.kubectl("set", "image", "deploy/web", "main=web:2")
        let live = try await fixture.cluster.get(
            ObjectKey(group: "apps", kind: "Deployment", namespace: "default", name: "web"))
        #expect(live.value[path: "spec", "replicas"]?.int == 7)
        #expect(live.labels == ["app": "web", "tier": "front", "j": "1"])
        #expect(live.annotations["note"] == "hello")
        #expect(live.value[path: "spec", "paused"]?.bool == true)
        let container = live.value[path: "spec", "template", "spec", "containers"]?.items?[0]
        #expect(container?["image"]?.string == "web:2")
        #expect(container?["ports"]?.items?.count == 1)
        await fixture.server.stop()
    }

    @Test func `delete waits until an object is gone`() async throws {
        let fixture = try await APIFixture()
        try await fixture.create(configMap)
        #expect(try await fixture.kubectl("delete", "cm", "settings") == "configmap \"settings\" deleted\n")
        _ = try await fixture.kubectl("create", "namespace", "shop")
        try await fixture.create(configMap.replacing("default", with: "shop"))
        #expect(try await fixture.kubectl("delete", "namespace", "shop").contains("namespace \"shop\" deleted"))
        #expect(try await fixture.kubectl("get", "ns", "-o", "name") == "namespace/default\n")
        await fixture.server.stop()
    }

    @Test func `wait and rollout status follow the object`() async throws {
        let fixture = try await APIFixture()
        try await fixture.create(deployment)
        async let rollout = fixture.kubectl("rollout", "status", "deploy/web", "--timeout=120s")
        async let waited = fixture.kubectl("wait", "--for=condition=Available", "deploy/web", "--timeout=120s")
        try await Task.sleep(for: .milliseconds(700))
        var live = try await fixture.cluster.get(
            ObjectKey(group: "apps", kind: "Deployment", namespace: "default", name: "web"))
        live.value["status"] = [
            "observedGeneration": .int(live.generation), "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2,
            "availableReplicas": 2, "conditions": [["type": "Available", "status": "True"]],
        ]
        _ = try await fixture.cluster.update(live, WriteOptions(fieldManager: "controller", subresource: "status"))
        #expect(try await rollout.contains("successfully rolled out"))
        #expect(try await waited == "deployment.apps/web condition met\n")
        await fixture.server.stop()
    }

    @Test func `describe shows an object and its events`() async throws {
        let fixture = try await APIFixture()
        let made = try await fixture.create(pod)
        try await fixture.create(
            """
            apiVersion: v1
            kind: Event
            metadata: {name: e1, namespace: default}
            involvedObject: {kind: Pod, namespace: default, name: web-1, uid: \(made.uid)}
            reason: Pulled
            message: the image is here
            type: Normal
            count: 3
            """)
        let text = try await fixture.kubectl("describe", "pod", "web-1")
        #expect(text.contains("Image:") && text.contains("the image is here"))
        await fixture.server.stop()
    }

    @Test func `logs show a container's output`() async throws {
        let fixture = try await APIFixture(workloads: ScriptedWorkloads())
        try await fixture.create(pod)
        #expect(try await fixture.kubectl("logs", "web-1").hasSuffix("main line 5\n"))
        #expect(try await fixture.kubectl("logs", "web-1", "--tail=1", "-f") == "main line 5\n")
        let error = await #expect(throws: ProgramFailure.self) {
            try await fixture.kubectl("logs", "web-1", "-c", "other")
        }
        #expect(error?.description.contains("container other is not valid for pod web-1") == true)
        await fixture.server.stop()
    }

    @Test func `exec runs programs, passes input and tells the exit code`() async throws {
        let fixture = try await APIFixture(workloads: ScriptedWorkloads())
        try await fixture.create(pod)
        #expect(try await fixture.kubectl("exec", "web-1", "--", "echo", "a b") == "echo a b\n")
        let failed = await #expect(throws: ProgramFailure.self) {
            try await fixture.kubectl("exec", "web-1", "--", "fail")
        }
        #expect(failed?.description.contains("it failed") == true)
        #expect(failed?.description.contains("exit code 3") == true)
        let gone = await #expect(throws: ProgramFailure.self) {
            try await fixture.kubectl("exec", "nobody", "--", "ls")
        }
        #expect(gone?.description.contains("pods \"nobody\" not found") == true)
        await fixture.server.stop()
    }
}
