import Document
import Health
import Manifest
import Testing

@Suite struct HealthTests {
    private func object(_ yaml: String) throws -> Manifest {
        Manifest(try YAML.parseOne(Array(yaml.utf8), file: SourceFile("live.yaml")))
    }

    private func deployment(_ status: String, generation: Int = 2) throws -> Manifest {
        try object(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, uid: d, generation: \(generation)}
            spec: {replicas: 2}
            status: \(status)
            """)
    }

    @Test(arguments: [
        ("{observedGeneration: 2, updatedReplicas: 2, replicas: 2, availableReplicas: 2}", Health.State.healthy),
        ("{observedGeneration: 1, updatedReplicas: 2, replicas: 2, availableReplicas: 2}", .progressing),
        ("{observedGeneration: 2, updatedReplicas: 1, replicas: 2, availableReplicas: 2}", .progressing),
        ("{observedGeneration: 2, updatedReplicas: 2, replicas: 3, availableReplicas: 3}", .progressing),
        ("{observedGeneration: 2, updatedReplicas: 2, replicas: 2, availableReplicas: 1}", .progressing),
        (
            "{observedGeneration: 2, conditions: [{type: Progressing, reason: ProgressDeadlineExceeded, status: 'False'}]}",
            .degraded
        ),
    ])
    func `a Deployment is judged by its newest generation`(status: String, state: Health.State) throws {
        #expect(Health.of(try deployment(status)).state == state)
    }

    @Test func `the message names the pod that holds a rollout up, and why`() throws {
        let pod = try object(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web-1, uid: p, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: r, uid: new, controller: true}]}
            status:
              phase: Running
              containerStatuses:
                - name: web
                  state: {waiting: {reason: CrashLoopBackOff, message: back-off 10s}}
                  lastState: {terminated: {exitCode: 3, reason: Error}}
            """)
        let set = try object(
            "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: r, uid: new, annotations: {deployment.kubernetes.io/revision: '2'}}}"
        )
        let live = try deployment("{observedGeneration: 2, updatedReplicas: 2, replicas: 2, availableReplicas: 1}")
        let health = Health.of(live, parts: [set, pod])
        #expect(health.state == .degraded)
        #expect(
            health.message
                == "1 of 2 pods are available; pod web-1: container web: CrashLoopBackOff: back-off 10s (last exit: code 3, Error)"
        )
    }

    @Test func `a broken old version does not make a rollout degraded`() throws {
        let old = try object(
            "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: o, uid: old, annotations: {deployment.kubernetes.io/revision: '1'}}}"
        )
        let new = try object(
            "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: n, uid: new, annotations: {deployment.kubernetes.io/revision: '2'}}}"
        )
        let pod = try object(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: web-0, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: o, uid: old, controller: true}]}
            status: {phase: Running, containerStatuses: [{name: web, state: {waiting: {reason: CrashLoopBackOff}}}]}
            """)
        let live = try deployment("{observedGeneration: 2, updatedReplicas: 1, replicas: 2, availableReplicas: 0}")
        #expect(Health.of(live, parts: [old, new, pod]).state == .progressing)
    }

    @Test(arguments: [
        ("{phase: Succeeded}", Health.State.healthy),
        ("{phase: Failed, containerStatuses: [{name: a, state: {terminated: {exitCode: 1}}}]}", .degraded),
        ("{phase: Running, conditions: [{type: Ready, status: 'True'}]}", .healthy),
        (
            "{phase: Pending, containerStatuses: [{name: a, ready: false, state: {waiting: {reason: ContainerCreating}}}]}",
            .progressing
        ),
        ("{phase: Pending, containerStatuses: [{name: a, state: {waiting: {reason: ImagePullBackOff}}}]}", .degraded),
    ])
    func `a Pod is judged by its phase and containers`(status: String, state: Health.State) throws {
        #expect(
            Health.of(try object("{apiVersion: v1, kind: Pod, metadata: {name: a}, status: \(status)}")).state == state)
    }

    @Test(arguments: [
        ("{conditions: [{type: Complete, status: 'True'}]}", Health.State.healthy),
        ("{conditions: [{type: Failed, status: 'True', message: too many}]}", .degraded),
        ("{active: 1}", .progressing),
    ])
    func `a Job is judged by its conditions`(status: String, state: Health.State) throws {
        #expect(
            Health.of(try object("{apiVersion: batch/v1, kind: Job, metadata: {name: a}, status: \(status)}")).state
                == state)
    }

    @Test func `an object of a kind that nothing is known of is healthy unless it says otherwise`() throws {
        #expect(Health.of(try object("{apiVersion: a/v1, kind: Thing, metadata: {name: a}}")) == .healthy)
        let unready =
            "{apiVersion: a/v1, kind: Thing, metadata: {name: a}, status: {conditions: [{type: Ready, status: 'False', message: wait}]}}"
        #expect(Health.of(try object(unready)) == Health(.progressing, "wait"))
    }

    @Test func `what is being deleted is in progress`() throws {
        let live = try object(
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, deletionTimestamp: 2026-01-01T00:00:00Z}}")
        #expect(Health.of(live).state == .progressing)
    }

    @Test func `the worst state counts`() {
        #expect(Health.worst([.healthy, Health(.degraded, "x"), Health(.progressing)]).message == "x")
        #expect(Health.worst([]) == .healthy)
    }
}
