import Document
import Manifest
import System

@testable import Controllers

let noon = Timestamp("2026-11-20T12:00:00Z") ?? Timestamp(seconds: 0)

/// A Deployment as a cluster has it, after defaulting.
func deployment(
    _ name: String = "web", replicas: Int = 3, image: String = "shop/web:1", surge: Value = "25%",
    unavailable: Value = "25%", generation: Int = 1
) -> Manifest {
    var object = Manifest(apiVersion: "apps/v1", kind: "Deployment", name: name, namespace: "shop")
    object.value[path: "metadata", "uid"] = .string("uid-\(name)")
    object.value[path: "metadata", "generation"] = .int(generation)
    object.value[path: "metadata", "resourceVersion"] = "1"
    object.value["spec"] = [
        "replicas": .int(replicas), "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
        "selector": ["matchLabels": ["app": .string(name)]],
        "strategy": [
            "type": "RollingUpdate", "rollingUpdate": ["maxSurge": surge, "maxUnavailable": unavailable],
        ],
        "template": [
            "metadata": ["labels": ["app": .string(name)]],
            "spec": ["containers": [["name": "web", "image": .string(image)]]],
        ],
    ]
    return object
}

/// A replica set that a deployment made for an image.
func replicaSet(
    of deployment: Manifest, image: String, size: Int, available: Int? = nil, revision: Int = 1, desired: Int? = nil,
    age: Int = 0
) -> Manifest {
    var template = deployment.spec?["template"] ?? .mapping(Mapping())
    template[path: "spec", "containers"] = [["name": "web", "image": .string(image)]]
    let hash = TemplateHash.of(template)
    template[path: "metadata", "labels", "pod-template-hash"] = .string(hash)
    var object = Manifest(
        apiVersion: "apps/v1", kind: "ReplicaSet", name: "\(deployment.name)-\(hash)", namespace: "shop")
    object.value[path: "metadata", "uid"] = .string("uid-\(object.name)")
    object.value[path: "metadata", "creationTimestamp"] = .string((noon + .seconds(-age)).description)
    object.value[path: "metadata", "labels"] = template[path: "metadata", "labels"]
    object.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: deployment).value]
    let replicas = DeploymentView(manifest: deployment)
    object.value[path: "metadata", "annotations"] = .strings([
        "deployment.kubernetes.io/revision": "\(revision)",
        "deployment.kubernetes.io/desired-replicas": "\(desired ?? replicas.replicas)",
        "deployment.kubernetes.io/max-replicas": "\((desired ?? replicas.replicas) + replicas.maxSurge)",
    ])
    object.value["spec"] = [
        "replicas": .int(size), "selector": ["matchLabels": ["app": .string(deployment.name)]], "template": template,
    ]
    let count = available ?? size
    object.value["status"] = ["replicas": .int(size), "readyReplicas": .int(count), "availableReplicas": .int(count)]
    return object
}

/// A pod in a phase.
func pod(
    _ name: String, app: String = "web", phase: String = "Running", ready: Bool = true, owner: Manifest? = nil,
    age: Int = 60, readyFor: Int = 30, node: String = "here", restarts: Int = 0, cost: Int? = nil
) -> Manifest {
    var object = Manifest(apiVersion: "v1", kind: "Pod", name: name, namespace: "shop")
    object.value[path: "metadata", "uid"] = .string("uid-\(name)")
    object.value[path: "metadata", "labels"] = ["app": .string(app)]
    object.value[path: "metadata", "creationTimestamp"] = .string((noon + .seconds(-age)).description)
    if let cost {
        object.value[path: "metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"] = .string("\(cost)")
    }
    if let owner { object.value[path: "metadata", "ownerReferences"] = [OwnerReference(to: owner).value] }
    if !node.isEmpty { object.value[path: "spec", "nodeName"] = .string(node) }
    object.value["status"] = [
        "phase": .string(phase),
        "conditions": [
            [
                "type": "Ready", "status": .string(ready ? "True" : "False"),
                "lastTransitionTime": .string((noon + .seconds(-readyFor)).description),
            ]
        ],
        "containerStatuses": [["name": "web", "restartCount": .int(restarts)]],
    ]
    return object
}

/// A ReplicaSet by itself.
func plainReplicaSet(size: Int, minReady: Int = 0) -> Manifest {
    var object = Manifest(apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", namespace: "shop")
    object.value[path: "metadata", "uid"] = "uid-web-1"
    object.value["spec"] = [
        "replicas": .int(size), "minReadySeconds": .int(minReady), "selector": ["matchLabels": ["app": "web"]],
        "template": ["metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "web"]]]],
    ]
    return object
}
