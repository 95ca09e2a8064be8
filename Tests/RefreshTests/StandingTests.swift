import Document
import FileTree
import Foundation
import Render
import Synchronization
import System
import TestSupport
import Testing

@testable import Refresh

/// Whether an environment may use what it has.
@Suite(.serialized, .enabled(if: Servers.areThere)) struct StandingTests {
    @Test func `a report that is missing, stale, another's or changed is refused`() async throws {
        try await Servers.with(people: 20) { servers in
            let time = Mutex(Timestamp(seconds: 1_800_000_000))
            let clock = WallClock(now: { time.withLock { $0 } }, sleep: { try await Task.sleep(for: $0) })
            let fixture = try await Fixture(servers, clock: clock)
            #expect(try await fixture.standing().state == .missing)
            let load = try await fixture.refresh()
            #expect(try await fixture.standing().state == .current)

            let rules = try Fixture.project(policy: Shop.policy.replacing("note: filler", with: "note: empty"))
            #expect(try await fixture.standing(rules).state == .stale)
            let pinned = Shop.policy.replacing("- name: shop", with: "- name: shop\n      schema: sha256:00")
            #expect(try await fixture.standing(try Fixture.project(policy: pinned)).state == .stale)
            let aging = try Fixture.project(more: "  maxAge: 2d")
            #expect(try await fixture.standing(aging).state == .current)
            time.withLock { $0 = $0 + .seconds(3 * 86400) }
            #expect(try await fixture.standing(aging).reason.contains("older"))
            #expect(try await fixture.standing().state == .current)

            let stranger = try await Fixture(servers, folder: fixture.folder, key: 8)
            #expect(try await stranger.standing().state == .failing)

            let name = try #require(try Files.names(in: fixture.state).first { $0.hasSuffix(".report") })
            let path = "\(fixture.state)/\(name)"
            let report = try Files.read(path)
            #expect(String(decoding: report, as: UTF8.self).contains("\"passed\":true"))
            try Files.replace(path, with: report + [0x20])
            #expect(try await fixture.standing().state == .missing, "other bytes than the record names")
            try Files.replace(path, with: report)
            #expect(try await fixture.standing().state == .current)
            try Files.remove(path)
            let gone = try await fixture.standing()
            #expect(gone.state == .missing && !gone.isAccepted && gone.record.load == load)
        }
    }

    @Test func `a service that was killed while data was taken does not know what is there`() async throws {
        try await Servers.with(people: 20) { servers in
            let fixture = try await Fixture(servers)
            try await fixture.refresh()
            let store = RefreshStore(folder: fixture.state)
            var record = try store.record(of: "shop", in: "qa")
            record.attempt = .init(since: .now, actor: "tester", isCommitting: true)
            try store.keep(record, of: "shop", in: "qa")
            let standing = try await fixture.standing()
            #expect(standing.state == .unknown && !standing.isAccepted)
            try await fixture.refresh()
            #expect(try await fixture.standing().state == .current)
        }
    }
}
