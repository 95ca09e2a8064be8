import Document
import FileTree
import Testing

@testable import Render

@Suite struct DatasetTests {
    private static let dataset = """
        apiVersion: belay/v1
        kind: Dataset
        metadata: {name: shop}
        spec:
          from: prod
          to: [qa]
          source: {exec: {in: deploy/database, command: [pg_dump, -U, shop]}}
          sink: {exec: {in: deploy/database, container: postgres, command: [psql]}}
          schedule: "30 3 * * mon-fri"
          maxAge: 7d

        """

    private static let policy = """
        apiVersion: belay/v1
        kind: ScrubPolicy
        metadata: {name: shop}
        spec: {datasets: [{name: shop, tables: {a: {b: keep}}}, {name: other, tables: {a: {b: name}}}]}

        """

    private static func project(
        _ dataset: String = dataset, policy: String = policy, scrub: String = "scrub: scrub.yaml"
    ) throws(Problem) -> Project {
        try Project.read(
            from: MemoryTree([
                "belay.yaml": """
                apiVersion: belay/v1
                kind: Project
                metadata: {name: shop}
                spec:
                  \(scrub)
                  datasets: [data/shop.yaml]
                  environments:
                    - {name: qa, apps: [{path: apps}]}
                    - {name: prod, data: production, apps: [{path: apps}]}
                """, "scrub.yaml": policy, "data/shop.yaml": dataset, "data/seed.sql": "",
            ]))
    }

    @Test func `a dataset says where data comes from, where it goes and by which rules`() throws {
        let project = try Self.project()
        let dataset = try project.dataset(nil, for: "qa")
        #expect(dataset.from == "prod" && dataset.targets == ["qa"] && dataset.format == .postgres)
        #expect(dataset.longestAge == .seconds(7 * 86400) && dataset.deadline == .seconds(3600))
        guard case .program(let source) = dataset.source, case .program(let sink) = dataset.sink else {
            throw Problem("both are programs")
        }
        #expect(source.workload == "deploy/database" && source.command == ["pg_dump", "-U", "shop"])
        #expect(source.schema == ["pg_dump", "--schema-only", "-U", "shop"])
        #expect(sink.container == "postgres" && sink.schema.isEmpty)
        #expect(project.datasets(for: "prod").isEmpty)
    }

    @Test func `the rules' digest follows their own item, not what stands around it`() throws {
        let one = try Self.project().datasets[0].policy
        let comments = Self.policy.replacing("spec:", with: "# more\nspec:").replacing("b: name", with: "b: email")
        #expect(try Self.project(policy: comments).datasets[0].policy == one)
        #expect(try Self.project(policy: Self.policy.replacing("b: keep", with: "b: name")).datasets[0].policy != one)
    }

    @Test(arguments: [
        ("from: prod", "from: prd", "data/shop.yaml:5:9", "did you mean \"prod\"?"),
        ("to: [qa]", "to: [prod]", "data/shop.yaml:6:8", "its own data"),
        ("to: [qa]", "to: []", "data/shop.yaml:6:7", "names no environment"),
        ("from: prod\n  to: [qa]", "from: qa\n  to: [prod]", "data/shop.yaml:6:8", "data: production"),
        ("to: [qa]", "to: [qa]\n  rules: othr", "data/shop.yaml:7:10", "did you mean \"other\"?"),
        ("to: [qa]", "to: [qa]\n  format: postgress", "data/shop.yaml:7:11", "it may be one of: postgres, mysql"),
        ("maxAge: 7d", "maxAgo: 7d", "data/shop.yaml:10:3", "did you mean \"maxAge\"?"),
        ("maxAge: 7d", "maxAge: soon", "data/shop.yaml:10:11", "length of time"),
        ("30 3 * * mon-fri", "30 25 * * *", "data/shop.yaml:9:13", "no time that comes back"),
        (
            "in: deploy/database, command: [pg_dump", "in: database, command: [pg_dump", "data/shop.yaml:7:23",
            "kind and name"
        ),
        ("command: [pg_dump, -U, shop]", "command: []", "data/shop.yaml:7:18", "a list of words"),
        ("command: [psql]", "command: [pg_restore, -d, shop]", "data/shop.yaml:8:21", "--single-transaction"),
        ("to: [qa]", "to: [qa]\n  format: mysql", "data/shop.yaml:9:21", "\"commit\""),
        ("sink: {exec: ", "sink: {file: data/x, exec: ", "data/shop.yaml:8:10", "no field \"file\""),
        ("source: {exec: ", "source: {file: data/x, exec: ", "data/shop.yaml:7:11", "two places"),
    ])
    func `what is wrong is told with its place`(old: String, new: String, place: String, says: String) throws {
        try #require(Self.dataset.contains(old))
        let problem = #expect(throws: Problem.self) { try Self.project(Self.dataset.replacing(old, with: new)) }
        #expect(problem?.description.hasPrefix(place) == true, "\(problem as Any)")
        #expect(problem?.description.contains(says) == true, "\(problem as Any)")
    }

    @Test func `rules are the project's policy's`() throws {
        let none = #expect(throws: Problem.self) { try Self.project(scrub: "remotes: []") }
        #expect(none?.description.contains("names no scrub policy") == true)
        let file = Self.dataset.replacing(
            "{exec: {in: deploy/database, command: [pg_dump, -U, shop]}}", with: "{file: data/seed.sql}")
        let project = try Self.project(file)
        #expect(project.datasets[0].source == .file(try #require(TreePath("data/seed.sql"))))
        let unknown = #expect(throws: Problem.self) { try project.dataset("shp", for: "qa") }
        #expect(unknown?.hint == "did you mean \"shop\"?")
    }

    @Test(arguments: [
        // 2026-11-21 is a Saturday; its midnight is second 1795219200.
        ("* * * * *", 1_795_219_200, 1_795_219_260), ("30 3 * * *", 1_795_219_200, 1_795_231_800),
        ("0 0 * * *", 1_795_219_200, 1_795_305_600), ("@daily", 1_795_219_200, 1_795_305_600),
        ("30 3 * * mon-fri", 1_795_219_200, 1_795_404_600), ("*/20 1-2 * * *", 1_795_219_200, 1_795_222_800),
        ("0 12 1 * *", 1_795_219_200, 1_796_126_400), ("0 0 29 2 *", 1_795_219_200, 1_835_395_200),
        ("0 0 13 * fri", 1_795_219_200, 1_795_737_600), ("15 10 * dec 7", 1_795_219_200, 1_796_552_100),
    ])
    func `schedules come when crontab says`(text: String, after: Int, next: Int) throws {
        #expect(try #require(CronSchedule(text)).next(after: after) == next)
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "0 0 30 2 *",
        "a * * * *", "1,,2 * * * *", "-1 * * * *", "* * * * * *", "@often",
    ])
    func `what never comes is no schedule`(text: String) {
        #expect(CronSchedule(text) == nil)
    }
}
