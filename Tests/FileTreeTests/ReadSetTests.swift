import Document
import FileTree
import Testing

@Suite struct ReadSetTests {
    let files = ["apps/web/k.yaml": "one", "apps/web/cm.yaml": "two", "docs/guide.md": "text"]

    /// What a small rendering would do.
    func look(at tree: any FileTree) throws -> ReadSet {
        let recording = RecordingTree(tree)
        let folder = try #require(TreePath("apps/web"))
        _ = try recording.kind(of: folder.appending("kustomization.yaml"))
        for entry in try recording.entries(of: folder) { _ = try recording.read(folder.appending(entry.name)) }
        _ = try recording.kind(of: folder.appending("k.yaml"))
        return recording.readSet
    }

    @Test func `holds what was read, listed and not found`() throws {
        let set = try look(at: MemoryTree(files))
        #expect(set.files.map(\.text) == ["apps/web/cm.yaml", "apps/web/k.yaml"])
        #expect(set[try #require(TreePath("apps/web/kustomization.yaml"))]?.seen == .absent)
        #expect(set.count == 4)
    }

    @Test func `is unchanged when only other files changed`() throws {
        let set = try look(at: MemoryTree(files))
        var later = files
        later["docs/guide.md"] = "other text"
        later["apps/web2/new.yaml"] = "x"
        #expect(try set.isUnchanged(in: MemoryTree(later)))
        #expect(try look(at: MemoryTree(later)).digest == set.digest)
    }

    @Test(arguments: [
        ("apps/web/k.yaml", "changed"), ("apps/web/kustomization.yaml", "appeared"), ("apps/web/new.yaml", "appeared"),
        ("apps/web/cm.yaml", nil),
    ])
    func `sees what changed, appeared or went`(path: String, text: String?) throws {
        let set = try look(at: MemoryTree(files))
        var later = files
        later[path] = text
        let tree = MemoryTree(later)
        #expect(try !set.isUnchanged(in: tree))
        #expect(try look(at: tree).digest != set.digest)
    }

    /// Files that change, how many may, and which are named; nil where more is different.
    @Test(
        arguments: [
            ([:], 0, []), (["docs/guide.md": "other"], 0, []), (["apps/web/k.yaml": "other"], 1, ["apps/web/k.yaml"]),
            (["apps/web/k.yaml": "other"], 0, nil), (["apps/web/k.yaml": "x", "apps/web/cm.yaml": "y"], 1, nil),
            (["apps/web/k.yaml": "x", "apps/web/cm.yaml": "y"], 2, ["apps/web/cm.yaml", "apps/web/k.yaml"]),
            (["apps/web/k.yaml": nil], 5, nil), (["apps/web/k.yaml": nil, "apps/web/k.yaml/x": "y"], 5, nil),
            (["apps/web/new.yaml": "x"], 5, nil), (["apps/web/kustomization.yaml": "x"], 5, nil),
        ] as [([String: String?], Int, [String]?)])
    func `names the files that hold something else, where nothing more is different`(
        changes: [String: String?], most: Int, named: [String]?
    ) throws {
        let set = try look(at: MemoryTree(files))
        let later = files.merging(changes.mapValues { $0 ?? "" }) { $1 }.filter { changes[$0.key] != .some(nil) }
        #expect(try set.changedFiles(in: MemoryTree(later), most: most)?.map(\.text).sorted() == named)
    }

