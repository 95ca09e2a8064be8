import ClusterTestSupport
import Document
import FileTree
import Foundation
import Plan
import Refresh
import Render
import System
import TestSupport
import Testing

/// What happens without being asked for, by a clock that the test turns.
@Suite struct ScheduleTests {
    private static func made() throws -> (Project, any FileTree) {
        try Fixture.project(
            policy: VolumeTests.policy, more: "  format: json\n  schedule: \"0 13 * * *\"",
            places: """
                  source: {volume: {claim: files, path: people.json}}
                  sink: {volume: {claim: files, path: people.json}}
                """)
    }

    private static func fixture(_ clock: TestClock) async throws -> Fixture {
        let fixture = try await Fixture(nil, clock: clock.clock)
        for folder in ["prod", "qa"] { try Files.makeFolders("\(fixture.folder.path)/\(folder)") }
        try Files.replace("\(fixture.folder.path)/prod/people.json", with: Array(Fixture.people.utf8))
        return fixture
    }

    @Test func `a dataset is refreshed when its time comes, and once for times that passed`() async throws {
        let clock = TestClock("2026-11-20T12:00:00Z")
        let fixture = try await Self.fixture(clock)
        let order = try Fixture.order(try Self.made())
        let loop = Task { await fixture.refresher.follow { [order] } }
        #expect(await eventually { clock.sleeperCount == 1 })
        #expect(fixture.journal.records.isEmpty)
        for (hours, time) in [(1, "2026-11-20T13:00:00Z"), (72, "2026-11-23T13:00:00Z")] {
            clock.advance(by: .seconds(hours * 3600))
            #expect(
                await eventually {
                    fixture.journal.records.last?.result == .succeeded
                        && fixture.journal.records.last?.time == Timestamp(time)
                })
            // The loop sleeps again; the deadline of what is done does not.
            #expect(await eventually { clock.sleeperCount == 1 })
        }
        #expect(fixture.journal.records.count == 4)
        #expect(fixture.journal.records.allSatisfy { $0.actor == "tester" })
        loop.cancel()
        await loop.value
    }

    @Test func `what a killed service was at is recorded as failed, once`() async throws {
        let clock = TestClock()
        let fixture = try await Self.fixture(clock)
        let order = try Fixture.order(try Self.made())
        try Files.makeFolders(fixture.state)
        let left = #"{"attempt": {"since": "2026-11-20T11:00:00Z", "actor": "somebody", "committing": false}}"#
        try Files.replace("\(fixture.state)/qa.shop.json", with: Array(left.utf8))
        for _ in 1...2 {
            let loop = Task { await fixture.refresher.follow { [order] } }
            #expect(await eventually { clock.sleeperCount == 1 })
            loop.cancel()
            await loop.value
        }
        let records = fixture.journal.records
        #expect(records.count == 1 && records[0].result == .failed && records[0].actor == "somebody")
        #expect(try await fixture.standing(try Self.made()).state == .missing)
    }
}
