import Glibc
import System
import TestSupport
import Testing

@Suite struct FileLockTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { "\(folder.path)/lock" }

    @Test func `one holder at a time`() throws {
        let first = try FileLock(path)
        let error = #expect(throws: SystemError.self) { _ = try FileLock(path, patience: .zero) }
        #expect(error?.code == EWOULDBLOCK)
        _ = first.raw
    }

    @Test func `it is free once it is let go, whoever has a copy of the descriptor`() throws {
        // As a child has that another thread is just starting.
        let copy: OwnedDescriptor
        do {
            let lock = try FileLock(path)
            copy = OwnedDescriptor(owning: dup(lock.raw))
        }
        _ = try FileLock(path, patience: .zero)
        _ = copy.raw
    }

    @Test func `a holder that is about to go is waited for`() async throws {
        let other = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(flock(other, LOCK_EX) == 0)
        startThread(named: "holder") {
            usleep(50_000)
            close(other)
        }
        _ = try FileLock(path, patience: .seconds(120))
    }

    @Test func `a link in its place is refused`() throws {
        try Files.replace("\(folder.path)/other", with: [])
        #expect(symlink("\(folder.path)/other", path) == 0)
        let error = #expect(throws: SystemError.self) { _ = try FileLock(path) }
        #expect(error?.code == ELOOP)
    }
}