    /// Files that change, and whether what was seen is the same; nil where the folder's id does not say.
    @Test(
        arguments: [
            ([:], true), (["docs/guide.md": "other"], true), (["apps/web/k.yaml": "other"], nil),
            (["apps/web/new.yaml": "x"], nil), (["shared/linked.yaml": "other"], false),
            (["apps/beside.yaml": "x"], false),
        ] as [([String: String], Bool?)])
    func `is vouched for by the id of a folder, but for what links lead to and what lies beyond`(
        changes: [String: String], isSame: Bool?
    ) throws {
        let files = self.files.merging(["shared/linked.yaml": "three"]) { $1 }
        let links = ["apps/web/l.yaml": "../../shared/linked.yaml"]
        let tree = MemoryTree(files, links: links)
        let recording = RecordingTree(tree)
        let folder = try #require(TreePath("apps/web"))
        for name in ["k.yaml", "l.yaml"] { _ = try recording.read(folder.appending(name)) }
        _ = try recording.entries(of: folder)
        _ = try recording.kind(of: try #require(TreePath("apps/beside.yaml")))
        let seal = try #require(recording.readSet.seal(folder, in: tree))
        let other = MemoryTree(files.merging(changes) { $1 }, links: links)
        #expect(try seal.isUnchanged(in: other) == isSame)
        #expect(recording.readSet.seal(folder.appending("l.yaml"), in: tree) == nil)
        #expect(recording.readSet.seal(try #require(TreePath("gone")), in: tree) == nil)
    }

    @Test(arguments: ["other", "gone", "../outside", "shared"])
    func `sees that a link leads elsewhere`(target: String) throws {
        let files = ["shared/k.yaml": "one", "other/k.yaml": "one"]
        let set = try lookThroughLink(MemoryTree(files, links: ["app": "shared"]))
        let isSame = target == "shared"
        #expect(try set.isUnchanged(in: MemoryTree(files, links: ["app": target])) == isSame)
        let folder = try SampleFolder(files, links: ["app": target])
        let tree = try DirectoryTree(folder.path)
        #expect(try set.isUnchanged(in: tree) == isSame)
        #expect(try set.isUnchanged(in: tree.reading(remembersIDs: true)) == isSame)
    }

    @Test func `holds where links lead, in its digest too`() throws {
        let files = ["shared/k.yaml": "one", "other/k.yaml": "one"]
        let first = try lookThroughLink(MemoryTree(files, links: ["app": "shared"]))
        let second = try lookThroughLink(MemoryTree(files, links: ["app": "other"]))
        let path = try #require(TreePath("app/k.yaml"))
        #expect(first[path]?.place?.text == "shared/k.yaml")
        #expect(first.digest != second.digest)
        var both = first
        both.merge(second)
        #expect(both[path]?.place == second[path]?.place)
    }

    /// Reads a file behind a link, and asks where it is.
    private func lookThroughLink(_ tree: any FileTree) throws -> ReadSet {
        let recording = RecordingTree(tree)
        let path = try #require(TreePath("app/k.yaml"))
        _ = try recording.resolved(path)
        _ = try recording.read(path)
        return recording.readSet
    }

    @Test func `is the same in whichever order things were looked at`() throws {
        let tree = MemoryTree(files)
        let (first, second) = (RecordingTree(tree), RecordingTree(tree))
        let paths = try files.keys.map { try #require(TreePath($0)) }
        for path in paths { _ = try first.look(at: path) }
        for path in paths.reversed() { _ = (try second.resolved(path), try second.kind(of: path)) }
        #expect(first.readSet != second.readSet)
        for path in paths { _ = try second.read(path) }
        #expect(first.readSet == second.readSet)
        #expect(first.readSet.digest == second.readSet.digest)
        #expect(second.readSet.files == paths.sorted())
    }

    @Test func `is the same for a folder on disk`() throws {
        let folder = try SampleFolder(files)
        let set = try look(at: MemoryTree(files))
        #expect(try set.isUnchanged(in: try DirectoryTree(folder.path)))
        #expect(try look(at: try DirectoryTree(folder.path)) == set)
    }

    @Test func `names the line that refers outside`() throws {
        let origin = Origin(SourceFile("apps/web/kustomization.yaml"), line: 3, column: 5)
        let problem = #expect(throws: Problem.self) {
            try #require(TreePath("apps/web")).referred(by: "../../../etc", at: origin)
        }
        #expect(problem?.description.hasPrefix("apps/web/kustomization.yaml:3:5: ../../../etc refers outside") == true)
    }
}
