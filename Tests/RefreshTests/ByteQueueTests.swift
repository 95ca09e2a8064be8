import Synchronization
import System
import Testing

@testable import Refresh

@Suite struct ByteQueueTests {
    @Test func `bytes pass in order between tasks and threads, and no more wait than are allowed`() async throws {
        let queue = ByteQueue(limit: 1000)
        let most = Mutex(0)
        let writer = Task {
            for number in 0..<500 {
                try await queue.put([UInt8](repeating: UInt8(number % 251), count: 100))
                most.withLock { $0 = max($0, number) }
            }
            queue.finish()
        }
        let read = try await Blocking.run(named: "reader") {
            var read: [UInt8] = []
            var lead = 0
            while let chunk = try queue.takeBlocking() {
                read += chunk
                lead = max(lead, most.withLock { $0 } - read.count / 100)
            }
            return (bytes: read, lead: lead)
        }
        try await writer.value
        #expect(read.bytes.count == 50_000 && queue.total == 50_000)
        #expect(read.bytes.enumerated().allSatisfy { $1 == UInt8($0 / 100 % 251) })
        #expect(read.lead <= 11)
    }

    @Test func `a piece above the bound passes alone`() async throws {
        let queue = ByteQueue(limit: 10)
        try await queue.put([UInt8](repeating: 1, count: 100))
        let late = Task { try await queue.put([2]) }
        #expect(try await queue.take()?.count == 100)
        try await late.value
        #expect(try await queue.take() == [2])
    }

    @Test func `whoever waits learns of a failure, the first one`() async throws {
        let full = ByteQueue(limit: 1)
        try await full.put([1])
        let writer = Task { try await full.put([2]) }
        let empty = ByteQueue()
        let reader = Task { try await Blocking.run(named: "reader") { try empty.takeBlocking() } }
        for queue in [full, empty] {
            queue.fail(SystemError(5, call: "first"))
            queue.fail(SystemError(6, call: "second"))
        }
        await #expect(throws: SystemError(5, call: "first")) { try await writer.value }
        await #expect(throws: SystemError(5, call: "first")) { _ = try await reader.value }
        await #expect(throws: SystemError(5, call: "first")) { try await full.put([3]) }
    }
}
