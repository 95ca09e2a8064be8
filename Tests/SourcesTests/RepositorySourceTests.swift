import Git
import Sources
import System
import TestSupport
import Testing

@Suite struct RepositorySourceTests {
    private func makeSource(_ fixture: GitFixture, _ path: String, clock: WallClock = .neverWaking()) throws
        -> RepositorySource
    {
        try RepositorySource(
            Remote(RemoteAddress(path)), mirrors: fixture.folder + "/mirrors", clock: clock, random: { 0.5 },
            log: Log("source", write: { _ in }))
    }

    /// Runs a source while `body` looks at its states.
    private func running(
        _ source: RepositorySource, _ body: (inout AsyncStream<SourceState>.Iterator) async throws -> Void
    ) async throws {
        var states = source.states().makeAsyncIterator()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await source.run() }
            defer { group.cancelAll() }
            try await body(&states)
        }
    }

    /// The next state that is of a kind. It may never come: time stands still, so that only what is noticed or asked for
    /// makes a look, and each test has its limit.
    private func next(
        _ states: inout AsyncStream<SourceState>.Iterator, where isWanted: (SourceState) -> Bool
    ) async -> SourceState? {
        while let state = await states.next() {
            if isWanted(state) { return state }
        }
        return nil
    }

    @Test(.timeLimit(.minutes(5)))
    func `notices a push to a folder of this machine at once`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        let source = try makeSource(fixture, origin)
        try await running(source) { states in
            let start = await next(&states) { $0.condition == .current }
            #expect(start?.head?.id.description == first)
            #expect(start?.branch == "main")
            for round in 1...5 {
                let id = try fixture.commit("change \(round)", ["a": "\(round)", "b\(round)": "x"])
                try fixture.git("push", "-q", "origin", "main")
                // Nothing else would look: the clock stands still.
                let state = await next(&states) { $0.head?.id.description == id }
                #expect(state?.head?.author.name == "Ada")
                #expect(state?.previous != nil && state?.wasRewritten == false)
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `notices packed references, rewritten branches and new folders of branches`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let second = try fixture.commit("second", ["a": "2"])
        let origin = try fixture.makeOrigin()
        try fixture.git(["pack-refs", "--all", "--prune"], in: origin)
        let source = try makeSource(fixture, origin)
        var side = source.states(of: "team/side").makeAsyncIterator()
        try await running(source) { states in
            _ = await next(&states) { $0.head?.id.description == second }
            _ = await next(&side) { $0.condition == .branchMissing }
            try fixture.git("push", "-q", "--force", "origin", "\(first):main")
            let state = await next(&states) { $0.head?.id.description == first }
            #expect(state?.wasRewritten == true)
            #expect(state?.previous?.description == second)
            try fixture.git("push", "-q", "origin", "\(second):refs/heads/team/side")
            #expect(await next(&side) { $0.condition == .current }?.head?.id.description == second)
            let third = try fixture.commit("third", ["a": "3"])
            try fixture.git("push", "-q", "origin", "main:team/side")
            #expect(await next(&side) { $0.head?.id.description == third } != nil)
            try fixture.git("push", "-q", "origin", ":team/side")
            #expect(await next(&side) { $0.condition == .branchMissing }?.head?.id.description == third)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `notices commits in a working tree, and the branch that is checked out`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let source = try makeSource(fixture, fixture.work + "/")
        try await running(source) { states in
            #expect(await next(&states) { $0.condition == .current }?.head?.id.description == first)
            let second = try fixture.commit("second", ["a": "2"])
            #expect(await next(&states) { $0.head?.id.description == second }?.branch == "main")
            try fixture.git("checkout", "-q", "-b", "other")
            let third = try fixture.commit("third", ["a": "3"])
            #expect(await next(&states) { $0.head?.id.description == third }?.branch == "other")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `keeps the last commit while a repository is gone, and finds it again`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        let source = try makeSource(fixture, origin)
        try await running(source) { states in
            _ = await next(&states) { $0.condition == .current }
            try runProgram(["mv", origin, origin + ".away"])
            let gone = await next(&states) { if case .failing = $0.condition { true } else { false } }
            #expect(gone?.head?.id.description == first)
            guard case .failing(let failure) = gone?.condition else { return }
            #expect(failure.error.code == .noRepository)
            #expect(!failure.hint.isEmpty)

            try fixture.git(["init", "-q", "--bare", "-b", "main", origin], in: fixture.folder)
            let empty = await next(&states) { $0.condition == .empty }
            #expect(empty?.head?.id.description == first)

            try runProgram(["rm", "-rf", origin])
            try runProgram(["mv", origin + ".away", origin])
            _ = await next(&states) { $0.condition == .current }
            let second = try fixture.commit("second", ["a": "2"])
            try fixture.git("push", "-q", "origin", "main")
            #expect(await next(&states) { $0.head?.id.description == second } != nil)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: ["", "/.git"])
    func `finds a repository that is made bit by bit`(inner: String) async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let path = fixture.folder + "/late"
        let source = try makeSource(fixture, path)
        try await running(source) { states in
            _ = await next(&states) { if case .failing = $0.condition { true } else { false } }
            // What is named last makes it a repository; each bit is looked at before the next one comes.
            for name in ["", inner, "\(inner)/refs", "\(inner)/objects"] {
                let before = source.state()
                try? Files.makeFolders(path + name)
                if name.isEmpty || name == inner { continue }
                _ = await next(&states) { $0 != before }
            }
            try Files.replace("\(path)\(inner)/HEAD", with: "ref: refs/heads/main\n".utf8)
            #expect(await next(&states) { $0.condition == .empty } != nil)
            try fixture.git(["config", "receive.denyCurrentBranch", "ignore"], in: path + inner)
            try fixture.git("push", "-q", path, "main")
            #expect(await next(&states) { $0.condition == .current }?.head?.id.description == first)
        }
    }

    @Test func `starts with what the mirror held and catches up`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        var source: RepositorySource? = try makeSource(fixture, origin)
        #expect(await source?.look() == nil)
        source = nil
        let second = try fixture.commit("second", ["a": "2"])
        try fixture.git("push", "-q", "origin", "main")
        let again = try makeSource(fixture, origin)
        #expect(again.state().head?.id.description == first)
        #expect(again.state().condition == .unknown)
        #expect(again.state().branch == "main")
        _ = again.states()
        await again.look()
        #expect(again.state().head?.id.description == second)
        #expect(again.state().previous?.description == first)
    }

    @Test func `removes what a killed fetch left, in its own mirror`() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        var source: RepositorySource? = try makeSource(fixture, origin)
        await source?.look()
        let mirror = try #require(source?.mirror.path)
        source = nil
        for name in ["HEAD.lock", "packed-refs.lock", "refs/heads/main.lock", "objects/pack/pack_git2_abc"] {
            try runProgram(["touch", "\(mirror)/\(name)"])
        }
        let second = try fixture.commit("second", ["a": "2"])
        try fixture.git("push", "-q", "origin", "main")
        let again = try makeSource(fixture, origin)
        _ = again.states()
        #expect(await again.look() == nil)
        #expect(again.state().head?.id.description == second)
        #expect(!Files.exists("\(mirror)/objects/pack/pack_git2_abc"))
    }

    @Test func `makes a mirror anew that cannot be opened`() async throws {
        let fixture = try GitFixture()
        let first = try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        var source: RepositorySource? = try makeSource(fixture, origin)
        await source?.look()
        let mirror = try #require(source?.mirror.path)
        source = nil
        try runProgram(["sh", "-c", "echo garbage > \(mirror)/config; echo x > \(mirror)/HEAD"])
        let again = try makeSource(fixture, origin)
        _ = again.states()
        #expect(await again.look() == nil)
        #expect(again.state().head?.id.description == first)
    }

    @Test func `refuses a mirror that another holds`() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        let source = try makeSource(fixture, origin)
        let failure = #expect(throws: GitError.self) { try makeSource(fixture, origin) }
        #expect(failure?.code == .locked)
        await source.look()
    }

    @Test func `writes under a lease and publishes what it wrote`() async throws {
        let fixture = try GitFixture()
        try fixture.commit("first", ["a": "1"])
        let origin = try fixture.makeOrigin()
        let source = try makeSource(fixture, origin)
        _ = source.states()
        let head = try await source.freshHead(of: "main")
        let author = Signature(name: "Belay", email: "belay@localhost", time: .init(seconds: 1_800_000_000))
        let made = try source.mirror.makeCommit(
            on: [head], edits: ["a": .write([50])], author: author, message: "Promote")
        try await source.push(made, to: "main", expecting: head)
        #expect(source.state().head?.id == made)
        await #expect(throws: GitError.self) { try await source.push(made, to: "main", expecting: head) }
        await #expect(throws: GitError.self) { try await source.freshHead(of: "missing") }
    }
}
