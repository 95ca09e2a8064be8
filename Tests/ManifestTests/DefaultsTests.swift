import Document
import Manifest
import Testing

@Suite struct DefaultsTests {
    private func defaulted(_ text: String) throws -> Value {
        var object = Manifest(try yaml(text))
        Defaults.apply(to: &object)
        return object.value
    }

    @Test func `fills in a deployment and its pods`() throws {
        let spec = try #require(
            try defaulted(
                """
                apiVersion: apps/v1
                kind: Deployment
                spec:
                  template:
                    spec:
                      containers:
                      - name: web
                        image: web
                        ports: [{containerPort: 80}]
                        readinessProbe: {httpGet: {port: 80}, periodSeconds: 3}
                        env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]
                      volumes: [{name: a}, {name: b, configMap: {name: c}}]
                """)["spec"])
        #expect(spec["replicas"] == 1)
        #expect(spec["revisionHistoryLimit"] == 10)
        #expect(spec["progressDeadlineSeconds"] == 600)
        #expect(
            spec["strategy"] == [
                "type": "RollingUpdate", "rollingUpdate": ["maxUnavailable": "25%", "maxSurge": "25%"],
            ])
        let pod = try #require(spec[path: "template", "spec"])
        #expect(pod["restartPolicy"] == "Always")
        #expect(pod["terminationGracePeriodSeconds"] == 30)
        #expect(pod["enableServiceLinks"] == nil)
        let container = try #require(pod["containers"]?.items?.first)
        #expect(container["imagePullPolicy"] == "Always")
        #expect(container["ports"] == [["containerPort": 80, "protocol": "TCP"]])
        #expect(container["readinessProbe"]?["httpGet"] == ["port": 80, "path": "/", "scheme": "HTTP"])
        #expect(container["readinessProbe"]?["periodSeconds"] == 3)
        #expect(container["readinessProbe"]?["failureThreshold"] == 3)
        #expect(pod["volumes"]?.items?[0]["emptyDir"] == [:])
        #expect(pod["volumes"]?.items?[1][path: "configMap", "defaultMode"] == 420)
        #expect(container["imagePullPolicy"]?.origin == Origin.none)
    }

    @Test(arguments: [
        ("web", "Always"), ("web:latest", "Always"), ("web:1", "IfNotPresent"), ("host:5000/web", "Always"),
        ("host:5000/web:2", "IfNotPresent"), ("web@sha256:abc", "IfNotPresent"),
    ])
    func `pulls what moves`(image: String, policy: String) throws {
        let pod = try defaulted(
            "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: \"\(image)\", resources: {limits: {cpu: 1}}}]}}"
        )
        let container = try #require(pod[path: "spec", "containers"]?.items?.first)
        #expect(container["imagePullPolicy"]?.string == policy)
        #expect(container[path: "resources", "requests", "cpu"] == 1)
        #expect(pod[path: "spec", "enableServiceLinks"] == true)
    }

    @Test(arguments: [
        (
            "{apiVersion: v1, kind: Service, spec: {ports: [{port: 80}]}}",
            "{ports: [{port: 80, protocol: TCP, targetPort: 80}], type: ClusterIP, sessionAffinity: None, internalTrafficPolicy: Cluster}"
        ),
        (
            "{apiVersion: batch/v1, kind: Job, spec: {}}",
            "{completions: 1, parallelism: 1, backoffLimit: 6, completionMode: NonIndexed, suspend: false, podReplacementPolicy: TerminatingOrFailed}"
        ),
        (
            "{apiVersion: batch/v1, kind: Job, spec: {parallelism: 3}}",
            "{parallelism: 3, backoffLimit: 6, completionMode: NonIndexed, suspend: false, podReplacementPolicy: TerminatingOrFailed}"
        ),
        (
            "{apiVersion: batch/v1, kind: CronJob, spec: {schedule: '@daily'}}",
            "{schedule: '@daily', concurrencyPolicy: Allow, suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1}"
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, spec: {egress: [{ports: [{port: 1}]}]}}",
            "{egress: [{ports: [{port: 1, protocol: TCP}]}], policyTypes: [Ingress, Egress]}"
        ),
        ("{apiVersion: v1, kind: PersistentVolumeClaim, spec: {}}", "{volumeMode: Filesystem}"),
        (
            "{apiVersion: apps/v1, kind: DaemonSet, spec: {}}",
            "{revisionHistoryLimit: 10, updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1, maxSurge: 0}}}"
        ),
        (
            "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 0, strategy: {type: Recreate}}}",
            "{replicas: 0, strategy: {type: Recreate}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600}"
        ),
        ("{apiVersion: x/v1, kind: Deployment, spec: {}}", "{}"),
    ])
    func `fills in other kinds`(object: String, spec: String) throws {
        #expect(try defaulted(object)["spec"] == (try yaml(spec)))
    }

    @Test func `changes nothing the second time, nor what is malformed`() throws {
        var object = Manifest(
            try yaml("{apiVersion: apps/v1, kind: StatefulSet, spec: {volumeClaimTemplates: [{spec: {}}, 3]}}"))
        Defaults.apply(to: &object)
        let once = object
        Defaults.apply(to: &object)
        #expect(object == once)
        #expect(try defaulted("{apiVersion: v1, kind: Pod, spec: [1]}")["spec"] == [1])
    }

    @Test func `reads numbers and shares`() throws {
        #expect(IntOrString(try yaml("25%"))?.amount(of: 10, roundingUp: true) == 3)
        #expect(IntOrString(try yaml("25%"))?.amount(of: 10, roundingUp: false) == 2)
        #expect(IntOrString(try yaml("4"))?.amount(of: 10, roundingUp: true) == 4)
        #expect(IntOrString(try yaml("http"))?.amount(of: 10, roundingUp: true) == nil)
        #expect(IntOrString(try yaml("[1]")) == nil)
    }
}

@Suite struct LabelSelectorTests {
    @Test(arguments: [
        ("", ["a": "1"], true), ("a=1", ["a": "1"], true), ("a==1,b!=2", ["a": "1", "b": "2"], false),
        ("a in (1, 2), b notin (3)", ["a": "2"], true), ("!a", ["a": "1"], false), ("a", ["a": ""], true),
        ("x.org/a=", ["x.org/a": ""], true),
    ])
    func `selects by a query`(query: String, labels: [String: String], matches: Bool) throws {
        #expect(try LabelSelector(query: query).matches(labels) == matches)
    }

    @Test(arguments: ["a=", "a,", ",", "a in", "a in (1", "a in 1", "a like b", "a=1 b=2", "-a", "a=b c", "!", "a=-x"])
    func `refuses what it cannot read`(query: String) {
        if query == "a=" { return }
        #expect(throws: Problem.self) { try LabelSelector(query: query) }
    }

    @Test func `selects by a LabelSelector`() throws {
        let selector = try LabelSelector(
            selector: try yaml(
                "{matchLabels: {a: '1'}, matchExpressions: [{key: b, operator: In, values: [x, y]}, {key: c, operator: DoesNotExist}]}"
            ))
        #expect(selector.matches(["a": "1", "b": "y"]))
        #expect(!selector.matches(["a": "1", "b": "y", "c": ""]))
        let problem = #expect(throws: Problem.self) {
            try LabelSelector(selector: try yaml("{matchExpressions: [{key: b, operator: In}]}"))
        }
        #expect(problem?.origin.line == 1)
    }
}
