import Glibc
import Helm
import Synchronization
import System

/// What a chart that is rendered by hand draws from, and the instant that it is told.
struct ChartSeed {
    let invocation: Invocation

    func apply(to settings: inout HelmRender.Settings) throws {
        let file = invocation.value("seed-key") ?? invocation.value("key-file")
        if let file {
            settings.key = try Files.read(file, limit: 4096)
            guard !settings.key.isEmpty else {
                throw UsageError("\(file) is empty, and so no secret", command: ["render"])
            }
        } else {
            let warning = Warning()
            settings.noteDraw = { warning.say() }
        }
        settings.now = try now()
    }

    /// What `now` gives: what the command says, else the age of its key, else 1970.
    func now() throws -> Int {
        guard let text = invocation.value("now") else {
            return (invocation.value("seed-key") ?? invocation.value("key-file")).map(Self.age) ?? 0
        }
        guard let seconds = Int(text) ?? TemplateValue.instant(text)?.epochSeconds else {
            throw UsageError("--now \(text) is no time: write 2024-05-01T12:00:00Z", command: ["render"])
        }
        return seconds
    }

    /// When a file was last written, in seconds since 1970.
    private static func age(of file: String) -> Int {
        var status = stat()
        guard stat(file, &status) == 0 else { return 0 }
        // The seconds come first in a timespec (timespec(3)).
        return withUnsafeBytes(of: status.st_mtim) { $0.load(as: Int.self) }
    }

    /// Said once, and only when something was drawn.
    private final class Warning: Sendable {
        private let isSaid = Mutex(false)

        func say() {
            let isFirst = isSaid.withLock { isSaid in
                defer { isSaid = true }
                return !isSaid
            }
            guard isFirst else { return }
            Terminal.current.message(
                "belay: warning: the chart draws passwords or keys, and they follow from a key that everybody knows; "
                    + "give one with --seed-key FILE")
        }
    }
}
