import CLinux
import Glibc
import Synchronization
import System

/// A program executed in a container.
final class ExecSession: RunningExec {
    let output: AsyncThrowingStream<ExecEvent, any Error>
    private let streams: ExecStreams

    private init(_ streams: ExecStreams) {
        self.streams = streams
        // Pulled, not pushed: what nobody reads stays in the pipe, and holds the program back.
        output = AsyncThrowingStream(unfolding: { try await streams.next() })
    }

    /// How long the program may take from the request to its execve, in milliseconds.
    private static let startLimit: Int32 = 60_000

    /// Asks a container's shim to execute a program. Blocks until it runs.
    static func start(
        _ spec: ExecSpec, _ plan: LaunchPlan, at place: ContainerFolder, poller: Poller, clock: WallClock
    ) throws -> ExecSession {
        let control = try ShimControl.connect(to: place)
        let planMemory = try OwnedDescriptor.sealedMemory(try plan.encoded(), named: "belay-plan")
        let terminal = spec.process.terminal
        let ends = terminal ? ExecEnds() : try ExecEnds(stdin: spec.stdin)
        try ShimControl.send(.execute, descriptors: [planMemory.raw] + ends.inner, over: control.raw)
        ends.closeInner()
        let master = try follow(control.raw, plan)
        if terminal {
            guard master >= 0 else { throw ContainerError(.machine, "belay-shim sent no terminal") }
            ends.use(terminal: master)
        }
        return ExecSession(ExecStreams(control: control, ends: ends, poller: poller, clock: clock))
    }

    /// Waits for the program to run; the terminal's descriptor, or -1.
    private static func follow(_ control: Int32, _ plan: LaunchPlan) throws -> Int32 {
        while true {
            var watch = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
            guard try checked("poll", { poll(&watch, 1, startLimit) }) == 1 else {
                throw ContainerError(.machine, "the program was not executed within \(startLimit / 1000) s")
            }
            guard let (report, descriptor) = try ShimControl.receive(from: control) else {
                throw ContainerError(.notRunning, "the container has ended")
            }
            if report.kind == .started { return descriptor }
            if descriptor >= 0 { close(descriptor) }
            if report.kind != .note { throw report.fault(of: plan) }
        }
    }

    func write(_ bytes: [UInt8]) async throws { try await streams.write(bytes) }

    func closeInput() async throws { streams.ends.closeInput() }

    func resize(columns: Int, rows: Int) async throws { try streams.resize(columns: columns, rows: rows) }

    func kill() async { streams.kill() }
}

/// The descriptors of an executed program's streams: the program's ends until they are sent, and this process's.
final class ExecEnds: Sendable {
    private struct State {
        var input: Int32 = -1
        var output: [Int32] = [-1, -1]
        var inner: [Int32] = []
        var isTerminal = false
    }

    private let state: Mutex<State>

    /// For a terminal, which comes later.
    init() {
        state = Mutex(State())
    }

    /// Pipes; input that reads end of file unless `stdin` is set.
    init(stdin: Bool) throws(SystemError) {
        let output = try PipeEnds()
        let error = try PipeEnds()
        var ends = State()
        if stdin {
            let input = try PipeEnds()
            ends.inner.append(try input.reading.duplicate().release())
            ends.input = input.takeWriting().release()
        } else {
            // A pipe that nobody writes to: end of file, and no device of the machine's in the container.
            ends.inner.append(try PipeEnds().takeReading().release())
        }
        ends.inner.append(try output.writing.duplicate().release())
        ends.inner.append(try error.writing.duplicate().release())
        ends.output = [output.takeReading().release(), error.takeReading().release()]
        for descriptor in ends.output + [ends.input] where descriptor >= 0 { _ = linux_set_nonblocking(descriptor) }
        state = Mutex(ends)
    }

    deinit {
        state.withLock { state in
            for descriptor in state.inner + state.output + [state.input] where descriptor >= 0 { close(descriptor) }
        }
    }

    /// What is sent to the program: its standard input, output and error.
    var inner: [Int32] { state.withLock { $0.inner } }

    /// Ends of pipes that were sent must not stay open here, or their other ends would never read end of file.
    func closeInner() {
        state.withLock { state in
            state.inner.forEach { close($0) }
            state.inner = []
        }
    }

    /// Reads from and writes to a terminal's other side.
    func use(terminal: Int32) {
        _ = linux_set_nonblocking(terminal)
        state.withLock { state in
            state.output[0] = terminal
            state.input = fcntl(terminal, F_DUPFD_CLOEXEC, 3)
            state.isTerminal = true
        }
    }

