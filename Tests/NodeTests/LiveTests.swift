import Cluster
import ClusterTestSupport
import ContainerRuntime
import Document
import LocalCluster
import Manifest
import System
import TestSupport
import Testing

@testable import Node

/// Pods that really run: the embedded cluster, the controllers, the network and the runtime together.
@Suite(.serialized) struct LiveTests {
    private static func deployment(replicas: Int = 1, version: String = "1") -> Manifest {
        var object = Manifest(apiVersion: "apps/v1", kind: "Deployment", name: "web", namespace: "shop")
        object.value["spec"] = [
            "replicas": .int(replicas), "selector": ["matchLabels": ["app": "web"]],
            "template": [
                "metadata": ["labels": ["app": "web"]],
                "spec": [
                    "terminationGracePeriodSeconds": 1,
                    "containers": [
                        [
                            "name": "web", "image": "localhost/busybox:1", "imagePullPolicy": "IfNotPresent",
                            "command": [
                                "/bin/sh", "-c", "echo version $VERSION; sleep 0.05; touch /tmp/up; exec sleep 600",
                            ],
                            "env": [["name": "VERSION", "value": .string(version)]],
                            "readinessProbe": ["exec": ["command": ["test", "-e", "/tmp/up"]], "periodSeconds": 10],
                        ]
                    ],
                ],
            ],
        ]
        return object
    }

    @Test func `a deployment becomes a running program, follows its template, and heals`() async throws {
        // One thing brings about the next: nobody waits longer than a probe's period, for a resync or a back-off.
        try await LiveFixture.run(clock: .neverWaking(after: .seconds(10))) { _, service in
            try await service.apply(Self.deployment())
            #expect(await eventually { await service.readyPods().count == 1 })
            let old = try #require(await service.readyPods().first?.name)
            #expect(try await service.output(of: ["sh", "-c", "echo $VERSION; hostname"], in: old) == "1\n\(old)\n")

            try await service.apply(Self.deployment(version: "2"))
            #expect(await eventually { await service.readyPods().contains { $0.name != old } })
            #expect(await eventually { await service.pods().count == 1 })

            let victim = try #require(await service.readyPods().first)
            try await service.cluster.delete(victim.key, DeleteOptions())
            #expect(await eventually { await service.readyPods().contains { $0.name != victim.name } })
            #expect(await eventually { await service.pods().count == 1 })
        }
    }

    @Test func `a restart of the service touches no container, and ends those whose pod went meanwhile`() async throws {
        try await LiveFixture.run { fixture, service in
            try await service.apply(Self.deployment(replicas: 2))
            #expect(await eventually { await service.readyPods().count == 2 })
            let before = try await service.runtime.list()
            let pods = await service.readyPods()
            #expect(before.count == 2)

            await service.stop()
            service = try await fixture.start()
            #expect(await eventually { await service.readyPods().count == 2 })
            try await Task.sleep(for: .milliseconds(300))
            #expect(await service.readyPods().map(\.uid) == pods.map(\.uid))
            #expect(try await service.runtime.list().map(\.pid) == before.map(\.pid))
            #expect(try await service.output(of: ["sh", "-c", "echo $VERSION"], in: pods[0].name) == "1\n")

            await service.stop()
            let name = pods[0].name
            let orphan = Manifest(apiVersion: "v1", kind: "Pod", name: name, namespace: "shop")
            service = try await fixture.start(deletingFirst: orphan.key)
            #expect(await eventually { await service.readyPods().count == 2 })
            #expect(await eventually { ((try? await service.runtime.list()) ?? []).count == 2 })
            #expect(await !service.pods().contains { $0.name == name })
            let uids = try await service.runtime.sandboxes().map(\.id)
            #expect(Set(uids) == Set(await service.pods().map(\.uid)))
        }
    }

    @Test func `volumes, names and logs are as the pod asks, and files follow their objects`() async throws {
        try await LiveFixture.run { _, service in
            var settings = Manifest(apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop")
            settings.value["data"] = ["color": "blue"]
            try await service.apply(settings)
            var keys = Manifest(apiVersion: "v1", kind: "Secret", name: "keys", namespace: "shop")
            keys.value["data"] = ["password": "aHVudGVyMg=="]
            try await service.apply(keys)
            var claim = Manifest(apiVersion: "v1", kind: "PersistentVolumeClaim", name: "data", namespace: "shop")
            claim.value["spec"] = ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]]
            try await service.apply(claim)
            try await service.apply(Self.storagePod)
            #expect(await eventually { await service.readyPods().count == 1 })
            let running = service
            let shell = { (line: String) in try await running.output(of: ["sh", "-c", line], in: "store") }
            #expect(try await shell("cat /etc/app/color /etc/keys/password") == "bluehunter2")
            #expect(try await shell("touch /etc/app/x 2>/dev/null || echo read-only") == "read-only\n")
            #expect(try await shell("echo kept > /data/file; cat /part/file") == "kept\n")
            #expect(try await shell("cat /etc/hostname; grep -c store /etc/hosts") == "store\n1\n")
            #expect(try await shell("grep -c shop.svc.cluster.local /etc/resolv.conf") == "1\n")
            #expect(try await shell("cat /ready") == "init was here\n")

            settings.value["data"] = ["color": "green"]
            try await service.apply(settings)
            #expect(await eventually { (try? await shell("cat /etc/app/color")) == "green" })

            let log = try await service.node.logs(
                LogRequest(namespace: "shop", pod: "store", container: "main", tailLines: 1))
            var text: [UInt8] = []
            for try await bytes in log { text += bytes }
            #expect(String(decoding: text, as: UTF8.self) == "two\n")

            try await service.cluster.delete(Self.storagePod.key, DeleteOptions(gracePeriodSeconds: 0))
            #expect(await eventually { ((try? await service.runtime.list()) ?? []).isEmpty })
        }
    }

    private static var storagePod: Manifest {
        var pod = Manifest(apiVersion: "v1", kind: "Pod", name: "store", namespace: "shop")
        pod.value["spec"] = [
            "terminationGracePeriodSeconds": 1,
            "volumes": [
                ["name": "app", "configMap": ["name": "settings"]], ["name": "keys", "secret": ["secretName": "keys"]],
                ["name": "data", "persistentVolumeClaim": ["claimName": "data"]], ["name": "tmp", "emptyDir": [:]],
            ],
            "initContainers": [
                [
                    "name": "init", "image": "localhost/busybox:1",
                    "command": ["/bin/sh", "-c", "echo init was here > /tmp/share/ready"],
                    "volumeMounts": [["name": "tmp", "mountPath": "/tmp/share"]],
                ]
            ],
            "containers": [
                [
                    "name": "main", "image": "localhost/busybox:1",
                    "command": ["/bin/sh", "-c", "echo one; echo two; exec sleep 600"],
                    "volumeMounts": [
                        ["name": "app", "mountPath": "/etc/app"], ["name": "keys", "mountPath": "/etc/keys"],
                        ["name": "data", "mountPath": "/data", "subPath": "part"],
                        ["name": "data", "mountPath": "/part", "subPath": "part", "readOnly": true],
                        ["name": "tmp", "mountPath": "/ready", "subPath": "ready"],
                    ],
                ]
            ],
        ]
        return pod
    }
}
