import Document

/// Defaults of pods and of the templates that make them (`pkg/apis/core/v1/defaults.go`).
extension Defaults {
    static func podSpec(_ spec: inout Value) {
        spec.fill("restartPolicy", "Always")
        spec.fill("dnsPolicy", "ClusterFirst")
        spec.fill("terminationGracePeriodSeconds", 30)
        spec.fill("schedulerName", "default-scheduler")
        spec.fill("securityContext", .mapping(Mapping()))
        let isOnHost = spec["hostNetwork"]?.bool == true
        for list in ["initContainers", "containers"] {
            spec.items(list) { container in
                self.container(&container)
                guard isOnHost else { return }
                container.items("ports") { port in
                    if let number = port["containerPort"] { port.fill("hostPort", number) }
                }
            }
        }
        spec.items("volumes", volume)
        spec.items("topologySpreadConstraints") { $0.fill("whenUnsatisfiable", "DoNotSchedule") }
    }

    static func podTemplate(of spec: inout Value) {
        spec.inside("template") { $0.inside("spec", podSpec) }
    }

    private static func container(_ container: inout Value) {
        if let image = container["image"]?.string { container.fill("imagePullPolicy", .string(pullPolicy(of: image))) }
        container.fill("terminationMessagePath", "/dev/termination-log")
        container.fill("terminationMessagePolicy", "File")
        container.fill("resources", .mapping(Mapping()))
        container.items("ports") { $0.fill("protocol", "TCP") }
        container.items("env") { variable in
            variable.inside("valueFrom") { $0.inside("fieldRef") { $0.fill("apiVersion", "v1") } }
        }
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] { container.inside(name, probe) }
        container.inside("lifecycle") { lifecycle in
            for name in ["postStart", "preStop"] { lifecycle.inside(name, handler) }
        }
    }

    /// `Always` for `latest`, which moves, and `IfNotPresent` for tags and digests.
    static func pullPolicy(of image: String) -> String {
        if image.contains("@") { return "IfNotPresent" }
        let name = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let tag = name.split(separator: ":", maxSplits: 1).dropFirst().first ?? "latest"
        return tag == "latest" ? "Always" : "IfNotPresent"
    }

    private static func probe(_ probe: inout Value) {
        handler(&probe)
        probe.inside("grpc") { $0.fill("service", "") }
        probe.fill("timeoutSeconds", 1)
        probe.fill("periodSeconds", 10)
        probe.fill("successThreshold", 1)
        probe.fill("failureThreshold", 3)
    }

    private static func handler(_ handler: inout Value) {
        handler.inside("httpGet") { request in
            request.fill("path", "/")
            request.fill("scheme", "HTTP")
        }
    }

    private static func volume(_ volume: inout Value) {
        // A volume of no source is an empty directory.
        if volume.fields?.count == 1, volume["name"] != nil { volume["emptyDir"] = .mapping(Mapping()) }
        for source in ["configMap", "secret", "downwardAPI", "projected"] {
            volume.inside(source) { $0.fill("defaultMode", 420) }
        }
        volume.inside("hostPath") { $0.fill("type", "") }
        volume.inside("downwardAPI", downwardItems)
        volume.inside("projected") { projected in
            projected.items("sources") { source in
                source.inside("serviceAccountToken") { $0.fill("expirationSeconds", 3600) }
                source.inside("downwardAPI", downwardItems)
            }
        }
        volume.inside("ephemeral") { $0.inside("volumeClaimTemplate") { $0.inside("spec", claim) } }
    }

    private static func downwardItems(_ source: inout Value) {
        source.items("items") { item in item.inside("fieldRef") { $0.fill("apiVersion", "v1") } }
    }
}
