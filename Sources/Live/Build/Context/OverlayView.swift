import CLinux
import Glibc
import System

/// A stage's file system: its layers, and where changes go, put together by overlayfs.
///
/// The mount hangs nowhere: only its descriptor holds it, so that it goes with the process, however that ends.
enum OverlayView {
    /// - Parameters:
    ///   - lower: layers, the uppermost first.
    ///   - upper: what takes changes; with `<upper>.work` beside it. nil to read only.
    static func make(lower: [String], upper: String?, name: String) throws(SystemError) -> FolderView {
        guard let upper else {
            // Overlayfs wants two lower folders when there is no upper one; one alone needs no overlay.
            if lower.count == 1 { return try FolderView(path: lower[0], name: name) }
            return FolderView(try mount(lower: lower, upper: nil), name: name)
        }
        try Files.makeFolders("\(upper).work", mode: 0o700)
        // A stage FROM scratch has no layers yet.
        if lower.isEmpty { return try FolderView(path: upper, name: name) }
        return FolderView(try mount(lower: lower, upper: upper), name: name)
    }

    private static func mount(lower: [String], upper: String?) throws(SystemError) -> OwnedDescriptor {
        do { return try mountDetached(lower: lower, upper: upper) } catch {
            // Kernels before 6.8 know no `lowerdir+`, and take no longer value than 256 bytes here.
            guard error.code == EINVAL else { throw error }
            return try mountBriefly(lower: lower, upper: upper)
        }
    }

    private static func mountDetached(lower: [String], upper: String?) throws(SystemError) -> OwnedDescriptor {
        let context = OwnedDescriptor(owning: try checked("fsopen", on: "overlay") { linux_fsopen("overlay") })
        func set(_ key: String, _ value: String) throws(SystemError) {
            try checked("fsconfig", on: "\(key)=\(value)") { linux_fsconfig_string(context.raw, key, value) }
        }
        for folder in lower { try set("lowerdir+", folder) }
        if let upper {
            try set("upperdir", upper)
            try set("workdir", "\(upper).work")
        }
        try checked("fsconfig", on: "overlay") { linux_fsconfig_create(context.raw) }
        return OwnedDescriptor(owning: try checked("fsmount", on: "overlay") { linux_fsmount(context.raw, 0) })
    }

    /// Mounts by mount(2) in a folder of its own, takes a descriptor of it, and takes it off the folder at once. All
    /// layers must fit into a page.
    static func mountBriefly(lower: [String], upper: String?) throws(SystemError) -> OwnedDescriptor {
        let place = try Files.makeTemporaryFolder(in: "/tmp")
        defer { rmdir(place) }
        var options = "lowerdir=" + lower.joined(separator: ":")
        if let upper { options += ",upperdir=\(upper),workdir=\(upper).work" }
        try checked("mount", on: "overlay") { Glibc.mount("overlay", place, "overlay", 0, options) }
        defer { umount2(place, detach) }
        // OPEN_TREE_CLONE with O_CLOEXEC's value: a mount of its own, which hangs nowhere.
        return OwnedDescriptor(
            owning: try checked("open_tree", on: place) { linux_open_tree(AT_FDCWD, place, 1 | UInt32(O_CLOEXEC)) })
    }

    /// `MNT_DETACH` (umount(2)).
    private static let detach: Int32 = 2
}
