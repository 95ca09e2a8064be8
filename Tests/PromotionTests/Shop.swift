import Git
import Plan
import Promotion
import Synchronization
import System
import TestSupport
import Testing

/// A project with dev, qa and prod overlays of a web and an api, in a bare repository that is promoted in.
final class Shop: Sendable {
    let fixture: GitFixture
    let origin: String
    let writer: DirectWriter
    let journal = MemoryJournal()

    static let project = """
        apiVersion: belay/v1
        kind: Project
        metadata: {name: shop}
        spec:
          environments:
            - name: dev
              apps: [{path: "apps/*/overlays/dev"}]
            - name: qa
              apps: [{path: "apps/*/overlays/qa"}]
              promote: {from: dev}
            - name: prod
              data: production
              apps: [{path: "apps/*/overlays/prod"}]

        """

    static let dev = """
        resources: [../../base]
        images:
          - name: shop-web
            newName: registry/shop-web
            newTag: "1.1.0"

        """

    static let qa = """
        # qa's web
        resources:
        - ../../base   # shared

        images:
        - newTag: '1.0.0'   # moved on by promotions
          name: shop-web
          newName: registry/shop-web
        - {name: sidecar, newTag: v1}

        replicas:
        -   name: web
            count:   2

        """

    init(_ files: [String: String] = [:]) throws {
        fixture = try GitFixture()
        var all = [
            "belay.yaml": Self.project, "apps/web/overlays/dev/kustomization.yaml": Self.dev,
            "apps/web/overlays/qa/kustomization.yaml": Self.qa,
            "apps/web/overlays/prod/kustomization.yaml": Self.qa, "apps/web/base/kustomization.yaml": "resources: []\n",
        ]
        all.merge(files) { $1 }
        try fixture.commit("first", all)
        origin = try fixture.makeOrigin()
        writer = try DirectWriter(fixture.folder + "/mirror", origin)
    }

    var promoter: Promoter { Promoter(writer, journal: journal) }

    static let request = Promoter.Request(
        project: "shop", branch: "main", actor: "ada\nBelay-Environment: prod",
        author: Signature(name: "Belay", email: "belay@localhost", time: .init(seconds: 0)), planHash: "sha256:abc")

    /// Commits in the working tree and pushes.
    @discardableResult
    func push(_ message: String, _ files: [String: String]) throws -> String {
        try fixture.git("pull", "-q", "--rebase", "origin", "main")
        let id = try fixture.commit(message, files)
        try fixture.git("push", "-q", "origin", "main")
        return id
    }

    func file(_ path: String) throws -> String {
        try fixture.git(["cat-file", "blob", "main:\(path)"], in: origin) + "\n"
    }

    func git(_ arguments: String...) throws -> String {
        try fixture.git(arguments, in: origin)
    }
}

/// Fetches and pushes as the poller does; `rival` is called before each push.
final class DirectWriter: RepositoryWriter {
    let mirror: GitRepository
    private let remote: Remote
    let rival = Mutex<(@Sendable () throws -> Void)?>(nil)

    init(_ mirror: String, _ origin: String) throws {
        self.mirror = try GitRepository(bareAt: mirror)
        remote = Remote(try RemoteAddress(origin))
    }

    func freshHead(of branch: String) async throws -> ObjectID {
        _ = try mirror.fetch(from: remote)
        guard let head = try mirror.reference("refs/heads/\(branch)") else {
            throw GitError(.notFound, "find \(branch)", "there is none")
        }
        return head
    }

    func push(_ commit: ObjectID, to branch: String, expecting expected: ObjectID) async throws {
        let rival = rival.withLock { $0 }
        try rival?()
        try mirror.push(commit, to: remote, branch: branch, expecting: expected)
    }
}

actor MemoryJournal: JournalWriter {
    private(set) var records: [JournalRecord] = []

    func append(_ record: JournalRecord) async throws -> Int64 {
        records.append(record)
        return Int64(records.count)
    }
}