    func closeInput() {
        state.withLock { state in
            if state.input >= 0 { close(state.input) }
            state.input = -1
        }
    }

    func closeOutput(_ index: Int) {
        state.withLock { state in
            if state.output[index] >= 0 { close(state.output[index]) }
            state.output[index] = -1
        }
    }

    var input: Int32 { state.withLock { $0.input } }
    var output: [Int32] { state.withLock { $0.output } }
    var isTerminal: Bool { state.withLock { $0.isTerminal } }
}

/// Moves bytes of an executed program: only when asked to, and waiting on the poller.
final class ExecStreams: Sendable {
    /// How long output is waited for after the program ended, when another process holds its pipes.
    private static let drain: Duration = .milliseconds(300)
    private static let chunk = 65536

    private struct Progress {
        var exit: Int32?
        var isTold = false
        var isDrained = false
    }

    private let control: OwnedDescriptor
    let ends: ExecEnds
    private let poller: Poller
    private let clock: WallClock
    private let progress = Mutex(Progress())

    init(control: consuming OwnedDescriptor, ends: ExecEnds, poller: Poller, clock: WallClock) {
        self.control = control
        self.ends = ends
        self.poller = poller
        self.clock = clock
    }

    /// The next piece of output, the exit as the last, then nil.
    func next() async throws -> ExecEvent? {
        while true {
            try Task.checkCancellation()
            if let event = try readOutput() { return event }
            try lookForExit()
            let open = ends.output.filter { $0 >= 0 }
            let (exit, isTold, isDrained) = progress.withLock { ($0.exit, $0.isTold, $0.isDrained) }
            if isTold { return nil }
            if let exit, open.isEmpty || isDrained {
                progress.withLock { $0.isTold = true }
                return .exit(exit)
            }
            try await waitForMore(open, ended: exit != nil)
        }
    }

    private func waitForMore(_ open: [Int32], ended: Bool) async throws {
        var watches = open.map { (descriptor: $0, readiness: Poller.Readiness.reading) }
        if !ended { watches.append((control.raw, .reading)) }
        let all = watches
        guard ended else { return try await poller.wait(for: all) }
        let isReady = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.poller.wait(for: all)
                return true
            }
            group.addTask {
                try await self.clock.sleep(Self.drain)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        if !isReady { progress.withLock { $0.isDrained = true } }
    }

    private func readOutput() throws -> ExecEvent? {
        for (index, descriptor) in ends.output.enumerated() where descriptor >= 0 {
            var bytes = [UInt8](repeating: 0, count: Self.chunk)
            let count = read(descriptor, &bytes, Self.chunk)
            if count > 0 { return index == 0 ? .stdout(Array(bytes[..<count])) : .stderr(Array(bytes[..<count])) }
            // A terminal whose last program closed it answers EIO.
            if count == 0 || (errno != EAGAIN && errno != EINTR) { ends.closeOutput(index) }
        }
        return nil
    }

    private func lookForExit() throws {
        if progress.withLock({ $0.exit != nil }) { return }
        var watch = pollfd(fd: control.raw, events: Int16(POLLIN), revents: 0)
        guard poll(&watch, 1, 0) == 1 else { return }
        let received = try ShimControl.receive(from: control.raw, flags: Int32(MSG_DONTWAIT))
        // A shim that is gone took the program with it.
        let exit = received.map { Int32(bitPattern: $0.0.step) } ?? 137
        progress.withLock { $0.exit = exit }
    }

    /// Writes all bytes, at the pace at which the program reads them.
    func write(_ bytes: [UInt8]) async throws {
        var written = 0
        while written < bytes.count {
            let input = ends.input
            guard input >= 0 else { throw ContainerError(.notRunning, "the program's input is closed") }
            let count = bytes[written...].withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if errno == EAGAIN {
                try await poller.wait(for: [(input, .writing)])
            } else if errno != EINTR {
                throw ContainerError(
                    .notRunning, "the program reads no more input: \(String(cString: strerror(errno)))")
            }
        }
    }

    func resize(columns: Int, rows: Int) throws {
        guard ends.isTerminal else { throw ContainerError(.specification, "the program has no terminal") }
        guard let columns = UInt16(exactly: columns), let rows = UInt16(exactly: rows) else {
            throw ContainerError(.specification, "a terminal of \(columns) × \(rows) is out of range")
        }
        _ = linux_window_size(ends.output[0], columns, rows)
    }

    func kill() {
        try? ShimControl.send(.signalExecuted, signal: SIGKILL, descriptors: [], over: control.raw)
    }
}
