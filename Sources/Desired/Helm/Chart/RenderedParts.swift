import Document
import Glibc

/// One document that a chart makes.
struct RenderedPart {
    let path: String
    /// Its text; nothing where the file was printed with an earlier one.
    let text: ArraySlice<UInt8>
    /// null where only texts are asked for.
    let object: Value
    let kind: String
    private let hook: String?

    /// Whether Helm treats it as a hook.
    var isHook: Bool { hook != nil }

    /// As `helm template` prints it.
    func print(into bytes: inout [UInt8]) {
        bytes += "---\n# Source: ".utf8
        bytes += path.utf8
        bytes.append(0x0A)
        bytes += text
        bytes.append(0x0A)
    }

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

    init(path: String, text: ArraySlice<UInt8>, object: Value) {
        self.path = path
        self.text = text
        self.object = object
        kind = object["kind"]?.string ?? ""
        hook = object[path: Self.hookPath]?.string
    }

    private init(path: String, text: ArraySlice<UInt8>, _ outline: Outline) {
        self.path = path
        self.text = text
        object = .null
        kind = outline.strings[0] ?? ""
        hook = outline.strings[1]
    }

    private static let hookPath = ["metadata", "annotations", "helm.sh/hook"]

    /// A document of which only the text is asked for; nil where it must be read whole.
    ///
    /// - Parameter terminated: the document as it is printed, with a line break behind it.
    static func outlined(
        path: String, text: ArraySlice<UInt8>, terminated: ArraySlice<UInt8>, file: SourceFile
    ) throws(Problem) -> RenderedPart? {
        try Outline.read(terminated, paths: [["kind"], hookPath], file: file)
            .map { RenderedPart(path: path, text: text, $0) }
    }
}

/// Cutting what templates wrote into documents, and putting those in order.
enum RenderedParts {
    /// What is asked for.
    enum Form {
        /// Objects with their origins.
        case objects
        /// Texts alone, of which no more is read than their order takes.
        case texts
    }

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

    static func sorted(_ files: [ChartRun.File], as form: Form) throws(Problem) -> [RenderedPart] {
        var parts: [RenderedPart] = []
        var budget = ValueBudget(weight: mostWeight, depth: .max)
        for file in files.sorted(by: { GoText.precedes($0.path, $1.path) }) where !file.path.hasSuffix("NOTES.txt") {
            parts += try documents(of: file, as: form, &budget)
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
    static func crds(of chart: Chart, as form: Form) throws(Problem) -> [RenderedPart] {
        let path = chart.path
        var parts: [RenderedPart] = []
        for file in chart.crds {
            let (name, place) = ("\(path)/\(file.name)", SourceFile(file.source))
            let text = file.bytes[...]
            if form == .texts,
                let part = try RenderedPart.outlined(path: name, text: text, terminated: text, file: place)
            {
                parts.append(part)
                continue
            }
            let objects = try YAML.parse(file.bytes, file: place)
            for (index, object) in objects.enumerated() {
                // The text is printed whole, once.
                parts.append(RenderedPart(path: name, text: index == 0 ? text : [], object: object))
            }
        }
        for inner in chart.charts { parts += try crds(of: inner, as: form) }
        return parts
    }

    // MARK: Documents

    /// What the objects of a chart may come to: bytes of text, and 64 for each value.
    private static let mostWeight = 256 << 20

    private static func documents(
        of file: ChartRun.File, as form: Form, _ budget: inout ValueBudget
    ) throws(Problem) -> [RenderedPart] {
        let bytes = file.output.bytes
        var lines: OutputLines?
        let place = SourceFile(file.source)
        var parts: [RenderedPart] = []
        var firstLine = 0
        var counted = 0
        for range in split(bytes) {
            // Lines are counted on from the document before: from the start each time, it would cost a square.
            firstLine += bytes[counted..<range.lowerBound].count { $0 == 0x0A }
            counted = range.lowerBound
            let terminated = terminated(bytes, range)
            if form == .texts,
                let part = try RenderedPart.outlined(
                    path: file.path, text: bytes[range], terminated: terminated, file: place)
            {
                parts.append(part)
                continue
            }
            let known = lines ?? OutputLines(file.output)
            lines = known
            let object = try parse(Array(terminated), file, known, firstLine)
            guard object.fields != nil || object.isNull else {
                throw Problem("what \(file.path) makes is no object: a manifest must be a mapping", at: object.origin)
            }
            if budget.take(object) != nil {
                throw Problem(
                    "the chart makes more than can be rendered", at: object.origin,
                    hint: "its objects come to more than \(mostWeight >> 20) MiB here")
            }
            parts.append(RenderedPart(path: file.path, text: bytes[range], object: object))
        }
        return parts
    }

    /// A document as it is printed: with a line break behind it, which a block at the end takes in.
    private static func terminated(_ bytes: [UInt8], _ range: Range<Int>) -> ArraySlice<UInt8> {
        range.upperBound < bytes.count && bytes[range.upperBound] == 0x0A
            ? bytes[range.lowerBound...range.upperBound] : (bytes[range] + [0x0A])[...]
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

    /// Where the line ends that an offset is in.
    private static func lineEnd(_ bytes: [UInt8], _ start: Int) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, start < bytes.count,
                let mark = memchr(base + start, 0x0A, bytes.count - start)
            else { return bytes.count }
            return UnsafeRawPointer(mark) - UnsafeRawPointer(base)
        }
    }

    /// The documents between lines that begin with `---`, without white space around them. A mark takes in what white space
    /// follows, so that one right behind it belongs to a document (Helm's `SplitManifests`).
    private static func split(_ bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var line = 0
        func isSpace(_ index: Int) -> Bool { bytes[index] == 0x20 || (0x09...0x0D).contains(bytes[index]) }
        func close(_ end: Int) {
            var (low, high) = (start, end)
            while low < high, isSpace(low) { low += 1 }
            while high > low, isSpace(high - 1) { high -= 1 }
            if low < high { ranges.append(low..<high) }
        }
        var isFirst = true
        while line < bytes.count {
            let end = lineEnd(bytes, line)
            if isFirst, (line..<end).allSatisfy(isSpace) {
                line = end + 1
                continue
            }
            var mark = line
            if isFirst { while mark < end, isSpace(mark) { mark += 1 } }
            isFirst = false
            if end - mark >= 3, bytes[mark] == 0x2D, bytes[mark + 1] == 0x2D, bytes[mark + 2] == 0x2D {
                close(mark)
                start = mark + 3
                while start < bytes.count, isSpace(start) { start += 1 }
                line = lineEnd(bytes, start) + 1
            } else {
                line = end + 1
            }
        }
        close(bytes.count)
        return ranges
    }
}

/// Which line of a template, or of a values file, wrote each line of its output.
struct OutputLines {
    private var origins: [Origin] = []

    init(_ output: RenderedText) {
        let bytes = output.bytes
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
