import CLinux
import Glibc
import System

/// A program that a test starts, killed and reaped when nobody holds it any more.
package final class Program: Sendable {
    package let pid: Int32

    /// Starts a program found in `PATH`; its output goes to `output`, or nowhere.
    package init(_ arguments: [String], environment: [String]? = nil, output: Int32? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for descriptor in 1...2 as ClosedRange<Int32> {
            if let output {
                posix_spawn_file_actions_adddup2(&actions, output, descriptor)
            } else {
                posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
            }
        }
        // A server that goes on for long must not hold open the pipes of what another test started meanwhile.
        for descriptor in 3..<1024 as Range<Int32> { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var pid: pid_t = 0
        let code = withPointers(arguments) { argv in
            guard let program = argv[0] else { return EINVAL }
            guard let environment else { return posix_spawnp(&pid, program, &actions, nil, argv, environ) }
            return withPointers(environment) { posix_spawnp(&pid, program, &actions, nil, argv, $0) }
        }
        guard code == 0 else { throw SystemError(code, call: "posix_spawn", subject: arguments.first ?? "") }
        self.pid = pid
    }

    /// Waits for its end, and answers its exit code, or 128 and the signal that killed it.
    package func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    deinit {
        Glibc.kill(pid, SIGKILL)
        _ = wait()
    }

    /// Runs a program to its end and answers what it wrote, to both of its outputs.
    ///
    /// - Throws: when its exit code is not 0, with its output.
    @discardableResult
    package static func run(_ arguments: [String], environment: [String]? = nil) throws -> String {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/output"
        let file = OwnedDescriptor(
            owning: try checked("open", on: path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) })
        let code = try Program(arguments, environment: environment, output: file.raw).wait()
        let text = try Files.text(path, limit: 64 << 20)
        guard code == 0 else { throw ProgramFailure(arguments: arguments, code: code, output: text) }
        return text
    }
}

/// A program that a test needs did not do what it should.
package struct ProgramFailure: Error, CustomStringConvertible {
    let arguments: [String]
    let code: Int32
    let output: String

    package var description: String { "\(arguments.joined(separator: " ")): exit \(code)\n\(output)" }
}

private func withPointers<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    for (place, string) in strings.enumerated() { pointers[place] = strdup(string) }
    pointers[strings.count] = nil
    defer {
        for place in strings.indices { free(pointers[place]) }
        pointers.deallocate()
    }
    return body(pointers)
}
