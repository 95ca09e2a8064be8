import Document

/// One document that a chart makes.
struct RenderedPart {
    var path: String
    var text: String
    var object: Value
    var kind: String

    /// Whether Helm treats it as a hook.
    var isHook: Bool { hook != nil }

    /// As `helm template` prints it.
    var printed: String { "---\n# Source: \(path)\n\(text)\n" }

    /// Whether only a test, a deletion or a rollback runs it.
    var isOccasional: Bool {
        guard let hook else { return false }
        return hook.split(separator: ",").allSatisfy { event in
            let event = Trim.both(String(event), Trim.isSpace)
            return event.hasPrefix("test") || event.hasSuffix("-delete") || event.hasSuffix("-rollback")
        }
    }

    /// Whether a test of the release runs it.
    var isTest: Bool {
        hook?.split(separator: ",").contains { Trim.both(String($0), Trim.isSpace).hasPrefix("test") } ?? false
    }

    /// Whether an event that Helm 3 does not know runs it, such as `crd-install`: it is left out.
    var isUnknown: Bool {
        hook?.split(separator: ",").contains { !Self.events.contains(Trim.both(String($0), Trim.isSpace)) } ?? false
    }

    private static let events: Set<String> = [
        "pre-install", "post-install", "pre-delete", "post-delete", "pre-upgrade", "post-upgrade", "pre-rollback",
        "post-rollback", "test", "test-success",
    ]

    private var hook: String? { object["metadata"]?["annotations"]?["helm.sh/hook"]?.string }
}

/// Cutting what templates wrote into documents, and putting those in order.
enum RenderedParts {
    /// Helm's order of installation.
    private static let order: [String: Int] = Dictionary(
        uniqueKeysWithValues: [
            "PriorityClass", "Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodSecurityPolicy",
            "PodDisruptionBudget", "ServiceAccount", "Secret", "SecretList", "ConfigMap", "StorageClass",
            "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition", "ClusterRole", "ClusterRoleList",
            "ClusterRoleBinding", "ClusterRoleBindingList", "Role", "RoleList", "RoleBinding", "RoleBindingList",
            "Service", "DaemonSet", "Pod", "ReplicationController", "ReplicaSet", "Deployment",
            "HorizontalPodAutoscaler", "StatefulSet", "Job", "CronJob", "IngressClass", "Ingress", "APIService",
        ].enumerated().map { ($1, $0) })

    static func sorted(_ files: [ChartRun.File]) throws(Problem) -> [RenderedPart] {
        var parts: [RenderedPart] = []
        var budget = ValueBudget(weight: mostWeight, depth: .max)
        for file in files.sorted(by: { GoText.precedes($0.path, $1.path) }) where !file.path.hasSuffix("NOTES.txt") {
            parts += try documents(of: file, &budget)
        }
        let plain = parts.filter { !$0.isHook }
        return inOrder(plain) + inOrder(parts.filter { $0.isHook && !$0.isUnknown })
    }

    private static func inOrder(_ parts: [RenderedPart]) -> [RenderedPart] {
        parts.enumerated().sorted { left, right in
            let (first, second) = (order[left.element.kind], order[right.element.kind])
            switch (first, second) {
            case (.some(let first), .some(let second)) where first != second: return first < second
            case (.some, nil): return true
            case (nil, .some): return false
            case (nil, nil) where left.element.kind != right.element.kind:
                return GoText.precedes(left.element.kind, right.element.kind)
            default: return left.offset < right.offset
            }
        }.map(\.element)
    }

    /// The manifests in `crds/`, as they are.
    static func crds(of chart: Chart) throws(Problem) -> [RenderedPart] {
        let path = chart.path
        var parts: [RenderedPart] = []
        for file in chart.crds {
            let text = String(decoding: file.bytes, as: UTF8.self)
            let objects = try YAML.parse(file.bytes, file: SourceFile(file.source))
            for (index, object) in objects.enumerated() {
                // The text is printed whole, once.
                parts.append(
                    RenderedPart(
                        path: "\(path)/\(file.name)", text: index == 0 ? text : "", object: object,
                        kind: object["kind"]?.string ?? ""))
            }
        }
        for inner in chart.charts { parts += try crds(of: inner) }
        return parts
    }

    // MARK: Documents

    /// What the objects of a chart may come to: bytes of text, and 64 for each value.
    private static let mostWeight = 256 << 20

