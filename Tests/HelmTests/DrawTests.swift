import Document
import FileTree
import Helm
import Synchronization
import Testing

@Suite struct DrawTests {
    private func rendered(
        _ changes: [String: String] = [:], _ change: (inout HelmRender.Settings) -> Void = { _ in }
    ) throws -> String {
        var files = [
            "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 1.0.0",
            "templates/a.yaml": "password: {{ randAlphaNum 20 }}\nat: {{ now | unixEpoch | quote }}",
        ]
        files.merge(changes) { _, new in new }
        let tree = MemoryTree(files)
        var settings = HelmRender.Settings(release: "r", key: [UInt8](repeating: 1, count: 32), now: 7)
        change(&settings)
        return try HelmRender.text(try Chart.load(.root, in: tree), settings)
    }

    @Test func `what is drawn keeps its value until chart, release, key or rotation change it`() throws {
        let first = try rendered()
        #expect(try rendered() == first)
        #expect(first.contains("at: \"7\""))
        let others = [
            try rendered(["README.md": "new"]), try rendered(["values.yaml": "a: 1"]),
            try rendered { $0.release = "s" },
            try rendered { $0.namespace = "n" }, try rendered { $0.rotation = 1 }, try rendered { $0.key[0] = 2 },
        ]
        #expect(Set(others + [first]).count == others.count + 1)
        // Neither the clock nor what the cluster offers counts.
        #expect(
            try rendered { $0.now = 8 }.split(separator: "\n").first { $0.hasPrefix("password") }
                == first.split(separator: "\n").first { $0.hasPrefix("password") })
    }

    @Test func `who renders learns that something was drawn`() throws {
        let count = Counter()
        _ = try rendered { $0.noteDraw = { count.add() } }
        #expect(count.value == 1)
        _ = try rendered(["templates/a.yaml": "a: {{ now | unixEpoch }}"]) { $0.noteDraw = { count.add() } }
        #expect(count.value == 1)
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }
}
