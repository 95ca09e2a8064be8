import Document
import Manifest
import Testing

@Suite struct ValidationTests {
    private static let pod = "containers: [{name: a, image: i}]"

    private func deployment(_ spec: String) -> String {
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {\(spec)}\n"
    }

    private func problems(_ text: String) throws -> [String] {
        Validation.problems(in: Manifest(try yaml(text))).map { "\($0.path) \($0.message)" }
    }

    @Test(arguments: [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {\(pod)}}}",
        "apiVersion: v1\nkind: Pod\nmetadata: {generateName: web-}\nspec: {\(pod), volumes: [{name: v}]}",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80, targetPort: http}]}",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None}",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a.txt: x}",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: YQ==, b: ''}",
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {schedule: '*/5 0-6 * JAN mon', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, \(pod)}}}}}",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'system:x'}\nrules: [{verbs: [get], resources: [pods], apiGroups: ['']}]",
        "apiVersion: example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: anything",
    ])
    func `lets sound objects pass, defaulted too`(text: String) throws {
        #expect(try problems(text) == [])
        var object = Manifest(try yaml(text))
        Defaults.apply(to: &object)
        #expect(Validation.problems(in: object) == [])
    }

    @Test(arguments: [
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: A_b}}", "metadata.name is \"A_b\""),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {}}", "metadata.name or metadata.generateName"),
        ("{apiVersion: v1, kind: ConfigMap}", "metadata is required"),
        ("{apiVersion: v1, kind: Service, metadata: {name: 1a}, spec: {clusterIP: None}}", "must begin with a letter"),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a: 1}}}",
            "metadata.labels[a] must be a string"
        ),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a b: c}}}", "no label key"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {a: -c}}}", "alphanumeric at both ends"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a/b: c}}", "data[a/b] has the key"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: 1}}", "data[b] must be a string"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: [1]}", "data must be a mapping"),
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {b: c}, binaryData: {b: YQ==}}",
            "that data has too"
        ),
        ("{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {b: 'p$'}}", "must be base64"),
        (
            "{apiVersion: v1, kind: Secret, metadata: {name: a}, type: kubernetes.io/tls, data: {tls.crt: YQ==}}",
            "tls.key"
        ),
        ("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {}}", "spec.ports is required"),
        ("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 0}]}}", "spec.ports[0].port is 0"),
        ("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1}, {port: 1}]}}", "1/TCP"),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1}, {port: 2}]}}",
            "ports[0].name is required"
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: Foo, ports: [{port: 1}]}}",
            "one of ClusterIP"
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 1, nodePort: 31000}]}}",
            "NodePort"
        ),
        ("{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: '80'}]}}", "whole number"),
        (
            "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: a}, spec: {accessModes: [RWO]}}",
            "ReadWriteOnce"
        ),
        (
            "{apiVersion: batch/v1, kind: Job, metadata: {name: a}, spec: {template: {spec: {\(pod)}}}}",
            "restartPolicy is required"
        ),
        ("{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: daily}}", "five fields of cron"),
        (
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: a}, spec: {minAvailable: 1, maxUnavailable: 1}}",
            "both"
        ),
        (
            "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: a}, spec: {minReplicas: 3, maxReplicas: 2, scaleTargetRef: {kind: D, name: d}}}",
            "minReplicas"
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}, spec: {rules: [{host: a_b, http: {paths: [{path: x, pathType: Exact, backend: {service: {name: s, port: {}}}}]}}]}}",
            "must begin with \"/\""
        ),
        (
            "{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: a}, roleRef: {kind: Foo, name: x}}",
            "roleRef.kind"
        ),
    ])
    func `names what is wrong`(text: String, words: String) throws {
        let found = try problems(text)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test(arguments: [
        ("containers: []", "spec.containers must not be empty"), ("volumes: []", "spec.containers is required"),
        ("containers: [{image: i}]", "spec.containers[0].name is required"),
        ("containers: [{name: A, image: i}]", "lower-case letters"),
        ("containers: [{name: a}]", "spec.containers[0].image is required"),
        ("containers: [{name: a, image: 'i x'}]", "white space"),
        ("containers: [{name: a, image: i}, {name: a, image: i}]", "which spec.containers[0].name is already"),
        ("containers: [{name: a, image: i, ports: [{containerPort: 70000}]}]", "at most 65535"),
        ("containers: [{name: a, image: i, ports: [{containerPort: 1, protocol: tcp}]}]", "TCP, UDP, SCTP"),
        (
            "containers: [{name: a, image: i, ports: [{containerPort: 1, name: x}, {containerPort: 2, name: x}]}]",
            "already"
        ),
        (
            "containers: [{name: a, image: i, env: [{name: X, value: 1}]}]",
            "env[0].value must be a string, and is a number; quote it"
        ),
        ("containers: [{name: a, image: i, env: [{name: X, valueFrom: {}}]}]", "must have one of"),
        ("containers: [{name: a, image: i, volumeMounts: [{name: v, mountPath: /v}]}]", "no such volume"),
        ("containers: [{name: a, image: i, args: [1]}]", "args[0] must be a string"),
        ("containers: [{name: a, image: i, resources: {limits: {cpu: x}}}]", "no quantity"),
        (
            "containers: [{name: a, image: i, resources: {limits: {cpu: 1}, requests: {cpu: 1500m}}}]",
            "more than the limit"
        ),
        ("containers: [{name: a, image: i, livenessProbe: {periodSeconds: 1}}]", "must have one of exec"),
        ("containers: [{name: a, image: i, livenessProbe: {exec: {command: []}}}]", "must not be empty"),
        ("containers: [{name: a, image: i, readinessProbe: {httpGet: {port: 0}}}]", "at least 1"),
        ("containers: [{name: a, image: i, imagePullPolicy: always}]", "one of Always"),
        ("restartPolicy: Maybe, \(pod)", "one of Always"), ("dnsPolicy: x, \(pod)", "ClusterFirst"),
        ("terminationGracePeriodSeconds: -1, \(pod)", "at least 0"), ("hostNetwork: 1, \(pod)", "true or false"),
        ("volumes: [{name: v, emptyDir: {}, secret: {secretName: s}}], \(pod)", "only one source"),
        ("volumes: [{name: v}, {name: v}], \(pod)", "already"),
        ("volumes: [{name: v, configMap: {name: c, items: [{key: k, path: ../x}]}}], \(pod)", "without \"..\""),
        ("tolerations: [{effect: x}], \(pod)", "NoSchedule"),
    ])
    func `names what is wrong in pods`(spec: String, words: String) throws {
        let found = try problems("{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {\(spec)}}")
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test(arguments: [
        ("template: {spec: {\(pod)}}", "spec.selector is required"),
        ("selector: {matchLabels: {a: b}}, template: {spec: {\(pod)}}", "do not match spec.selector (a=b)"),
        ("selector: {}, template: {spec: {\(pod)}}", "select everything"),
        ("selector: {matchExpressions: [{key: a, operator: is}]}, template: {spec: {\(pod)}}", "malformed"),
        ("replicas: -1", "spec.replicas is -1"), ("replicas: '3'", "spec.replicas must be a whole number"),
        ("strategy: {type: Recreate, rollingUpdate: {}}", "must not be given"),
        ("strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}", "nothing could be replaced"),
        ("strategy: {rollingUpdate: {maxSurge: x}}", "percentage"),
        ("progressDeadlineSeconds: 5, minReadySeconds: 9", "more than minReadySeconds"),
        ("template: {spec: {restartPolicy: Never, \(pod)}}", "one of Always"),
    ])
    func `names what is wrong in deployments`(spec: String, words: String) throws {
        let found = try problems(deployment(spec))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test func `says where, and which object`() throws {
        let object = Manifest(
            try yaml(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: n\nspec:\n  containers:\n  - name: a\n"))
        let problem = try #require(Validation.problems(in: object).first?.problem(of: object))
        #expect(problem.description == "test.yaml:8:5: Pod n/p: spec.containers[0].image is required")
    }

    @Test(arguments: [
        (
            "{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {a: b}}}}",
            "{apiVersion: apps/v1, kind: Deployment, spec: {selector: {matchLabels: {a: c}}}}", "spec.selector"
        ),
        ("{apiVersion: v1, kind: Secret, type: Opaque}", "{apiVersion: v1, kind: Secret, type: x}", "type"),
        (
            "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: b}}",
            "{apiVersion: v1, kind: ConfigMap, immutable: true, data: {a: c}}", "data"
        ),
        (
            "{apiVersion: batch/v1, kind: Job, spec: {template: {a: 1}}}",
            "{apiVersion: batch/v1, kind: Job, spec: {template: {a: 2}}}", "spec.template"
        ),
        (
            "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: i, args: [x]}]}}",
            "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: j, args: [y]}]}}", "spec.containers"
        ),
        (
            "{apiVersion: v1, kind: Service, spec: {clusterIP: 10.0.0.1}}",
            "{apiVersion: v1, kind: Service, spec: {clusterIP: 10.0.0.2}}", "spec.clusterIP"
        ),
        (
            "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {resources: {requests: {storage: 2Gi}}}}",
            "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {resources: {requests: {storage: 1Gi}}}}",
            "spec.resources.requests.storage"
        ),
    ])
    func `refuses to change what cannot change`(old: String, new: String, path: String) throws {
        let (old, new) = (Manifest(try yaml(old)), Manifest(try yaml(new)))
        #expect(Validation.problems(changing: old, to: new).map(\.path) == [path])
        #expect(Validation.problems(changing: old, to: old).isEmpty)
    }

    @Test func `lets a pod be bound, and its image change`() throws {
        let old = Manifest(try yaml("{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: i}]}}"))
        let new = Manifest(
            try yaml(
                "{apiVersion: v1, kind: Pod, spec: {nodeName: n, containers: [{name: a, image: j}], tolerations: [{}]}}"
            ))
        #expect(Validation.problems(changing: old, to: new).isEmpty)
    }

    @Test(arguments: [
        ("a.b-c", true, true, false), ("a", true, true, true), ("-a", false, false, false), ("", false, false, false),
        ("A", true, false, false), ("x.org/a", true, false, false), ("a/b/c", false, false, false),
        ("é", false, false, false),
    ])
    func `knows the syntax of names`(text: String, qualified: Bool, subdomain: Bool, label: Bool) {
        #expect(LabelSyntax.isQualifiedName(text) == qualified)
        #expect(LabelSyntax.isDNSSubdomain(text) == subdomain)
        #expect(LabelSyntax.isDNSLabel(text) == label)
        #expect(!LabelSyntax.isDNSLabel(String(repeating: "a", count: 64)))
    }
}
