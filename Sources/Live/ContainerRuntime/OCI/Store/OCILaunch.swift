import CLinux
import Glibc
import System

/// A container's process on its way, as a child of this process.
struct OCILaunch: ~Copyable {
    /// What the launch brought up to the moment when the process waits.
    let pid: Int32
    private let socket: OwnedDescriptor
    private let plan: LaunchPlan
    /// The terminal's other side; -1 without one.
    private(set) var terminal: Int32

    /// Descriptors that go to the process beside the plan.
    struct Descriptors {
        /// Where it listens for `start`; -1 when it does not wait.
        var start: Int32 = -1
        /// The process to enter, or the filter's agent; -1 for neither.
        var special: Int32 = -1
        /// This process's own from 3 on, for the program.
        var preserved = 0
        /// Whether the standard streams are /dev/null until there is a terminal.
        var isTerminal = false
    }

    /// Starts a shim and follows the plan until the process is ready for its program, or waits for `start`.
    ///
    /// - Parameters:
    ///   - notes: told of wishes that were met as far as possible.
    ///   - reached: run when the namespaces are there, with the process's pid.
    /// - Throws: `ContainerError` naming the step that failed; the process is gone then.
    init(
        _ plan: LaunchPlan, _ descriptors: Descriptors, notes: (String) -> Void, reached: (Int32) throws -> Void
    ) throws {
        var ends: [Int32] = [-1, -1]
        try checked("socketpair") { linux_seqpacket(&ends) }
        let ours = OwnedDescriptor(owning: ends[0])
        let theirs = OwnedDescriptor(owning: ends[1])
        let shim = try ShimProgram.startOCI(plan, reports: theirs.raw, descriptors)
        _ = consume theirs
        var found: Int32 = 0
        do {
            terminal = try Self.follow(ours.raw, plan, &found, notes, reached)
        } catch {
            var status: Int32 = 0
            waitpid(shim, &status, 0)
            if found > 0 {
                kill(found, SIGKILL)
                waitpid(found, &status, 0)
            }
            throw error
        }
        var status: Int32 = 0
        waitpid(shim, &status, 0)
        pid = found
        socket = ours
        self.plan = plan
    }

    /// Reads reports until the process waits; the terminal's descriptor, or -1.
    private static func follow(
        _ socket: Int32, _ plan: LaunchPlan, _ pid: inout Int32, _ notes: (String) -> Void,
        _ reached: (Int32) throws -> Void
    ) throws -> Int32 {
        var isReady = false
        var terminal: Int32 = -1
        while !isReady || pid == 0 {
            var descriptor: Int32 = -1
            guard let report = try receive(socket, &descriptor) else {
                throw ContainerError(.machine, "the process ended while it was being made")
            }
            switch report.kind {
            case .made:
                pid = report.pid
            case .note: notes(report.detail)
            case .started:
                // The shim's own report may be behind the process's.
                while pid == 0 {
                    guard let next = try receive(socket, &descriptor), next.kind == .made || next.kind == .note else {
                        throw ContainerError(.machine, "the process ended while it was being made")
                    }
                    if next.kind == .made { pid = next.pid }
                }
                try reached(pid)
                try allow(socket)
            case .ready:
                terminal = descriptor
                isReady = true
            default: throw fault(report, plan)
            }
        }
        return terminal
    }

    static func receive(_ socket: Int32, _ descriptor: inout Int32) throws -> ShimReport? {
        var bytes = [UInt8](repeating: 0, count: ShimReport.length)
        let size = try checked("recvmsg") { linux_receive(socket, &bytes, ShimReport.length, &descriptor, 0) }
        return ShimReport(bytes.prefix(size))
    }

    /// Lets the program begin; returns once it has been executed.
    borrowing func go() throws {
        try Self.allow(socket.raw)
        try Self.follow(socket.raw, plan)
    }

    private static func allow(_ socket: Int32) throws {
        var byte: UInt8 = 1
        try checked("send") { send(socket, &byte, 1, Int32(MSG_NOSIGNAL)) }
    }

