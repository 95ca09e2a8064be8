import System

/// What the service must know of a container when it is started again, kept in its folder. No environment and no
/// arguments: they may hold secrets.
struct ContainerRecord: Sendable, Hashable {
    var id: String
    var sandbox: String?
    var labels: [String: String]
    var cgroup: Cgroup
    var privileged: Bool
    var devicesAreHeld = true
    var seccomp: SeccompProfile
    var capabilities: Set<String>
    var outOfMemoryScore: Int?
    /// The overlay's work folder when the caller gave the upper one.
    var workFolder: String?

    /// One `name=value` a line; `%`, newlines and `=` in names are written as `%XX`.
    var text: String {
        var lines = ["id=\(Self.escaped(id))", "privileged=\(privileged)", "seccomp=\(seccomp.word)"]
        if !devicesAreHeld { lines.append("devices=open") }
        if let sandbox { lines.append("sandbox=\(Self.escaped(sandbox))") }
        if let outOfMemoryScore { lines.append("oomScore=\(outOfMemoryScore)") }
        if let workFolder { lines.append("work=\(Self.escaped(workFolder))") }
        if let unified = cgroup.unified { lines.append("unified=\(Self.escaped(unified))") }
        for (controller, folder) in cgroup.legacy.sorted(by: { $0.key < $1.key }) {
            lines.append("cgroup.\(Self.escaped(controller))=\(Self.escaped(folder))")
        }
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            lines.append("label.\(Self.escaped(name))=\(Self.escaped(value))")
        }
        lines += capabilities.sorted().map { "capability=\($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads `text` back; nil when it is not a whole record.
    init?(_ text: String) {
        self.init(id: "", labels: [:], cgroup: Cgroup(legacy: [:], unified: nil), privileged: false)
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { return nil }
            let value = Self.plain(line[line.index(after: equals)...])
            take(String(line[..<equals]), value)
        }
        if id.isEmpty { return nil }
    }

    init(
        id: String, sandbox: String? = nil, labels: [String: String], cgroup: Cgroup, privileged: Bool,
        seccomp: SeccompProfile = .runtimeDefault, capabilities: Set<String> = [], outOfMemoryScore: Int? = nil,
        workFolder: String? = nil
    ) {
        self.id = id
        self.sandbox = sandbox
        self.labels = labels
        self.cgroup = cgroup
        self.privileged = privileged
        self.seccomp = seccomp
        self.capabilities = capabilities
        self.outOfMemoryScore = outOfMemoryScore
        self.workFolder = workFolder
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "id": id = value
        case "sandbox": sandbox = value
        case "devices": devicesAreHeld = value != "open"
        case "privileged": privileged = value == "true"
        case "seccomp": seccomp = value == "unconfined" ? .unconfined : .runtimeDefault
        case "oomScore": outOfMemoryScore = Int(value)
        case "work": workFolder = value
        case "unified": cgroup.unified = value
        case "capability": capabilities.insert(value)
        default:
            if name.hasPrefix("label.") { labels[Self.plain(name.dropFirst(6))] = value }
            if name.hasPrefix("cgroup.") { cgroup.legacy[Self.plain(name.dropFirst(7))] = value }
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\n", with: "%0A").replacing("=", with: "%3D")
            .replacing("\r", with: "%0D")
    }

    private static func plain(_ text: Substring) -> String {
        String(text).replacing("%0D", with: "\r").replacing("%3D", with: "=").replacing("%0A", with: "\n")
            .replacing("%25", with: "%")
    }
}

extension SeccompProfile {
    var word: String {
        switch self {
        case .unconfined: "unconfined"
        case .runtimeDefault: "default"
        }
    }
}
