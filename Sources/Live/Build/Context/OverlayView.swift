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
        do { return try mount(lower: lower, upper: upper, oneByOne: true) } catch {
            // Kernels before 6.8 know no `lowerdir+`.
            guard error.code == EINVAL else { throw error }
            return try mount(lower: lower, upper: upper, oneByOne: false)
        }
    }

    private static func mount(lower: [String], upper: String?, oneByOne: Bool) throws(SystemError) -> OwnedDescriptor {
        let context = OwnedDescriptor(owning: try checked("fsopen", on: "overlay") { linux_fsopen("overlay") })
        func set(_ key: String, _ value: String) throws(SystemError) {
            try checked("fsconfig", on: "\(key)=\(value)") { linux_fsconfig_string(context.raw, key, value) }
        }
        if oneByOne {
            for folder in lower { try set("lowerdir+", folder) }
        } else {
            try set("lowerdir", lower.joined(separator: ":"))
        }
        if let upper {
            try set("upperdir", upper)
            try set("workdir", "\(upper).work")
        }
        try checked("fsconfig", on: "overlay") { linux_fsconfig_create(context.raw) }
        return OwnedDescriptor(owning: try checked("fsmount", on: "overlay") { linux_fsmount(context.raw, 0) })
    }
}
