import Glibc
import System

/// What a shim tells: one fixed form on its report pipe and on its control socket (`struct report` in shim.h).
struct ShimReport: Sendable, Hashable {
    enum Kind: UInt32, Sendable {
        case started = 1
        case failed, note, ready, died, exited, made
    }

    static let length = 256

    var kind: Kind
    /// The number of the step that failed; an exit's code.
    var step: UInt32
    /// errno; a wait status or a signal.
    var error: Int32
    var pid: Int32
    var time: Timestamp
    var detail: String

    /// nil when the bytes are not a report.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        func word(_ offset: Int) -> UInt32 {
            bytes.dropFirst(offset).prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard let kind = Kind(rawValue: word(0)) else { return nil }
        self.kind = kind
        step = word(4)
        error = Int32(bitPattern: word(8))
        pid = Int32(bitPattern: word(12))
        time = Timestamp(nanoseconds: Int64(word(16)) | Int64(word(20)) << 32)
        detail = String(decoding: bytes.dropFirst(24).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The error of a plan that was not carried out.
    func fault(of plan: LaunchPlan) -> ContainerError {
        let reason = error == 0 ? "unknown error" : String(cString: strerror(error))
        guard kind == .failed, Int(step) < plan.steps.count else {
            let message = kind == .died ? "the process was killed while it was being started" : "\(detail): \(reason)"
            return ContainerError(.machine, message)
        }
        let failed = plan.steps[Int(step)]
        return ContainerError(failed.fault, "\(failed.name): \(Self.explanation(of: failed, error, detail) ?? reason)")
    }

    /// Where errno alone would mislead.
    private static func explanation(of step: LaunchStep, _ error: Int32, _ detail: String) -> String? {
        switch (step, error) {
        case (.user, ENOENT): "the image's /etc/passwd and /etc/group have no such name"
        case (.fileSystem(let mount), ELOOP) where mount.flags.contains(.strict):
            "a symbolic link is in its place in the image"
        case (.fileSystem, EACCES), (.bind, EACCES): "nothing may be mounted over parts of /proc"
        case (.workingFolder, ELOOP): "it leads through a descriptor of another process, outside the container"
        case (.root, ENOENT): "\(detail) is not there"
        case (.bind(let source, _, _, _), let code) where detail != source:
            "\(detail): \(String(cString: strerror(code)))"
        default: nil
        }
    }
}

/// The reports of a shim that is starting.
struct ShimReports: ~Copyable, Sendable {
    private let pipe: OwnedDescriptor

    init(_ pipe: consuming OwnedDescriptor) {
        self.pipe = pipe
    }

    /// Waits for the next report; nil when the shim has closed its end, or died.
    ///
    /// - Throws: `SystemError` with `ETIMEDOUT`.
    borrowing func next(within milliseconds: Int32) throws(SystemError) -> ShimReport? {
        var watch = pollfd(fd: pipe.raw, events: Int16(POLLIN), revents: 0)
        let count = try checked("poll") { poll(&watch, 1, milliseconds) }
        if count == 0 { throw SystemError(ETIMEDOUT, call: "poll", subject: "belay-shim") }
        var bytes = [UInt8](repeating: 0, count: ShimReport.length)
        let size = try checked("read", on: "belay-shim") { read(pipe.raw, &bytes, ShimReport.length) }
        return ShimReport(bytes.prefix(size))
    }
}
