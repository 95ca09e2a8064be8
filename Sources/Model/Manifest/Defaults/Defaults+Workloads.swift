import Document

/// Defaults of workloads (`pkg/apis/apps/v1/defaults.go`, `pkg/apis/batch/v1/defaults.go`).
extension Defaults {
    static func deployment(_ spec: inout Value) {
        spec.fill("replicas", 1)
        spec.fill("revisionHistoryLimit", 10)
        spec.fill("progressDeadlineSeconds", 600)
        spec.fill(path: ["strategy", "type"], "RollingUpdate")
        if spec[path: "strategy", "type"]?.string == "RollingUpdate" {
            spec.fill(path: ["strategy", "rollingUpdate", "maxUnavailable"], "25%")
            spec.fill(path: ["strategy", "rollingUpdate", "maxSurge"], "25%")
        }
        podTemplate(of: &spec)
    }

    static func replicaSet(_ spec: inout Value) {
        spec.fill("replicas", 1)
        podTemplate(of: &spec)
    }

    static func statefulSet(_ spec: inout Value) {
        spec.fill("replicas", 1)
        spec.fill("revisionHistoryLimit", 10)
        spec.fill("podManagementPolicy", "OrderedReady")
        spec.fill(path: ["updateStrategy", "type"], "RollingUpdate")
        if spec[path: "updateStrategy", "type"]?.string == "RollingUpdate" {
            spec.fill(path: ["updateStrategy", "rollingUpdate", "partition"], 0)
        }
        for moment in ["whenDeleted", "whenScaled"] {
            spec.fill(path: ["persistentVolumeClaimRetentionPolicy", moment], "Retain")
        }
        spec.items("volumeClaimTemplates") { template in
            template.fill("apiVersion", "v1")
            template.fill("kind", "PersistentVolumeClaim")
            template.inside("spec", claim)
        }
        podTemplate(of: &spec)
    }

    static func daemonSet(_ spec: inout Value) {
        spec.fill("revisionHistoryLimit", 10)
        spec.fill(path: ["updateStrategy", "type"], "RollingUpdate")
        if spec[path: "updateStrategy", "type"]?.string == "RollingUpdate" {
            spec.fill(path: ["updateStrategy", "rollingUpdate", "maxUnavailable"], 1)
            spec.fill(path: ["updateStrategy", "rollingUpdate", "maxSurge"], 0)
        }
        podTemplate(of: &spec)
    }

    static func job(_ spec: inout Value) {
        // With parallelism alone, the job ends when any pod succeeds: completions then stay open.
        if spec["parallelism"] == nil { spec.fill("completions", 1) }
        spec.fill("parallelism", 1)
        spec.fill("backoffLimit", 6)
        spec.fill("completionMode", "NonIndexed")
        spec.fill("suspend", false)
        spec.fill("podReplacementPolicy", spec["podFailurePolicy"] == nil ? "TerminatingOrFailed" : "Failed")
        podTemplate(of: &spec)
    }

    static func cronJob(_ spec: inout Value) {
        spec.fill("concurrencyPolicy", "Allow")
        spec.fill("suspend", false)
        spec.fill("successfulJobsHistoryLimit", 3)
        spec.fill("failedJobsHistoryLimit", 1)
        spec.inside("jobTemplate") { $0.inside("spec", podTemplate) }
    }
}
