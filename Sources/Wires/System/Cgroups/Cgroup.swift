import Glibc

/// One cgroup: its folder in each hierarchy that is used.
package struct Cgroup: Sendable, Hashable {
    /// Folders by v1 controller.
    package var legacy: [String: String]
    /// The folder in the v2 hierarchy.
    package var unified: String?
    /// Whether v2 holds the limits, and not v1.
    package var isUnifiedOnly: Bool { unified != nil && legacy.isEmpty }

    package init(legacy: [String: String], unified: String?) {
        self.legacy = legacy
        self.unified = unified
    }

    /// The cgroup that this process is in, with the controllers that containers need. On a hybrid machine v1 holds the
    /// limits, and v2 serves to kill.
    package init(_ hierarchies: CgroupHierarchies) {
        var used: Set<String> = ["memory", "cpu", "cpuacct", "pids", "devices"]
        if hierarchies.unified == nil { used.insert("freezer") }
        legacy = hierarchies.legacy.filter { used.contains($0.key) }
        unified = hierarchies.unified
    }

    /// The cgroup of that name in this one, whether it is there or not.
    package func child(_ name: String) -> Cgroup {
        Cgroup(legacy: legacy.mapValues { "\($0)/\(name)" }, unified: unified.map { "\($0)/\(name)" })
    }

    /// Each folder once, v2's last.
    package var folders: [String] {
        var folders = Set(legacy.values).sorted()
        if let unified { folders.append(unified) }
        return folders
    }

    /// The folders whose `tasks` a process writes itself to; v2's is entered as the process is cloned.
    package var attachFolders: [String] { Set(legacy.values).sorted() }

    /// Makes the folders; ones that are there already are fine. The cgroup above must be there.
    package func create() throws(SystemError) {
        for folder in folders where mkdir(folder, 0o755) == -1 && errno != EEXIST {
            throw SystemError(errno, call: "mkdir", subject: folder)
        }
    }

    /// Lets the cgroups in this one have limits (v2: `cgroup.subtree_control`).
    ///
    /// - Throws: `SystemError` with `EBUSY` when processes are directly in this cgroup.
    package func delegate() throws(SystemError) {
        guard isUnifiedOnly, let unified else { return }
        let available = try Files.text("\(unified)/cgroup.controllers").split(whereSeparator: \.isWhitespace)
        let wanted = ["cpu", "memory", "pids"].filter { available.contains(Substring($0)) }
        if wanted.isEmpty { return }
        try Files.poke("\(unified)/cgroup.subtree_control", wanted.map { "+\($0)" }.joined(separator: " "))
    }

    /// As `delegate`, telling whether it could: not while processes are directly in this cgroup.
    package func isDelegated() throws(SystemError) -> Bool {
        do {
            try delegate()
            return true
        } catch {
            if error.code == EBUSY { return false }
            throw error
        }
    }

    /// The processes in this cgroup and those in it.
    package func processes() throws(SystemError) -> [Int32] {
        guard let folder = unified ?? legacy["pids"] ?? legacy["freezer"] ?? folders.first else { return [] }
        return try Self.processes(in: folder)
    }

    /// The processes that are in this v2 cgroup itself.
    package func directProcesses() throws(SystemError) -> [Int32] {
        guard let unified else { return [] }
        return try Files.text("\(unified)/cgroup.procs", limit: 16 << 20).split(separator: "\n").compactMap {
            Int32($0)
        }
    }

    /// Removes the folders and those in them; ones that are gone already are fine.
    ///
    /// - Throws: `SystemError` with `EBUSY` while a process is left.
    package func remove() throws(SystemError) {
        for folder in folders { try Self.removeFolder(folder) }
    }

    /// Whether anything of it is there.
    package var exists: Bool { folders.contains { Files.exists($0) } }

    private static func processes(in folder: String) throws(SystemError) -> [Int32] {
        var found: [Int32] = []
        do {
            found = try Files.text("\(folder)/cgroup.procs", limit: 16 << 20).split(separator: "\n").compactMap {
                Int32($0)
            }
            for name in try subfolders(of: folder) { found += try processes(in: "\(folder)/\(name)") }
        } catch  where error.code == ENOENT || error.code == ENODEV {
            return found
        }
        return found
    }

    private static func removeFolder(_ folder: String) throws(SystemError) {
        if rmdir(folder) == 0 || errno == ENOENT { return }
        let code = errno
        let inner = (try? subfolders(of: folder)) ?? []
        if inner.isEmpty { throw SystemError(code, call: "rmdir", subject: folder) }
        for name in inner { try removeFolder("\(folder)/\(name)") }
        if rmdir(folder) == -1, errno != ENOENT { throw SystemError(errno, call: "rmdir", subject: folder) }
    }

    static func subfolders(of folder: String) throws(SystemError) -> [String] {
        try Files.names(in: folder).filter { name in
            var status = stat()
            return lstat("\(folder)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        }
    }
}

extension Cgroup {
    private static let serviceLeaf = "belay-service"

    /// The cgroup above, where this process has stepped down already.
    package var withoutServiceLeaf: Cgroup {
        guard let unified, unified.hasSuffix("/\(Self.serviceLeaf)") else { return self }
        return Cgroup(legacy: legacy, unified: String(unified.dropLast(Self.serviceLeaf.count + 1)))
    }

    /// Moves the processes that are directly in this v2 cgroup into one of their own below it, so that its other
    /// children may have limits (cgroups(7), "no internal processes").
    package func stepDown() throws(SystemError) {
        guard let unified else { return }
        let own = "\(unified)/\(Self.serviceLeaf)"
        if mkdir(own, 0o755) == -1, errno != EEXIST { throw SystemError(errno, call: "mkdir", subject: own) }
        for pid in try directProcesses() { try Files.poke("\(own)/cgroup.procs", "\(pid)") }
    }
}
