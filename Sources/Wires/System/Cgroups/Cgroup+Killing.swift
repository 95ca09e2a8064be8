import Glibc

extension Cgroup {
    /// Kills every process in this cgroup and those in it, forking or not.
    ///
    /// v2's `cgroup.kill` takes all at once. On v1 they are frozen where that is possible, killed, and looked for again.
    /// Returns when none is left, or after `rounds` looks a millisecond apart.
    ///
    /// - Returns: whether none is left.
    @discardableResult
    package func killAll(rounds: Int = 2000) throws(SystemError) -> Bool {
        var left: [Int32] = []
        for _ in 0..<rounds {
            left = try processes()
            if left.isEmpty { return true }
            try signalAll(SIGKILL, to: left)
            usleep(1000)
        }
        return left.isEmpty
    }

    /// Takes the processor limits away, here and in the cgroups below: what was killed has to run to its end, and
    /// thousands that share a small quota would take minutes.
    package func liftProcessorLimits() {
        if let cpu = legacy["cpu"] { Self.lift("cpu.cfs_quota_us", "-1", in: cpu) }
        if let unified { Self.lift("cpu.max", "max", in: unified) }
    }

    private static func lift(_ name: String, _ value: String, in folder: String) {
        // Where the file is missing there is no limit.
        try? Files.poke("\(folder)/\(name)", value)
        for inner in (try? subfolders(of: folder)) ?? [] { lift(name, value, in: "\(folder)/\(inner)") }
    }

    /// Sends a signal to every process of this cgroup.
    package func signalAll(_ signal: Int32) throws(SystemError) {
        try signalAll(signal, to: try processes())
    }

    private func signalAll(_ signal: Int32, to processes: [Int32]) throws(SystemError) {
        if signal == SIGKILL, let unified, (try? Files.poke("\(unified)/cgroup.kill", "1")) != nil { return }
        let freezer = legacy["freezer"].map { "\($0)/freezer.state" }
        if let freezer { try? Files.poke(freezer, "FROZEN") }
        // What was forked between the first look and the freeze is found by the second.
        let all = freezer == nil ? processes : try self.processes()
        for pid in all where kill(pid, signal) == -1 && errno != ESRCH {
            throw SystemError(errno, call: "kill", subject: "\(pid)")
        }
        if let freezer { try? Files.poke(freezer, "THAWED") }
    }
}