    private static func documents(
        of file: ChartRun.File, _ budget: inout ValueBudget
    ) throws(Problem) -> [RenderedPart] {
        let bytes = Array(file.output.text.utf8)
        let lines = OutputLines(file.output)
        var parts: [RenderedPart] = []
        var firstLine = 0
        var counted = 0
        for range in split(bytes) {
            // Lines are counted on from the document before: from the start each time, it would cost a square.
            firstLine += bytes[counted..<range.lowerBound].count { $0 == 0x0A }
            counted = range.lowerBound
            let document = Array(bytes[range])
            // As it is printed: with a line break behind it, which a block at the end takes in.
            let object = try parse(document + [0x0A], file, lines, firstLine)
            guard object.fields != nil || object.isNull else {
                throw Problem("what \(file.path) makes is no object: a manifest must be a mapping", at: object.origin)
            }
            if budget.take(object) != nil {
                throw Problem(
                    "the chart makes more than can be rendered", at: object.origin,
                    hint: "its objects come to more than \(mostWeight >> 20) MiB here")
            }
            parts.append(
                RenderedPart(
                    path: file.path, text: String(decoding: document, as: UTF8.self), object: object,
                    kind: object["kind"]?.string ?? ""))
        }
        return parts
    }

    private static func parse(
        _ document: [UInt8], _ file: ChartRun.File, _ lines: OutputLines, _ firstLine: Int
    ) throws(Problem) -> Value {
        do {
            let object =
                try YAML.parse(document, file: SourceFile(file.source), repeatedKeys: .lastCounts).first ?? .null
            return lines.placed(object, firstLine: firstLine)
        } catch {
            var problem = error
            problem.message = "what \(file.path) makes is no YAML: \(error.message)"
            problem.origin = lines.origin(ofLine: firstLine + Int(max(1, error.origin.line))) ?? error.origin
            throw problem
        }
    }

    /// The documents between lines that begin with `---`, without white space around them.
    private static func split(_ bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var line = 0
        func isSpace(_ index: Int) -> Bool { [0x20, 0x09, 0x0A, 0x0D, 0x0B, 0x0C].contains(bytes[index]) }
        func close(_ end: Int) {
            var (low, high) = (start, end)
            while low < high, isSpace(low) { low += 1 }
            while high > low, isSpace(high - 1) { high -= 1 }
            if low < high { ranges.append(low..<high) }
        }
        var isFirst = true
        while line < bytes.count {
            let end = bytes[line...].firstIndex(of: 0x0A) ?? bytes.count
            if isFirst, (line..<end).allSatisfy(isSpace) {
                line = end + 1
                continue
            }
            var mark = line
            if isFirst { while mark < end, isSpace(mark) { mark += 1 } }
            isFirst = false
            if bytes[mark..<end].starts(with: [0x2D, 0x2D, 0x2D]) {
                close(mark)
                start = mark + 3
            }
            line = end + 1
        }
        close(bytes.count)
        return ranges
    }
}

/// Which line of a template, or of a values file, wrote each line of its output.
struct OutputLines {
    private var origins: [Origin] = []

    init(_ output: RenderedText) {
        let bytes = Array(output.text.utf8)
        var mark = 0
        var start = 0
        while start <= bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            var last = end - 1
            while last > start, bytes[last] == 0x20 || bytes[last] == 0x22 || bytes[last] == 0x27 { last -= 1 }
            while mark + 1 < output.marks.count, output.marks[mark + 1].offset <= max(start, last) { mark += 1 }
            origins.append(mark < output.marks.count ? Self.origin(output.marks[mark], at: max(start, last)) : .none)
            start = end + 1
        }
    }

    private static func origin(_ mark: RenderedText.Mark, at offset: Int) -> Origin {
        if let origin = mark.origin { return origin }
        let position = mark.position + (mark.isVerbatim ? max(0, offset - mark.offset) : 0)
        let place = mark.source.place(of: position)
        return Origin(SourceFile(mark.source.file), line: place.line)
    }

    /// - Parameter line: from 1.
    func origin(ofLine line: Int) -> Origin? {
        line > 0 && line <= origins.count ? origins[line - 1] : nil
    }

    /// The value with the places of the template in place of those of the output.
    func placed(_ value: Value, firstLine: Int) -> Value {
        var copy = value
        copy.origin = origin(ofLine: firstLine + Int(value.origin.line)) ?? value.origin
        switch value.content {
        case .scalar: break
        case .sequence(let items): copy.content = .sequence(items.map { placed($0, firstLine: firstLine) })
        case .mapping(let mapping):
            copy.content = .mapping(
                Mapping(
                    mapping.entries.map { entry in
                        var entry = entry
                        entry.key.origin =
                            origin(ofLine: firstLine + Int(entry.key.origin.line)) ?? entry.key.origin
                        entry.value = placed(entry.value, firstLine: firstLine)
                        return entry
                    }))
        }
        return copy
    }
}