    /// Follows a process on its last way; returns once its program has been executed.
    ///
    /// - Throws: `ContainerError` naming the step that failed.
    static func follow(_ socket: Int32, _ plan: LaunchPlan?) throws {
        var descriptor: Int32 = -1
        while let report = try receive(socket, &descriptor) {
            switch report.kind {
            case .ready: try allow(socket)
            case .failed: throw fault(report, plan)
            default: break
            }
        }
    }

    /// In the words that callers of OCI runtimes know.
    static func fault(_ report: ShimReport, _ plan: LaunchPlan?) -> ContainerError {
        let reason = report.error == 0 ? "unknown error" : String(cString: strerror(report.error)).lowercased()
        guard let plan, Int(report.step) < plan.steps.count else {
            return ContainerError(.machine, "\(report.detail): \(reason)")
        }
        let step = plan.steps[Int(report.step)]
        if case .oci(let own) = step {
            switch own.body {
            case .findProgram(let program, _):
                let isName = !program.contains("/") && report.error == ENOENT
                let why = isName ? "executable file not found in $PATH" : reason
                return ContainerError(.program, "process.args[0]: exec: \"\(program)\": \(why)")
            case .hook where report.error == ECANCELED:
                return ContainerError(.specification, "\(own.name): it ended with an error")
            case .hook where report.error == ETIME:
                return ContainerError(.specification, "\(own.name): it took longer than it may")
            case .place, .mount:
                if report.error == ELOOP {
                    return ContainerError(.specification, "\(own.name): a symbolic link is in its place in the root")
                }
                if report.error == EXDEV {
                    return ContainerError(.specification, "\(own.name): nothing may be mounted over parts of /proc")
                }
            default: break
            }
            let detail = report.detail.isEmpty || own.name.contains(report.detail) ? "" : "\(report.detail): "
            return ContainerError(.specification, "\(own.name): \(detail)\(reason)")
        }
        if case .execute(let arguments, _) = step {
            return ContainerError(.program, "exec: \"\(arguments.first ?? "")\": \(reason)")
        }
        if case .workingFolder(let path) = step {
            return ContainerError(.specification, "process.cwd: \(path): \(reason)")
        }
        return report.fault(of: plan)
    }
}

extension ShimProgram {
    /// Starts a shim that makes a sibling of its own and ends.
    ///
    /// - Returns: the shim's pid.
    static func startOCI(_ plan: LaunchPlan, reports: Int32, _ descriptors: OCILaunch.Descriptors) throws -> Int32 {
        let memory = try OwnedDescriptor.sealedMemory(
            decoded(ShimImage.base64), named: "belay-shim", executable: true)
        let planMemory = try OwnedDescriptor.sealedMemory(try plan.encoded(), named: "belay-plan")
        let null = OwnedDescriptor(owning: try checked("open") { open("/dev/null", O_RDWR | O_CLOEXEC) })
        let or = { (descriptor: Int32) in descriptor >= 0 ? descriptor : null.raw }
        var sources = [planMemory.raw, reports, or(descriptors.start), or(descriptors.special)]
        for index in 0..<descriptors.preserved { sources.append(3 + Int32(index)) }
        // Numbers above all that are to be taken in the new process.
        let clear = Int32(16 + sources.count)
        var inherited: [Int32] = []
        defer { inherited.forEach { close($0) } }
        for source in sources {
            inherited.append(try checked("fcntl", on: "\(source)") { fcntl(source, F_DUPFD_CLOEXEC, clear) })
        }
        let image = OwnedDescriptor(
            owning: try checked("fcntl", on: "belay-shim") { fcntl(memory.raw, F_DUPFD_CLOEXEC, clear) })
        return try ProcessSpawn.keepingStreams(
            "/proc/self/fd/\(image.raw)", arguments: ["belay-shim", "oci"], inherited: inherited,
            streamsAreNull: descriptors.isTerminal)
    }
}
