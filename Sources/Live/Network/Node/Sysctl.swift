import Glibc
import System

/// Settings of one network namespace beneath /proc/sys/net (sysctl(8)).
struct Sysctl: Sendable {
    /// The namespace; the process's own when nil.
    let namespace: NetworkNamespace?

    /// Runs `body` where /proc/sys/net shows the namespace's settings.
    func inside<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) throws -> Result {
        try namespace.map { try $0.run(body) } ?? body()
    }

    /// Sets each `path: value`; a setting that this kernel lacks is passed over when `optional`.
    func set(_ values: KeyValuePairs<String, String>, optional: Bool = false) throws {
        let settings = values.map { (path: "/proc/sys/net/\($0.key)", value: $0.value) }
        try inside {
            for (path, value) in settings where !optional || Files.exists(path) { try Files.poke(path, value) }
        }
    }

    /// Reads a setting.
    func get(_ name: String) throws -> String {
        try inside { String(try Files.text("/proc/sys/net/\(name)").prefix { $0 != "\n" }) }
    }
}
