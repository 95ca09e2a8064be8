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
}
