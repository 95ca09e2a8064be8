import Git
import Sources
import Synchronization
import System
import TestSupport
import Testing

@Suite struct PollScheduleTests {
    @Test(arguments: [
        (0, 0.5, 60_000), (0, 0, 54_000), (0, 1, 66_000), (1, 0.5, 2000), (2, 0.5, 4000), (5, 0.5, 32_000),
        (8, 0.5, 256_000), (9, 0.5, 300_000), (1000, 0.5, 300_000), (1000, 1, 330_000), (0, 7, 66_000),
    ])
    func `waits with jitter, and longer after each failure`(failures: Int, random: Double, milliseconds: Int64) {
        let wait = PollSchedule().wait(failures: failures, random: random)
        #expect(abs(wait.wholeMilliseconds - milliseconds) <= 1)
    }

    @Test(.timeLimit(.minutes(5)))
    func `polls at the schedule's times, backs off and recovers`() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        // Behind file:// nothing is watched here, so that only the clock makes it look: the parent is renamed too.
        try runProgram(["mkdir", fixture.folder + "/far"])
        let waits = Mutex<[Int64]>([])
        let clock = WallClock(now: { .now }) { wait in
            let count = waits.withLock { waits in
                waits.append(wait.wholeMilliseconds)
                return waits.count
            }
            if count == 2 { try runProgram(["mv", fixture.folder + "/far/r.git", origin]) }
            if count >= 4 { try await Task.sleep(for: .seconds(3600)) }
        }
        try runProgram(["mv", origin, fixture.folder + "/far/r.git"])
        let source = try RepositorySource(
            Remote(RemoteAddress(origin)), mirrors: fixture.folder + "/mirrors", clock: clock, random: { 0.5 },
            log: Log("source", write: { _ in }))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await source.run() }
            for await state in source.states() where state.condition == .current { break }
            while waits.withLock({ $0.count }) < 4 { await Task.yield() }
            group.cancelAll()
        }
        #expect(waits.withLock { $0.first } == 2000)
        #expect(waits.withLock { $0.last } == 60_000)
    }
}
