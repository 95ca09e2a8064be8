import Glibc
import Synchronization

/// The libraries that a program need not have in memory before it uses them. Each brings others along, forty in all,
/// and the loader would spend more time on them than `belay render` takes.
///
/// `belay` is linked without their names: a function of theirs is found at its first call, among what has been loaded
/// until then (ld.so(8), lazy binding). So whatever leads to the first call loads the library before.
package enum SharedLibrary: String, CaseIterable, Sendable {
    case archive = "libarchive.so.13"
    case curl = "libcurl.so.4"
    case git2 = "libgit2.so.1.5"
    case ldns = "libldns.so.3"
    case webSockets = "libwebsockets.so.17"

    /// Makes the library's functions callable; costs nothing when they are. Without the library the process ends, since
    /// it is installed with Belay as those are that the program names.
    package func load() {
        if Self.loaded.withLock({ $0.contains(self) }) { return }
        guard dlopen(rawValue, RTLD_LAZY | RTLD_GLOBAL) != nil else {
            let reason = dlerror().map { String(cString: $0) } ?? rawValue
            try? Files.write("belay: \(reason): install the library\n".utf8, to: STDERR_FILENO, named: "standard error")
            exit(1)
        }
        Self.loaded.withLock { _ = $0.insert(self) }
    }

    private static let loaded = Mutex<Set<SharedLibrary>>([])
}
