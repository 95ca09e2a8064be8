import Git
import System
import TestSupport
import Testing

@Suite struct FetchTests {
    private func makeMirror(_ fixture: GitFixture, _ name: String = "mirror") throws -> GitRepository {
        try GitRepository(bareAt: fixture.folder + "/" + name)
    }

    @Test func `mirrors branches of a folder and notices what moved`() throws {
        let fixture = try GitFixture()
        let first = ObjectID(try fixture.commit("first", ["a": "1"]))
        let origin = try fixture.makeOrigin()
        let mirror = try makeMirror(fixture)
        let remote = Remote(try RemoteAddress(origin))
        let fetched = try mirror.fetch(from: remote)
        #expect(fetched.branches == ["main": first])
        #expect(fetched.defaultBranch == "main")
        #expect(fetched.changes == [.init(name: "refs/heads/main", old: nil, new: first, isForced: false)])
        #expect(try mirror.fetch(from: remote).changes.isEmpty)

        let second = try #require(ObjectID(try fixture.commit("second", ["a": "2"])))
        try fixture.git("push", "-q", "origin", "main", "main:side")
        #expect(
            try mirror.fetch(from: remote).changes == [
                .init(name: "refs/heads/main", old: first, new: second, isForced: false),
                .init(name: "refs/heads/side", old: nil, new: second, isForced: false),
            ])
        #expect(try text(mirror.tree(at: second).blob(at: "a")) == "2")
    }

    @Test func `notices rewritten and deleted branches, and keeps their commits`() throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let second = try #require(ObjectID(try fixture.commit("second", ["a": "2"])))
        try fixture.git("branch", "side")
        let remote = Remote(try RemoteAddress(try fixture.makeOrigin()))
        let mirror = try makeMirror(fixture)
        _ = try mirror.fetch(from: remote)
        try fixture.git("reset", "-q", "--hard", "HEAD~1")
        let other = ObjectID(try fixture.commit("other", ["a": "3"]))
        try fixture.git("push", "-q", "--force", "origin", "main", ":side")
        let fetched = try mirror.fetch(from: remote)
        #expect(
            fetched.changes == [
                .init(name: "refs/heads/main", old: second, new: other, isForced: true),
                .init(name: "refs/heads/side", old: second, new: nil, isForced: false),
            ])
        #expect(try mirror.commit(second).subject == "second")
        #expect(try mirror.reference("refs/heads/side") == nil)
    }

    @Test func `tells an empty repository from one that vanished`() throws {
        let fixture = try GitFixture()
        let first = ObjectID(try fixture.commit("first", ["a": "1"]))
        let origin = try fixture.makeOrigin()
        let mirror = try makeMirror(fixture)
        let remote = Remote(try RemoteAddress(origin))
        _ = try mirror.fetch(from: remote)
        try runProgram(["rm", "-rf", origin])
        let vanished = #expect(throws: GitError.self) { try mirror.fetch(from: remote) }
        #expect(vanished?.code == .noRepository)
        try fixture.git(["init", "-q", "--bare", origin], in: fixture.folder)
        #expect(try mirror.fetch(from: remote).isEmpty)
        #expect(try mirror.reference("refs/heads/main") == first)
        try runProgram(["sh", "-c", "rm -rf \(origin)/*"])
        let broken = #expect(throws: GitError.self) { try mirror.fetch(from: remote) }
        #expect(broken?.code == .noRepository)
    }

    @Test func `pushes commits made without a working tree, under a lease`() throws {
        let fixture = try GitFixture()
        let first = try #require(
            ObjectID(try fixture.commit("first", ["a": "1", "d/e/f": "x", "gone/only": "y", "run": "#!"])))
        let origin = try fixture.makeOrigin()
        let mirror = try makeMirror(fixture)
        let remote = Remote(try RemoteAddress(origin))
        _ = try mirror.fetch(from: remote)
        let author = Signature(name: "Belay <x>\n", email: "belay@localhost", time: .init(seconds: 1_800_000_000))
        let made = try mirror.makeCommit(
            on: [first],
            edits: [
                "a": .write(Array("2".utf8)), "d/e/f": .write(Array("z".utf8)), "new/deep/file": .write([]),
                "gone/only": .remove, "missing": .remove, "bin": .write([1], isExecutable: true),
            ], author: author, message: Trailer.append([Trailer("Belay-Environment", "qa")], to: "Promote"))
        try mirror.push(made, to: remote, branch: "main", expecting: first)
        #expect(try fixture.git(["rev-parse", "main"], in: origin) == made.description)
        #expect(
            try fixture.git(["ls-tree", "-r", "--format=%(objectmode) %(path)", "main"], in: origin).split(
                separator: "\n")
                == ["100644 a", "100755 bin", "100644 d/e/f", "100644 new/deep/file", "100644 run"])
        #expect(
            try fixture.git(["log", "-1", "--format=%an|%ae|%cn|%(trailers:only,unfold)"], in: origin)
                == "Belay x|belay@localhost|Belay x|Belay-Environment: qa")
        try fixture.git(["fsck", "--strict"], in: origin)

        let late = try mirror.makeCommit(on: [first], edits: ["a": .write([])], author: author, message: "late")
        let lost = #expect(throws: GitError.self) {
            try mirror.push(late, to: remote, branch: "main", expecting: first)
        }
        #expect(lost?.code == .leaseLost)
        let rewrite = #expect(throws: GitError.self) {
            try mirror.push(late, to: remote, branch: "main", expecting: made)
        }
        #expect(rewrite?.code == .invalid)
        try mirror.push(late, to: remote, branch: "new", expecting: nil)
        #expect(throws: GitError.self) { try mirror.push(made, to: remote, branch: "new", expecting: nil) }
    }

    @Test func `follows a branch that made way for a folder of branches`() throws {
        let fixture = try GitFixture()
        let first = ObjectID(try fixture.commit("first", ["a": "1"]))
        try fixture.git("branch", "team")
        let remote = Remote(try RemoteAddress(try fixture.makeOrigin() + "/"))
        let mirror = try makeMirror(fixture)
        _ = try mirror.fetch(from: remote)
        try fixture.git("push", "-q", "origin", ":team")
        try fixture.git("push", "-q", "origin", "main:refs/heads/team/side")
        #expect(try mirror.fetch(from: remote).branches == ["main": first, "team/side": first])
        #expect(try mirror.references(matching: "refs/heads/*").count == 2)
        try fixture.git("push", "-q", "origin", ":team/side")
        try fixture.git("push", "-q", "origin", "main:team")
        #expect(try mirror.fetch(from: remote).branches == ["main": first, "team": first])
    }

    @Test func `makes one pack of many and loses nothing`() throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let remote = Remote(try RemoteAddress(try fixture.makeOrigin()))
        let mirror = try makeMirror(fixture)
        _ = try mirror.fetch(from: remote)
        let lost = try #require(ObjectID(try fixture.commit("lost", ["a": "lost"])))
        try fixture.git("push", "-q", "origin", "main")
        _ = try mirror.fetch(from: remote)
        try fixture.git("reset", "-q", "--hard", "HEAD~1")
        for number in 1...6 {
            try fixture.commit("c\(number)", ["a": "\(number)"])
            try fixture.git("push", "-q", "--force", "origin", "main")
            _ = try mirror.fetch(from: remote)
        }
        func packs() throws -> Int {
            try Files.names(in: mirror.path + "/objects/pack").filter { $0.hasSuffix(".pack") }.count
        }
        let before = try packs()
        try mirror.consolidatePacks(keeping: before)
        #expect(try packs() == before)
        try mirror.consolidatePacks(keeping: 2)
        #expect(try packs() == 1)
        #expect(try text(mirror.tree(at: lost).blob(at: "a")) == "lost")
        #expect(try text(mirror.tree(at: mirror.resolve("main")).blob(at: "a")) == "6")
        try fixture.git(["fsck", "--full"], in: mirror.path)
        #expect(try mirror.fetch(from: remote).changes.isEmpty)
    }

    @Test func `breaks off a download that is too large`() throws {
        let fixture = try GitFixture()
        var random = SplitMix(state: 1)
        let noise = (0..<20_000).map { _ in String(random.next(), radix: 36) }.joined()
        try fixture.commit("first", ["a": noise])
        try fixture.makeOrigin()
        let server = try HTTPServer(fixture.folder)
        let address = try RemoteAddress(server.base + "/origin.git")
        let mirror = try makeMirror(fixture)
        let failure = #expect(throws: GitError.self) { try mirror.fetch(from: Remote(address, byteLimit: 10_000)) }
        #expect(failure?.code == .tooLarge, "\(String(describing: failure))")
        #expect(try mirror.references().isEmpty)
        #expect(try !mirror.fetch(from: Remote(address)).isEmpty)
    }

    @Test func `refuses to push to a checked-out branch`() throws {
        let fixture = try GitFixture()
        let first = try #require(ObjectID(try fixture.commit("first", ["a": "1"])))
        let mirror = try makeMirror(fixture)
        let remote = Remote(try RemoteAddress(fixture.work))
        _ = try mirror.fetch(from: remote)
        let author = Signature(name: "B", email: "b", time: .init(seconds: 1))
        let made = try mirror.makeCommit(on: [first], edits: ["a": .remove], author: author, message: "x")
        let refused = #expect(throws: GitError.self) {
            try mirror.push(made, to: remote, branch: "main", expecting: first)
        }
        #expect(refused?.code == .rejected)
        try mirror.push(made, to: remote, branch: "side", expecting: nil)
    }

    @Test(arguments: ["a/b", "../x", ".git/config", "", "link/x"])
    func `refuses edits of paths that are none`(path: String) throws {
        let fixture = try GitFixture()
        let id = try fixture.git("hash-object", "-w", "--stdin", input: "/etc")
        try fixture.git("update-index", "--add", "--cacheinfo", "120000,\(id),link")
        try fixture.write("a", "1")
        try fixture.git("add", "a")
        try fixture.git("commit", "-q", "-m", "first")
        let repository = try GitRepository(opening: fixture.work)
        let author = Signature(name: "B", email: "b", time: .init(seconds: 1))
        #expect(throws: GitError.self) {
            try repository.makeCommit(
                on: [repository.resolve("main")], edits: [path: .write([1])], author: author, message: "x")
        }
    }
}
