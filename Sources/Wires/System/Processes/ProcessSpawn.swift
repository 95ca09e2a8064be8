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
        // POSIX_SPAWN_SETSID is a GNU extension that Swift's Glibc module does not show.
        let newSession: Int16 = 0x80
        return try start(path, arguments, [], Array(repeating: nil, count: 3), inherited, flags: newSession)
    }

    /// As `detached`, in this process's session and with its standard streams, unless they are to be `/dev/null`.
    package static func keepingStreams(
        _ path: String, arguments: [String], inherited: [Int32], streamsAreNull: Bool
    ) throws(SystemError) -> Int32 {
        try start(path, arguments, [], streamsAreNull ? Array(repeating: nil, count: 3) : [], inherited)
    }

    /// Starts a program that reads `input` and shares this process's output.
    package static func child(
        _ path: String, arguments: [String], environment: [String], input: Int32
    ) throws(SystemError) -> Int32 {
        try start(path, arguments, environment, [input], [])
    }

    /// - Parameter streams: what the first standard streams are, nil for `/dev/null`; the others are this process's.
    private static func start(
        _ path: String, _ arguments: [String], _ environment: [String], _ streams: [Int32?], _ inherited: [Int32],
        flags more: Int16 = 0
    ) throws(SystemError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (stream, source) in streams.enumerated() {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, Int32(stream))
            } else {
                posix_spawn_file_actions_addopen(&actions, Int32(stream), "/dev/null", O_RDWR, 0)
            }
        }
        try placeDescriptors(inherited, &actions)
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | more)
        var words = arguments.map { strdup($0) }
        words.append(nil)
        var variables = environment.map { strdup($0) }
        variables.append(nil)
        defer { (words + variables).forEach { free($0) } }
        var pid: Int32 = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &words, &variables)
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
