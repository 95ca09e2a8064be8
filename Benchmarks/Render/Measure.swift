import Glibc
import System

/// What runs of one command took.
struct Sample {
    /// Milliseconds of the median run.
    var median: Double
    /// The largest resident set, in MiB.
    var memory: Double
    /// Bytes on standard output.
    var bytes: Int
}

/// Clocks and processes.
enum Measure {
    /// Milliseconds that a piece of work takes.
    static func time(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        let taken = ContinuousClock.now - start
        return Double(taken.components.seconds) * 1e3 + Double(taken.components.attoseconds) / 1e15
    }

    /// The median of several such times.
    static func median(of runs: Int, _ work: () throws -> Void) rethrows -> Double {
        let times = try (0..<runs).map { _ in try time(work) }.sorted()
        return times[times.count / 2]
    }

    /// Runs a command several times, its output into a file.
    static func command(_ words: [String], runs: Int, output: String) throws -> Sample {
        var times: [Double] = []
        var memory = 0
        for _ in 0..<runs {
            var usage = rusage()
            times.append(try time { usage = try once(words, output: output) })
            memory = max(memory, usage.ru_maxrss)
        }
        times.sort()
        var status = stat()
        stat(output, &status)
        return Sample(median: times[times.count / 2], memory: Double(memory) / 1024, bytes: Int(status.st_size))
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
