import Git
import System
import TestSupport
import Testing

@Suite struct CommitTests {
    @Test func `reads author, committer, parents, message and trailers`() throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"], at: 1_700_000_000)
        let id = try fixture.commit(
            "second\nline\n\nbody\n\nBelay-From: dev\nReviewed-by: Bob <b@c>\n  and more", at: 1_700_000_100)
        let repository = try GitRepository(opening: fixture.work)
        let commit = try repository.commit(#require(ObjectID(id)))
        #expect(commit.parents.map(\.description) == [first])
        #expect(commit.author.description == "Ada <ada@example.com>")
        #expect(commit.committer.name == "Grace")
        #expect(commit.author.time.seconds == 1_700_000_100)
        #expect(commit.subject == "second line")
        #expect(commit.trailers == [Trailer("Belay-From", "dev"), Trailer("Reviewed-by", "Bob <b@c> and more")])
    }

    @Test(arguments: [
        ("subject", []), ("subject\n\nnot a trailer", []), ("a: b", []), ("s\n\nA: b", ["A: b"]),
        ("s\n\nA: b\nnot: a trailer\nreally", []), ("s\n\nbody\n\nA-b: c\n\n", ["A-b: c"]), ("", []), ("s\n\n: x", []),
    ])
    func `finds trailers only in a last paragraph made of them`(message: String, expected: [String]) {
        #expect(Trailer.parse(message).map(\.description) == expected)
    }

    @Test func `appends trailers that cannot forge others`() {
        let message = Trailer.append([Trailer("Belay-Env", "qa\nBelay-Env: prod")], to: "subject\n")
        #expect(message == "subject\n\nBelay-Env: qa Belay-Env: prod\n")
        #expect(Trailer.append([Trailer("B", "2")], to: "s\n\nA: 1\n") == "s\n\nA: 1\nB: 2\n")
        #expect(Trailer.append([], to: "s\n\n") == "s\n")
    }

    @Test func `resolves branches, tags, prefixes and full names`() throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        try fixture.git("tag", "-a", "v1", "-m", "release")
        try fixture.git("branch", "side/one")
        let second = try fixture.commit("second", ["a": "2"])
        let repository = try GitRepository(opening: fixture.work)
        for (name, expected) in [
            ("main", second), ("side/one", first), ("v1", first), ("refs/tags/v1", first), ("HEAD", second),
            (String(second.prefix(8)), second), (second, second),
        ] {
            #expect(try repository.resolve(name).description == expected)
        }
        let tree = try fixture.git("rev-parse", "HEAD^{tree}")
        for name in ["missing", "", "HEAD~1", "main:a", "@{-1}", "a b", "000000000000", "zz", tree] {
            #expect(throws: GitError.self) { try repository.resolve(name) }
        }
    }

    @Test func `knows ancestors and merge bases`() throws {
        let fixture = try GitFixture()
        let base = try #require(ObjectID(try fixture.commit("base", ["a": "1"])))
        try fixture.git("checkout", "-q", "-b", "side")
        let side = try #require(ObjectID(try fixture.commit("side", ["b": "1"])))
        try fixture.git("checkout", "-q", "main")
        let main = try #require(ObjectID(try fixture.commit("main", ["c": "1"])))
        try fixture.git("checkout", "-q", "--orphan", "other")
        let other = try #require(ObjectID(try fixture.commit("other", ["d": "1"])))
        let repository = try GitRepository(opening: fixture.work)
        #expect(try repository.mergeBase(side, main) == base)
        #expect(try repository.mergeBase(other, main) == nil)
        #expect(try repository.isAncestor(base, of: main))
        #expect(try repository.isAncestor(main, of: main))
        #expect(try !repository.isAncestor(side, of: main))
    }

    @Test func `says that a repository is not there`() throws {
        let fixture = try GitFixture()
        let failure = #expect(throws: GitError.self) { try GitRepository(opening: fixture.folder + "/nowhere") }
        #expect(failure?.code == .noRepository)
        #expect(throws: GitError.self) { try GitRepository(opening: fixture.folder) }
    }

    @Test func `lists and moves references under a lease`() throws {
        let fixture = try GitFixture()
        let first = try #require(ObjectID(try fixture.commit("first", ["a": "1"])))
        let second = try #require(ObjectID(try fixture.commit("second", ["a": "2"])))
        let repository = try GitRepository(opening: fixture.work)
        #expect(try repository.references(matching: "refs/heads/*") == ["refs/heads/main": second])
        try repository.setReference("refs/belay/x", to: first, expecting: nil)
        let failure = #expect(throws: GitError.self) {
            try repository.setReference("refs/belay/x", to: second, expecting: second)
        }
        #expect(failure?.code == .leaseLost)
        try repository.setReference("refs/belay/x", to: second, expecting: first)
        #expect(try repository.reference("refs/belay/x") == second)
        try repository.removeReference("refs/belay/x")
        try repository.removeReference("refs/belay/x")
        #expect(try repository.reference("refs/belay/x") == nil)
        #expect(try repository.headBranch() == "main")
    }
}
