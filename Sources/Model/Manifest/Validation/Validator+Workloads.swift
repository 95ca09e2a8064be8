import Document

/// Workloads.
extension Validator {
    private mutating func template(_ spec: Field, policies: [String] = ["Always"]) {
        guard require(spec["template"]) else { return }
        labels(spec["template"]["metadata"]["labels"])
        let claimed = spec["volumeClaimTemplates"].items.compactMap { $0["metadata"]["name"].string }
        podSpec(spec["template"]["spec"], policies: policies, claimed: Set(claimed))
    }

    mutating func replicated(_ spec: Field) {
        guard require(spec) else { return }
        number(spec["replicas"])
        number(spec["minReadySeconds"])
        workloadSelector(spec)
        template(spec)
    }

    mutating func deployment(_ spec: Field) {
        replicated(spec)
        flag(spec["paused"])
        number(spec["revisionHistoryLimit"])
        let deadline = number(spec["progressDeadlineSeconds"])
        if let deadline, deadline <= spec["minReadySeconds"].int ?? 0 {
            add(.invalid, spec["progressDeadlineSeconds"], "must be more than minReadySeconds")
        }
        let strategy = spec["strategy"]
        let type = choice(strategy["type"], ["Recreate", "RollingUpdate"])
        let rolling = strategy["rollingUpdate"]
        if type == "Recreate", rolling.exists {
            add(.forbidden, rolling, "must not be given when the strategy is Recreate")
        }
        let surge = share(rolling["maxSurge"])
        let unavailable = share(rolling["maxUnavailable"], atMost: 100)
        if surge == 0, unavailable == 0 {
            add(.invalid, rolling["maxUnavailable"], "must not be 0 when maxSurge is 0: nothing could be replaced")
        }
    }

    /// A number, or a percentage, at least 0.
    @discardableResult private mutating func share(_ field: Field, atMost limit: Int = .max) -> Int? {
        guard let value = field.value else { return nil }
        let share = IntOrString(value)
        if case .int(let number) = share, number >= 0 { return number }
        if let percent = share?.percent, percent <= limit { return percent }
        add(.invalid, field, "must be a number or a percentage such as 25%")
        return nil
    }

    mutating func statefulSet(_ spec: Field) {
        replicated(spec)
        number(spec["revisionHistoryLimit"])
        choice(spec["podManagementPolicy"], ["OrderedReady", "Parallel"])
        let type = choice(spec["updateStrategy"]["type"], ["RollingUpdate", "OnDelete"])
        number(spec["updateStrategy"]["rollingUpdate"]["partition"])
        if type == "OnDelete", spec["updateStrategy"]["rollingUpdate"].exists {
            add(.forbidden, spec["updateStrategy"]["rollingUpdate"], "must not be given when the strategy is OnDelete")
        }
        for claim in list(spec["volumeClaimTemplates"]) {
            _ = dnsLabel(claim["metadata"]["name"], isRequired: true)
            self.claim(claim["spec"])
        }
        for moment in ["whenDeleted", "whenScaled"] {
            choice(spec["persistentVolumeClaimRetentionPolicy"][moment], ["Retain", "Delete"])
        }
    }

    mutating func daemonSet(_ spec: Field) {
        guard require(spec) else { return }
        workloadSelector(spec)
        template(spec)
        number(spec["minReadySeconds"])
        choice(spec["updateStrategy"]["type"], ["RollingUpdate", "OnDelete"])
        share(spec["updateStrategy"]["rollingUpdate"]["maxUnavailable"], atMost: 100)
        share(spec["updateStrategy"]["rollingUpdate"]["maxSurge"], atMost: 100)
    }

    mutating func job(_ spec: Field) {
        guard require(spec) else { return }
        for field in ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"]
        {
            number(spec[field])
        }
        let mode = choice(spec["completionMode"], ["NonIndexed", "Indexed"])
        if mode == "Indexed" { require(spec["completions"]) }
        flag(spec["suspend"])
        if spec["manualSelector"].value?.bool == true { workloadSelector(spec) }
        template(spec, policies: ["OnFailure", "Never"])
    }

    mutating func cronJob(_ spec: Field) {
        guard require(spec) else { return }
        if let schedule = text(spec["schedule"], isRequired: true), !Self.isSchedule(schedule) {
            add(
                .invalid, spec["schedule"],
                "is \"\(schedule)\" and must be five fields of cron, or a word such as @daily")
        }
        choice(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
        flag(spec["suspend"])
        for field in ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
            number(spec[field])
        }
        if require(spec["jobTemplate"]) { job(spec["jobTemplate"]["spec"]) }
    }

    /// Cron's five fields, each of numbers, names, ranges, steps and lists; their bounds are the scheduler's to check.
    private static func isSchedule(_ text: String) -> Bool {
        if text.hasPrefix("@") {
            let words = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]
            return words.contains(text) || text.hasPrefix("@every ")
        }
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return fields.count == 5
            && fields.allSatisfy { field in
                field.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || "*?,-/".utf8.contains(byte)
                }
            }
    }
}
