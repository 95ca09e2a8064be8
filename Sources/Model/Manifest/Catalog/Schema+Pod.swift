/// The structure of pods and of the templates that make them.
extension Schema {
    /// `core/v1 PodSpec`.
    static let podSpec = Schema.object([
        "containers": container, "initContainers": container, "ephemeralContainers": container,
        "volumes": .named(retainKeys: true, volume), "imagePullSecrets": .named(), "hostAliases": .named("ip"),
        "tolerations": .atomicList, "readinessGates": .atomicList, "nodeSelector": .atomic(.map(.any)),
        "topologySpreadConstraints": .list(
            keys: ["topologyKey", "whenUnsatisfiable"], patchKey: "topologyKey",
            item: .object(["labelSelector": .selector, "matchLabelKeys": .atomicList])),
        "affinity": .object([
            "nodeAffinity": .object([
                "requiredDuringSchedulingIgnoredDuringExecution": .atomic(.any),
                "preferredDuringSchedulingIgnoredDuringExecution": .atomicList,
            ]),
            "podAffinity": podAffinity, "podAntiAffinity": podAffinity,
        ]),
        "securityContext": .object(["supplementalGroups": .atomicList, "sysctls": .atomicList]),
        "dnsConfig": .object(["nameservers": .atomicList, "searches": .atomicList, "options": .atomicList]),
        "overhead": .map(.any), "resourceClaims": .named(), "schedulingGates": .named(),
    ])

    /// `core/v1 PodTemplateSpec`.
    static let podTemplate = Schema.object(["metadata": .metadata, "spec": .podSpec])

    private static let podAffinity = Schema.object([
        "requiredDuringSchedulingIgnoredDuringExecution": .atomicList,
        "preferredDuringSchedulingIgnoredDuringExecution": .atomicList,
    ])

    private static let container = Schema.named([
        "args": .atomicList, "command": .atomicList, "env": .named(env), "envFrom": .atomicList,
        "ports": .list(keys: ["containerPort", "protocol"], patchKey: "containerPort", item: .object([:])),
        "volumeMounts": .named("mountPath"), "volumeDevices": .named("devicePath"), "resizePolicy": .atomicList,
        "resources": .object(["limits": .map(.any), "requests": .map(.any), "claims": .named()]),
        "livenessProbe": probe, "readinessProbe": probe, "startupProbe": probe,
        "lifecycle": .object(["postStart": handler, "preStop": handler]),
        "securityContext": .object(["capabilities": .object(["add": .atomicList, "drop": .atomicList])]),
    ])

    private static let env: [String: Schema] = [
        "valueFrom": .object([
            "configMapKeyRef": .atomic(.any), "secretKeyRef": .atomic(.any), "fieldRef": .atomic(.any),
            "resourceFieldRef": .atomic(.any),
        ])
    ]

    private static let handlerFields: [String: Schema] = [
        "exec": .object(["command": .atomicList]), "httpGet": .object(["httpHeaders": .atomicList]),
    ]
    private static let handler = Schema.object(handlerFields)
    private static let probe = Schema.object(handlerFields)

    private static let volume: [String: Schema] = [
        "configMap": .object(["items": .atomicList]), "secret": .object(["items": .atomicList]),
        "downwardAPI": .object(["items": .atomicList]), "projected": .object(["sources": .atomicList]),
        "csi": .object(["volumeAttributes": .map(.any)]),
        "ephemeral": .object(["volumeClaimTemplate": .object(["metadata": .metadata, "spec": .claimSpec])]),
    ]

    /// `core/v1 PersistentVolumeClaimSpec`.
    static let claimSpec = Schema.object([
        "accessModes": .atomicList, "selector": .selector, "dataSource": .atomic(.any),
        "resources": .object(["limits": .map(.any), "requests": .map(.any)]),
    ])
}
