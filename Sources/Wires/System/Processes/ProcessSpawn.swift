import Glibc

/// Starting programs without a shell and without copying this process (posix_spawn(3)).
package enum ProcessSpawn {
    /// Starts a program in a session of its own, with standard streams on `/dev/null`, no signal blocked or ignored, and
    /// an empty environment.
    ///
    /// - Parameters:
    ///   - path: the program; `/proc/self/fd/N` for one in memory.
    ///   - inherited: the descriptors it gets as 3, 4, 5, … in this order.
    /// - Returns: its pid. Who starts it also reaps it.
    package static func detached(
        _ path: String, arguments: [String], inherited: [Int32]
    ) throws(SystemError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for stream in 0..<Int32(3) { posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0) }
        try placeDescriptors(inherited, &actions)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // POSIX_SPAWN_SETSID is a GNU extension that Swift's Glibc module does not show.
        let newSession: Int16 = 0x80
        let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | newSession
        posix_spawnattr_setflags(&attributes, flags)
        var words = arguments.map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        var pid: Int32 = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &words, &environment)
        guard code == 0 else { throw SystemError(code, call: "posix_spawn", subject: path) }
        return pid
    }

    /// Moves every descriptor well above the places first, so that none is overwritten before its turn.
    private static func placeDescriptors(
        _ inherited: [Int32], _ actions: inout posix_spawn_file_actions_t
    ) throws(SystemError) {
        let first: Int32 = 3
        let clear = first + Int32(inherited.count)
        for (index, descriptor) in inherited.enumerated() {
            guard descriptor >= clear else { throw SystemError(EBADF, call: "posix_spawn", subject: "\(descriptor)") }
            posix_spawn_file_actions_adddup2(&actions, descriptor, first + Int32(index))
        }
    }
}
