import System
import TestSupport
import Testing

@testable import Reconciler

/// What is remembered of each application's last sync.
@Suite struct AppliedStoreTests {
    @Test func `the project's name outlives a restart that cannot read git`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/applied.json"
        let store = try AppliedStore(path: path)
        #expect(store.project == nil)
        let id = ApplicationID(project: "shop", environment: "dev", application: "web")
        try store.set(id, .init(digest: "d", commit: "c", planHash: "p", startedAt: .now, isOpen: false))
        #expect(store.project == "shop")
        #expect(try AppliedStore(path: path).project == "shop")
    }
}
