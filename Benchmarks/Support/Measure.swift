import Glibc
import System

/// What runs of one command took.
package struct Sample {
    /// Milliseconds of the median run.
    package var median = 0.0
    /// Milliseconds on cores, the kernel's work included, of the run with the least.
    package var work = 0.0
    /// The largest resident set, in MiB.
    package var memory = 0.0

    package init(median: Double = 0, work: Double = 0, memory: Double = 0) {
        self.median = median
        self.work = work
        self.memory = memory
    }

    /// Adds what another command took.
    package mutating func add(_ other: Sample) {
        median += other.median
        work += other.work
        memory = max(memory, other.memory)
    }
}

/// Clocks and processes.
package enum Measure {
    /// Milliseconds that a piece of work takes.
    package static func time(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        let taken = ContinuousClock.now - start
        return Double(taken.components.seconds) * 1e3 + Double(taken.components.attoseconds) / 1e15
    }

    /// Milliseconds of this thread's work on a core.
    package static func work(_ work: () throws -> Void) rethrows -> Double {
        try elapsed(on: CLOCK_THREAD_CPUTIME_ID, work)
    }

    /// Milliseconds of the work of all this process's threads.
    package static func workOfAll(_ work: () throws -> Void) rethrows -> Double {
        try elapsed(on: CLOCK_PROCESS_CPUTIME_ID, work)
    }

    private static func elapsed(on clock: clockid_t, _ work: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
        }
        let start = now()
        try work()
        return now() - start
    }

    /// The median of several such times.
    package static func median(of runs: Int, _ work: () throws -> Void) rethrows -> Double {
        let times = try (0..<runs).map { _ in try time(work) }.sorted()
        return times[times.count / 2]
    }

    /// Runs a command several times, its output into a file.
    package static func command(_ words: [String], runs: Int, output: String) throws -> Sample {
        var times: [Double] = []
        var work = Double.infinity
        var memory = 0
        for _ in 0..<runs {
            var usage = rusage()
            times.append(try time { usage = try once(words, output: output) })
            memory = max(memory, usage.ru_maxrss)
            work = min(work, milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime))
        }
        times.sort()
        return Sample(median: times[times.count / 2], work: work, memory: Double(memory) / 1024)
    }

    /// The largest resident set of this process so far, in MiB.
    package static var residentPeak: Double {
        var usage = rusage()
        _ = getrusage(RUSAGE_SELF.rawValue, &usage)
        return Double(usage.ru_maxrss) / 1024
    }

    private static func milliseconds(_ time: timeval) -> Double {
        Double(time.tv_sec) * 1e3 + Double(time.tv_usec) / 1e3
    }

    private static func once(_ words: [String], output: String) throws -> rusage {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else { throw SystemError(code, call: "posix_spawn", subject: words[0]) }
        var status: Int32 = 0
        var usage = rusage()
        // The kernel counts the child's largest resident set from its exec on.
        try checked("wait4") { wait4(pid, &status, 0, &usage) }
        return usage
    }
}

extension Double {
    /// The number with so many digits behind the point.
    package func rounded(_ digits: Int) -> String {
        let scale = pow(10, Double(digits))
        let value = (self * scale).rounded() / scale
        return digits == 0 ? String(Int(value)) : String(value)
    }
}
