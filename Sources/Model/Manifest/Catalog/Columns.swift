import Document

extension PrinterColumn {
    /// A column that shows one field as it is.
    static func path(_ title: String, isWide: Bool = false, _ path: String..., absent: String = "") -> PrinterColumn {
        PrinterColumn(title, isWide: isWide) { $0.value[path: path]?.scalar?.text ?? absent }
    }
}

/// Cells as kubectl prints them (kubernetes, pkg/printers/internalversion).
extension Catalog {
    static func count(_ value: Value?) -> Int {
        value?.items?.count ?? value?.fields?.count ?? 0
    }

    private static func number(_ manifest: Manifest, _ path: String..., absent: Int = 0) -> Int {
        manifest.value[path: path]?.int ?? absent
    }

    /// At most three of a list, and how many more there are.
    static func abbreviated(_ items: [String]) -> String {
        guard !items.isEmpty else { return "<none>" }
        guard items.count > 3 else { return items.joined(separator: ",") }
        return items.prefix(3).joined(separator: ",") + " + \(items.count - 3) more..."
    }

    static let podColumns = [
        PrinterColumn("READY") {
            let statuses = $0.value[path: "status", "containerStatuses"]?.items ?? []
            let ready = statuses.filter { $0["ready"]?.bool == true }.count
            return "\(ready)/\(count($0.value[path: "spec", "containers"]))"
        },
        PrinterColumn("STATUS", cell: PodSummary.status),
        PrinterColumn("RESTARTS") { String(PodSummary.restarts($0)) },
        .path("IP", isWide: true, "status", "podIP", absent: "<none>"),
        .path("NODE", isWide: true, "spec", "nodeName", absent: "<none>"),
    ]

    static let templateColumns = [
        PrinterColumn("CONTAINERS", isWide: true) { containers($0, "name") },
        PrinterColumn("IMAGES", isWide: true) { containers($0, "image") },
    ]

    private static func containers(_ manifest: Manifest, _ field: String) -> String {
        let containers = manifest.value[path: "spec", "template", "spec", "containers"]?.items ?? []
        return containers.map { $0[field]?.string ?? "" }.joined(separator: ",")
    }

    private static let selector = PrinterColumn("SELECTOR", isWide: true) {
        selectorText($0.value[path: "spec", "selector"])
    }

    static let ready = PrinterColumn("READY") {
        "\(number($0, "status", "readyReplicas"))/\(number($0, "spec", "replicas", absent: 1))"
    }

    static let deploymentColumns =
        [
            ready, .path("UP-TO-DATE", "status", "updatedReplicas", absent: "0"),
            .path("AVAILABLE", "status", "availableReplicas", absent: "0"),
        ] + templateColumns + [selector]

    static let replicaColumns =
        [
            .path("DESIRED", "spec", "replicas", absent: "1"), .path("CURRENT", "status", "replicas", absent: "0"),
            .path("READY", "status", "readyReplicas", absent: "0"),
        ] + templateColumns + [selector]

    static let daemonSetColumns =
        [
            .path("DESIRED", "status", "desiredNumberScheduled", absent: "0"),
            .path("CURRENT", "status", "currentNumberScheduled", absent: "0"),
            .path("READY", "status", "numberReady", absent: "0"),
            .path("UP-TO-DATE", "status", "updatedNumberScheduled", absent: "0"),
            .path("AVAILABLE", "status", "numberAvailable", absent: "0"),
        ] + templateColumns + [selector]

    static let jobColumns =
        [
            PrinterColumn("STATUS", cell: jobStatus),
            PrinterColumn("COMPLETIONS") {
                let succeeded = number($0, "status", "succeeded")
                if let wanted = $0.value[path: "spec", "completions"]?.int { return "\(succeeded)/\(wanted)" }
                let parallel = number($0, "spec", "parallelism", absent: 1)
                return parallel > 1 ? "\(succeeded)/1 of \(parallel)" : "\(succeeded)/1"
            },
        ] + templateColumns + [selector]

    private static func jobStatus(_ job: Manifest) -> String {
        for (type, word) in [("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended")]
        where condition(job, type) { return word }
        if job.deletionTimestamp != nil { return "Terminating" }
        return condition(job, "FailureTarget") ? "FailureTarget" : "Running"
    }

    /// Whether a condition is true.
    static func condition(_ manifest: Manifest, _ type: String) -> Bool {
        let conditions = manifest.value[path: "status", "conditions"]?.items ?? []
        return conditions.contains { $0["type"]?.string == type && $0["status"]?.string == "True" }
    }

    static let cronJobColumns: [PrinterColumn] = [
        .path("SCHEDULE", "spec", "schedule"), .path("TIMEZONE", "spec", "timeZone", absent: "<none>"),
        .path("SUSPEND", "spec", "suspend", absent: "false"),
        PrinterColumn("ACTIVE") { String(count($0.value[path: "status", "active"])) },
        .path("LAST SCHEDULE", "status", "lastScheduleTime", absent: "<none>"),
    ]

    static func selectorText(_ selector: Value?) -> String {
        guard let selector else { return "<none>" }
        let labels = (selector["matchLabels"] ?? selector).dictionary
        guard !labels.isEmpty else { return "<none>" }
        return labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }

    static func nodeStatus(_ node: Manifest) -> String {
        let ready = condition(node, "Ready") ? "Ready" : "NotReady"
        return node.value[path: "spec", "unschedulable"]?.bool == true ? "\(ready),SchedulingDisabled" : ready
    }

    static func accessModes(_ modes: Value?) -> String {
        let short = ["ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"]
        return (modes?.strings ?? []).map { short[$0] ?? $0 }.joined(separator: ",")
    }

    static func claim(_ volume: Manifest) -> String {
        guard let claim = volume.value[path: "spec", "claimRef"] else { return "" }
        return "\(claim["namespace"]?.string ?? "")/\(claim["name"]?.string ?? "")"
    }

    static let eventColumns: [PrinterColumn] = [
        .path("TYPE", "type"), .path("REASON", "reason"),
        PrinterColumn("OBJECT") {
            let object = $0.value["involvedObject"] ?? $0.value["regarding"]
            return "\(object?["kind"]?.string?.lowercased() ?? "")/\(object?["name"]?.string ?? "")"
        },
        PrinterColumn("MESSAGE") { $0.value["message"]?.string ?? $0.value["note"]?.string ?? "" },
    ]
}
