import Document

/// Access control and scaling.
extension Validator {
    mutating func role(_ root: Field) {
        for rule in list(root["rules"]) {
            _ = list(rule["verbs"], isRequired: true)
            for field in ["verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"] { texts(rule[field]) }
            if !rule["nonResourceURLs"].exists { _ = list(rule["resources"], isRequired: true) }
        }
    }

    mutating func binding(_ root: Field) {
        if require(root["roleRef"]) {
            choice(root["roleRef"]["kind"], ["Role", "ClusterRole"], isRequired: true)
            _ = text(root["roleRef"]["name"], isRequired: true)
        }
        for subject in list(root["subjects"]) {
            choice(subject["kind"], ["User", "Group", "ServiceAccount"], isRequired: true)
            _ = text(subject["name"], isRequired: true)
        }
    }

    mutating func autoscaler(_ spec: Field) {
        guard require(spec) else { return }
        let target = spec["scaleTargetRef"]
        if require(target) {
            _ = text(target["kind"], isRequired: true)
            _ = text(target["name"], isRequired: true)
        }
        let least = number(spec["minReplicas"]) ?? 1
        if let most = number(spec["maxReplicas"], 1...Int(Int32.max), isRequired: true), most < least {
            add(.invalid, spec["maxReplicas"], "is \(most) and must be at least minReplicas, \(least)")
        }
    }

    mutating func disruptionBudget(_ spec: Field) {
        guard require(spec) else { return }
        if spec["minAvailable"].exists, spec["maxUnavailable"].exists {
            add(.forbidden, spec, "must not have both minAvailable and maxUnavailable")
        }
        for field in ["minAvailable", "maxUnavailable"] where spec[field].exists {
            let share = IntOrString(spec[field].value)
            if case .int(let number) = share, number >= 0 { continue }
            if (share?.percent ?? 101) > 100 {
                add(.invalid, spec[field], "must be a number or a percentage such as 25%")
            }
        }
        selector(spec["selector"])
    }
}
