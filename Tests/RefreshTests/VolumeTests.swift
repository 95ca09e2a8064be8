import Document
import FileTree
import Foundation
import Refresh
import Render
import System
import TestSupport
import Testing

/// Files on volumes and in git, from one environment to the other.
@Suite struct VolumeTests {
    static let policy = Fixture.policy("documents: {\"*\": {\"people[*].name\": name, \"people[*].height\": keep}}")

    private static func project(
        source: String = "{volume: {claim: files, path: people.json}}", policy: String = policy,
        format: String = "json"
    ) throws -> (Project, any FileTree) {
        try Fixture.project(
            policy: policy, more: "  format: \(format)",
            places: "  source: \(source)\n  sink: {volume: {claim: files, path: in/people.json}}")
    }

    private static func fixture() async throws -> (Fixture, target: String) {
        let fixture = try await Fixture(nil)
        for folder in ["prod", "qa/in"] { try Files.makeFolders("\(fixture.folder.path)/\(folder)") }
        try Files.replace("\(fixture.folder.path)/prod/people.json", with: Array(Fixture.people.utf8))
        return (fixture, "\(fixture.folder.path)/qa/in/people.json")
    }

    @Test(arguments: ["{volume: {claim: files, path: people.json}}", "{file: data/people.json}"])
    func `a file appears at once, scrubbed, and belongs to who had it before`(source: String) async throws {
        let (fixture, target) = try await Self.fixture()
        try Files.replace(target, with: Array("old".utf8), mode: 0o604)
        try #require(chown(target, 1234, 4321) == 0 || getuid() != 0)
        let load = try await fixture.refresh(try Self.project(source: source))
        #expect(load.rows == ["shop": 1])
        let text = String(decoding: try Files.read(target), as: UTF8.self)
        #expect(text.contains("\"height\": 171") && !text.contains("Ingeborg") && !text.contains("Tiago"))
        var status = stat()
        #expect(stat(target, &status) == 0 && status.st_mode & 0o777 == 0o604)
        #expect(status.st_uid == (getuid() == 0 ? 1234 : getuid()))
        #expect(try Files.names(in: "\(fixture.folder.path)/qa/in") == ["people.json"])
    }

    @Test func `a subset stays, and values change rows, on their way`() async throws {
        let (fixture, target) = try await Self.fixture()
        let rows = (1...40).map { "\($0),\($0 % 2 == 0 ? "Porto" : "Faro"),\(1000 + $0)\n" }
        try Files.replace(
            "\(fixture.folder.path)/prod/people.json", with: Array("number,city,salary\n\(rows.joined())".utf8))
        let policy = Fixture.policy(
            """
            tables: {shop: {number: sequence, city: keep, salary: shuffle}}
            subset: {roots: [{table: shop, column: city, in: [Porto]}]}
            """)
        let load = try await fixture.refresh(try Self.project(policy: policy, format: "csv"))
        #expect(load.rows == ["shop": 20])
        let copied = String(decoding: try Files.read(target), as: UTF8.self).split(separator: "\n").dropFirst()
            .map { $0.split(separator: ",").map(String.init) }
        let salaries = stride(from: 2, through: 40, by: 2).map { "\(1000 + $0)" }
        #expect(copied.map { $0[1] } == salaries.map { _ in "Porto" })
        #expect(copied.map { $0[2] }.sorted() == salaries)
        #expect(!zip(copied.map { $0[2] }, salaries).contains { $0 == $1 })
    }

    @Test(arguments: ["notes: keep", "notes: keep, \"people[*].notes.*\": keep"])
    func `what a policy keeps is looked at for what it replaces elsewhere`(rules: String) async throws {
        let (fixture, target) = try await Self.fixture()
        let text = #"{"people": [{"name": "Ingeborg Halvorsen", "height": 171}], "notes": {"a": "Ingeborg Halvorsen"}}"#
        try Files.replace("\(fixture.folder.path)/prod/people.json", with: Array(text.utf8))
        let policy = Self.policy.replacing("height\": keep", with: "height\": keep, \(rules)")
        let problem = await #expect(throws: Problems.self) {
            try await fixture.refresh(try Self.project(policy: policy))
        }
        #expect(problem.map { "\($0)" }?.contains("originals of classified columns") == true)
        #expect(throws: SystemError.self) { try Files.read(target) }
    }

    @Test func `a document that is cut leaves what was there, and nothing beside it`() async throws {
        let (fixture, target) = try await Self.fixture()
        try Files.replace(target, with: Array("old".utf8))
        try Files.replace("\(fixture.folder.path)/prod/people.json", with: Array(Fixture.people.utf8.dropLast(9)))
        await #expect(throws: Problem.self) { try await fixture.refresh(try Self.project()) }
        #expect(String(decoding: try Files.read(target), as: UTF8.self) == "old")
        #expect(try Files.names(in: "\(fixture.folder.path)/qa/in") == ["people.json"])
    }

    @Test func `links of a pod's lead nowhere`() async throws {
        let (fixture, _) = try await Self.fixture()
        let (prod, qa) = ("\(fixture.folder.path)/prod", "\(fixture.folder.path)/qa")
        let outside = "\(fixture.folder.path)/outside"
        try Files.makeFolders(outside)
        try Files.replace("\(outside)/people.json", with: Array(Fixture.people.utf8))
        try Files.remove("\(prod)/people.json")
        try FileManager.default.createSymbolicLink(
            atPath: "\(prod)/people.json", withDestinationPath: "\(outside)/people.json")
        await #expect(throws: Problem.self) { try await fixture.refresh(try Self.project()) }
        try Files.remove("\(prod)/people.json")
        try Files.replace("\(prod)/people.json", with: Array(Fixture.people.utf8))
        try Files.removeTree("\(qa)/in")
        try FileManager.default.createSymbolicLink(atPath: "\(qa)/in", withDestinationPath: outside)
        await #expect(throws: Problem.self) { try await fixture.refresh(try Self.project()) }
        #expect(try Files.names(in: outside) == ["people.json"])
        #expect(try Files.read("\(outside)/people.json") == Array(Fixture.people.utf8))
    }
}
