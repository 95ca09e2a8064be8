import Cluster
import Crypto
import Document
import LocalCluster
import Manifest
import Reconciler
import Render
import Synchronization
import System
import TestSupport
import Testing

/// Applications whose charts must be fetched first.
@Suite struct ChartFetchTests {
    typealias Fixture = ReconcilerFixture

    /// A repository that answers once it is told to.
    private final class Repository: ChartFetcher {
        let bytes: [UInt8]
        private let state = Mutex((answers: false, isHere: false, asked: 0))

        init(value: String) throws {
            let place = try TemporaryFolder()
            try Files.makeFolders("\(place.path)/app/templates")
            try Files.replace("\(place.path)/app/Chart.yaml", with: Array("name: app\nversion: 1.0.0\n".utf8))
            try Files.replace("\(place.path)/app/templates/a.yaml", with: Array(Fixture.map("chart", value).utf8))
            try Program.run(["tar", "czf", "\(place.path)/app.tgz", "-C", place.path, "app"])
            bytes = try Files.read("\(place.path)/app.tgz")
        }

        var asked: Int { state.withLock { $0.asked } }
        func answer() { state.withLock { $0.answers = true } }

        func fetch(_ pins: [ChartPin]) async throws -> Bool {
            let (answers, isHere) = state.withLock { state in
                state.asked += 1
                let before = state
                if state.answers { state.isHere = true }
                return (before.answers, before.isHere)
            }
            guard answers else { throw Problem("the repository does not answer", at: pins.first?.origin ?? .none) }
            return !isHere
        }

        func archive(_ pin: ChartPin) throws(Problem) -> [UInt8] {
            guard state.withLock({ $0.isHere }) else { throw Problem("it is not here", at: pin.origin) }
            return bytes
        }
    }

    private func project(_ digest: Digest) -> String {
        Fixture.project.replacing(
            #"apps: [{path: "apps/*"}]"#,
            with: """
                apps:
                        - path: "apps/*"
                        - name: chart
                          chart: {repository: "https://charts.example.org", name: app, version: 1.0.0, digest: "\(digest)"}
                """)
    }

    @Test func `a chart that cannot be had stops its application alone, and comes when it can`() async throws {
        let repository = try Repository(value: "fetched")
        try await Fixture.with(charts: repository) { fixture in
            let project = project(.sha256(repository.bytes))
            await fixture.push(["apps/a/a.yaml": Fixture.map("one", "1")], project: project)
            try await fixture.eventually("the other application is applied") { await fixture.value("one") == "1" }
            try await fixture.eventually("the failure is told at its line") {
                await fixture.reconciler.status().contains { status in
                    status.id.application == "chart" && status.phase == .failed
                        && status.problems.first?.message == "the repository does not answer"
                        && status.problems.first?.origin.file.path == "belay.yaml"
                }
            }
            repository.answer()
            try await fixture.eventually("the chart is applied") { await fixture.value("chart") == "fetched" }
            #expect(repository.asked > 1)
        }
    }

    @Test func `what runs keeps running while the next version cannot be had`() async throws {
        let repository = try Repository(value: "first")
        repository.answer()
        try await Fixture.with(charts: repository) { fixture in
            await fixture.push(
                ["apps/a/a.yaml": Fixture.map("one", "1")], project: project(.sha256(repository.bytes)))
            try await fixture.eventually("the chart is applied") { await fixture.value("chart") == "first" }
            // The archive that is here is another one than the next commit pins.
            await fixture.push(
                ["apps/a/a.yaml": Fixture.map("one", "2")], project: project(.sha256("next")), number: 2)
            try await fixture.eventually("the other application follows") { await fixture.value("one") == "2" }
            try await fixture.eventually("the failure is told") {
                await fixture.reconciler.status().contains {
                    $0.id.application == "chart" && $0.phase == .failed
                        && $0.problems.first?.message.contains("should be") == true
                }
            }
            #expect(await fixture.value("chart") == "first")
        }
    }

    @Test func `a chart that a kustomization needs is fetched once it asks for it`() async throws {
        let repository = try Repository(value: "inflated")
        try await Fixture.with(charts: repository) { fixture in
            let address = "https://charts.example.org"
            let project =
                Fixture.project
                    + """
                      charts: [{repository: "\(address)", name: app, version: 1.0.0, digest: "\(Digest.sha256(repository.bytes))"}]

                    """
            let files = [
                "apps/a/a.yaml": Fixture.map("one", "1"),
                "apps/b/kustomization.yaml": "helmCharts: [{name: app, repo: \"\(address)\", version: 1.0.0}]\n",
            ]
            await fixture.push(files, project: project)
            try await fixture.eventually("the other application is applied") { await fixture.value("one") == "1" }
            try await fixture.eventually("the failure is the repository's own") {
                await fixture.reconciler.status().contains {
                    $0.id.application == "b" && $0.problems.first?.message == "the repository does not answer"
                }
            }
            repository.answer()
            try await fixture.eventually("the chart is applied") { await fixture.value("chart") == "inflated" }
        }
    }
}
