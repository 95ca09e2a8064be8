import Git
import TestSupport
import Testing

@Suite struct HistoryTests {
    @Test func `lists the files that differ between two trees`() throws {
        let fixture = try GitFixture()
        let first = try #require(ObjectID(try fixture.commit("1", ["a": "1", "d/b": "1", "d/c": "1", "x": "f"])))
        try runProgram(["rm", fixture.work + "/d/c", fixture.work + "/x"])
        let second = try #require(
            ObjectID(try fixture.commit("2", ["d/b": "2", "e/new": "1", "x/in": "folder now"])))
        let repository = try GitRepository(opening: fixture.work)
        let (old, new) = (try repository.tree(at: first), try repository.tree(at: second))
        let changes = try repository.changes(from: old, to: new)
        #expect(changes.map(\.path) == ["d/b", "d/c", "e/new", "x", "x/in"])
        #expect(changes.map { $0.old != nil } == [true, true, false, true, false])
        #expect(changes.map { $0.new != nil } == [true, false, true, false, true])
        #expect(try repository.changes(from: old, to: new, beneath: "d").map(\.path) == ["d/b", "d/c"])
        #expect(try repository.changes(from: nil, to: old).count == 4)
        #expect(try repository.changes(from: new, to: new).isEmpty)
        #expect(throws: GitError.self) { try repository.changes(from: nil, to: old, limit: 2) }
    }

    @Test func `follows a path's history as git log does`() throws {
        let fixture = try GitFixture()
        var random = SplitMix(state: 7)
        for number in 0..<60 {
            if number % 9 == 4 { try fixture.git("checkout", "-q", "-B", "side") }
            let name = ["a", "d/b", "d/c"][Int(random.next() % 3)]
            try fixture.commit("c\(number)", [name: "\(number)"], at: 1_700_000_000 + number * 10)
            if number % 9 == 8 {
                try fixture.git("checkout", "-q", "main")
                try fixture.commit("m\(number)", ["main-only": "\(number)"], at: 1_700_000_001 + number * 10)
                try fixture.git("merge", "-q", "--no-ff", "-m", "merge", "side", at: 1_700_000_002 + number * 10)
            }
        }
        let repository = try GitRepository(opening: fixture.work)
        let head = try repository.resolve("main")
        for path in ["", "a", "d", "d/b", "main-only", "missing"] {
            let arguments = ["log", "--format=%H", "main"] + (path.isEmpty ? [] : ["--", path])
            let expected = try fixture.git(arguments, in: fixture.work).split(separator: "\n").map(String.init)
            #expect(try repository.history(of: path, from: head).map(\.id.description) == expected, "\(path)")
        }
        #expect(try repository.history(from: head, limit: 3).count == 3)
        #expect(try repository.history(of: "a", from: head, walkLimit: 0).isEmpty)
    }

    /// The commits that git's own blame names.
    private func gitBlame(_ fixture: GitFixture, _ path: String) throws -> [String] {
        try fixture.git("blame", "-s", "-l", "--root", "main", "--", path).split(separator: "\n")
            .map { String($0.prefix(40)) }
    }

    @Test(arguments: 1...4)
    func `blames lines as git does, through merges`(seed: Int) throws {
        let fixture = try GitFixture()
        var random = SplitMix(state: UInt64(seed))
        var next = 0
        func edited(_ lines: [String]) -> [String] {
            var lines = lines
            for _ in 0..<3 {
                next += 1
                let place = lines.isEmpty ? 0 : Int(random.next() % UInt64(lines.count))
                switch random.next() % 3 {
                case 0 where lines.count > 5: lines.remove(at: place)
                case 1 where !lines.isEmpty: lines[place] = "line \(next)"
                default: lines.insert("line \(next)", at: place)
                }
            }
            return lines
        }
        var lines: [String] = []
        for number in 0..<40 {
            lines = edited(lines)
            // A last line without a line break, now and then.
            let text = lines.joined(separator: "\n") + (number % 3 == 0 ? "" : "\n")
            try fixture.commit("c\(number)", ["d/file": text], at: 1_700_000_000 + number * 10)
            if number % 10 == 9 {
                try fixture.git("checkout", "-q", "-B", "side", "HEAD~2")
                try fixture.commit("s\(number)", ["other": "\(number)"], at: 1_700_000_004 + number * 10)
                try fixture.git("checkout", "-q", "main")
                try fixture.git("merge", "-q", "-m", "merge", "side", at: 1_700_000_005 + number * 10)
            }
        }
        let repository = try GitRepository(opening: fixture.work)
        let head = try repository.resolve("main")
        let blame = try repository.blame("d/file", at: head)
        #expect(blame.commits.map(\.description) == (try gitBlame(fixture, "d/file")))

        // The next blame stands on the one before it.
        try fixture.commit("later", ["d/file": edited(lines).joined(separator: "\n")], at: 1_800_000_000)
        let later = try repository.blame("d/file", at: repository.resolve("main"))
        #expect(later.commits.map(\.description) == (try gitBlame(fixture, "d/file")))
        #expect(later.commit(ofLine: 1) == later.commits.first)
        #expect(later.commit(ofLine: 0) == nil)
        #expect(later.commit(ofLine: 1 + later.commits.count) == nil)
    }

    @Test func `follows renames, with changes too`() throws {
        let fixture = try GitFixture()
        let text = (1...20).map { "line \($0)\n" }.joined()
        let first = try fixture.commit("first", ["old/name": text])
        try fixture.git("mv", "old/name", "moved")
        let second = try fixture.commit("second", ["moved": text.replacing("line 7\n", with: "changed\n")])
        let repository = try GitRepository(opening: fixture.work)
        let blame = try repository.blame("moved", at: repository.resolve("main"))
        #expect(blame.commit(ofLine: 7)?.description == second)
        #expect(blame.commit(ofLine: 8)?.description == first)
        #expect(blame.paths[7] == "old/name")
        #expect(blame.commits.map(\.description) == (try gitBlame(fixture, "moved")))
    }

    @Test func `refuses to blame what is no file, or is too large`() throws {
        let fixture = try GitFixture()
        let head = try #require(ObjectID(try fixture.commit("first", ["d/a": "1\n2\n", "empty": ""])))
        let repository = try GitRepository(opening: fixture.work)
        #expect(throws: GitError.self) { try repository.blame("d", at: head) }
        #expect(throws: GitError.self) { try repository.blame("missing", at: head) }
        #expect(throws: GitError.self) { try repository.blame("d/a", at: head, limit: 3) }
        #expect(try repository.blame("empty", at: head).commits.isEmpty)
    }
}
