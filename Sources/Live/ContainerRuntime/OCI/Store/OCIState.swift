import Document
import Glibc
import System

/// The few strings that are put into JSON by hand.
enum JSONText {
    static func quoted(_ text: String) -> String { JSON.text(.string(text)) }
}

/// What is kept of a container beneath `--root`.
struct OCIState: Sendable {
    var id: String
    var bundle: String
    var root: String
    /// 0 while it is being created.
    var pid: Int32 = 0
    /// When the kernel says that the process began, in its ticks: a pid alone may be somebody else's by now.
    var began: UInt64 = 0
    var created: Timestamp
    var annotations: [String: String]
    var legacy: [String: String]
    var unified: String?
    /// Whether its mounts are in a namespace of its own, and go with it.
    var hasOwnMounts: Bool
    var hasOwnProcesses: Bool
    var owner: String

    var cgroup: OCICgroup { OCICgroup(Cgroup(legacy: legacy, unified: unified)) }

    /// The file's text.
    var text: String {
        var value: Value = [
            "id": .string(id), "bundle": .string(bundle), "root": .string(root), "pid": .int(pid),
            "began": .int(began), "created": .string(created.nano), "legacy": .strings(legacy),
            "annotations": .strings(annotations), "hasOwnMounts": .bool(hasOwnMounts),
            "hasOwnProcesses": .bool(hasOwnProcesses), "owner": .string(owner),
        ]
        if let unified { value["unified"] = .string(unified) }
        return JSON.text(value) + "\n"
    }

    init(
        id: String, bundle: String, root: String, created: Timestamp, annotations: [String: String], cgroup: OCICgroup,
        config: OCIConfig
    ) {
        self.id = id
        self.bundle = bundle
        self.root = root
        self.created = created
        self.annotations = annotations
        legacy = cgroup.cgroup.legacy
        unified = cgroup.cgroup.unified
        hasOwnMounts = config.linux.namespaces[.mount]?.isEmpty == true
        hasOwnProcesses = config.linux.namespaces[.pid]?.isEmpty == true
        owner = geteuid() == 0 ? "root" : "\(geteuid())"
    }

    /// - Throws: `ContainerError` when the file is not one that `text` wrote.
    init(_ bytes: [UInt8]) throws {
        let field = ConfigField(try JSON.parse(bytes), at: "")
        let string = { (key: String) throws(ContainerError) -> String in
            try field.field(key).requiredString()
        }
        id = try string("id")
        bundle = try string("bundle")
        root = try string("root")
        pid = try field.field("pid").number(Int32.self) ?? 0
        began = try field.field("began").number(UInt64.self) ?? 0
        created = Timestamp(try string("created")) ?? Timestamp(nanoseconds: 0)
        annotations = try field.field("annotations").value?.dictionary ?? [:]
        legacy = try field.field("legacy").value?.dictionary ?? [:]
        unified = try field.field("unified").string()
        hasOwnMounts = try field.field("hasOwnMounts").bool() ?? true
        hasOwnProcesses = try field.field("hasOwnProcesses").bool() ?? true
        owner = try string("owner")
    }

    /// The runtime-spec's state, as hooks and callers get it.
    func standard(_ status: String, pid: Value?) -> Value {
        var value: Value = [
            "ociVersion": .string(OCIRuntime.specVersion), "id": .string(id), "status": .string(status),
        ]
        if let pid { value["pid"] = pid }
        value["bundle"] = .string(bundle)
        if !annotations.isEmpty { value["annotations"] = .strings(annotations) }
        return value
    }
}

/// A process's beginning and condition, from `/proc/PID/stat`.
struct ProcessStatus {
    var began: UInt64
    var isEnded: Bool

    /// nil when there is none.
    init?(pid: Int32) {
        guard pid > 0, let text = try? Files.text("/proc/\(pid)/stat") else { return nil }
        // The name may hold anything; what follows its last parenthesis are fields from the third on.
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let began = UInt64(fields[19]) else { return nil }
        self.began = began
        isEnded = fields[0] == "Z" || fields[0] == "X"
    }
}
