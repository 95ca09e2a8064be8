import Cluster
import Database
import Document
import Manifest
import System
import TestSupport
import Testing

@testable import LocalCluster

@Suite struct DurabilityTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { "\(folder.path)/cluster.db" }

    @Test func `what was acknowledged is there after a restart, and revisions go on upwards`() async throws {
        var last = ""
        do {
            let fixture = try await Fixture(path: path)
            try await fixture.create(configMap("gone"))
            let kept = try await fixture.create(configMap("kept", ["x": "ü\u{1}\"\\"]))
            try await fixture.create(service("web"))
            try await fixture.cluster.delete(configMap("gone").key, DeleteOptions())
            last = fixture.cluster.currentRevision
            #expect(Int(kept.resourceVersion) ?? 0 < Int(last) ?? 0)
        }
        let fixture = try await Fixture(path: path)
        #expect(try await fixture.names(ObjectQuery(kind: "ConfigMap")) == ["kept"])
        #expect(try await fixture.cluster.get(configMap("kept").key).value["data"] == ["x": "ü\u{1}\"\\"])
        let new = try await fixture.create(configMap("new"))
        #expect(Int(new.resourceVersion) ?? 0 > Int(last) ?? 0)
        #expect(try await fixture.create(service("db")).value[path: "spec", "clusterIP"]?.string == "10.96.0.17")
        let error = await #expect(throws: ClusterError.self) {
            try await fixture.cluster.watch(ObjectQuery(kind: "ConfigMap"), since: last)
        }
        #expect(error?.reason == .expired)
    }

    @Test func `a second cluster on one file is refused`() async throws {
        let fixture = try await Fixture(path: path)
        let error = await #expect(throws: DatabaseError.self) { try await Fixture(path: path) }
        guard case .inUse? = error?.code else {
            Issue.record("not in use: \(String(describing: error))")
            return
        }
        try await fixture.create(configMap("still-works"))
    }
}
