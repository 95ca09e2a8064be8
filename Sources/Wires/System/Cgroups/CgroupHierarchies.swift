/// The cgroup hierarchies of this machine and the place of this process in each: v1, v2, or both side by side
/// (cgroups(7)).
package struct CgroupHierarchies: Sendable, Hashable {
    /// This process's own folder by v1 controller; controllers mounted together share one.
    package var legacy: [String: String] = [:]
    /// This process's own folder in the v2 hierarchy.
    package var unified: String?
    /// Where the v2 hierarchy is mounted.
    package var unifiedRoot: String?
    /// Where each v1 hierarchy is mounted, by controller; a named one's key is `name=…`.
    package var legacyRoots: [String: String] = [:]

    package init(legacy: [String: String] = [:], unified: String? = nil, unifiedRoot: String? = nil) {
        self.legacy = legacy
        self.unified = unified
        self.unifiedRoot = unifiedRoot
    }

    /// Reads `/proc/self/mountinfo` and `/proc/self/cgroup`.
    package static func current() throws(SystemError) -> CgroupHierarchies {
        CgroupHierarchies(
            mounts: try Files.text("/proc/self/mountinfo", limit: 16 << 20),
            membership: try Files.text("/proc/self/cgroup"))
    }

    /// - Parameters:
    ///   - mounts: the text of `/proc/self/mountinfo`.
    ///   - membership: the text of `/proc/self/cgroup`: `id:controllers:path` a line.
    package init(mounts: String, membership: String) {
        var own: [String: String] = [:]
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            for controller in fields[1].split(separator: ",", omittingEmptySubsequences: false) {
                own[String(controller)] = String(fields[2])
            }
        }
        for mount in mounts.split(separator: "\n").compactMap({ MountLine($0) }) {
            if mount.type == "cgroup2", unified == nil, let path = own[""] {
                unified = Self.folder(of: path, in: mount)
                unifiedRoot = mount.place
            }
            guard mount.type == "cgroup" else { continue }
            for controller in mount.options where legacy[controller] == nil {
                guard let path = own[controller] else { continue }
                legacy[controller] = Self.folder(of: path, in: mount)
                legacyRoots[controller] = mount.place
            }
        }
    }

    /// A mount may show a part of the hierarchy only, as in a container.
    private static func folder(of path: String, in mount: MountLine) -> String {
        var rest = path
        if mount.root != "/" {
            rest = path.hasPrefix(mount.root) ? String(path.dropFirst(mount.root.count)) : "/"
        }
        if rest.hasPrefix("/..") || rest == "/" || rest.isEmpty { return mount.place }
        return mount.place + (rest.hasPrefix("/") ? rest : "/\(rest)")
    }
}
