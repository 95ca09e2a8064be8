package import Document
import Git
package import Reconciler
import Render
import Sync

/// Belay's own questions and orders as REST beneath `/belay/v1/`, for the command line and for scripts.
///
/// The router knows nothing of sockets: who asks is settled before it is called.
package struct ConsoleRouter: Sendable {
    /// What is asked.
    package struct Request: Sendable {
        package var method: String
        /// Without the query: `/belay/v1/status`.
        package var path: String
        package var query: [String: String]
        package var body: Value
        /// The authenticated principal, as the journal will name it.
        package var actor: String

        package init(method: String, path: String, query: [String: String], body: Value, actor: String) {
            self.method = method
            self.path = path
            self.query = query
            self.body = body
            self.actor = actor
        }
    }

    /// What is answered.
    package struct Reply: Sendable {
        package var status: Int
        package var body: Value
        /// In place of a body: what is told as it happens, a value a line.
        package var events: Events?

        package init(_ status: Int = 200, _ body: Value) {
            self.status = status
            self.body = body
        }

        package init(events: @escaping Events) {
            status = 200
            body = .null
            self.events = events
        }
    }

    /// Does something that takes its time, and tells of it.
    package typealias Events =
        @Sendable (_ tell: @escaping @Sendable (Value) async throws -> Void) async throws -> Void

    /// What the paths of the console begin with.
    package static let prefix = "/belay/v1/"

    private let projects: [String: any ProjectService]

    /// - Parameter projects: by name; requests name one with `?project=` where there are several.
    package init(projects: [String: any ProjectService]) {
        self.projects = projects
    }

    package func answer(_ request: Request) async -> Reply {
        do {
            return try await route(request)
        } catch let refusal as Refusal {
            return Reply(refusal.status, ["error": .string(refusal.message)])
        } catch let problem as Problem {
            return Reply(422, ["error": ConsoleMessages.problem(problem)])
        } catch let problems as Problems {
            return Reply(422, ["errors": .sequence(problems.all.map(ConsoleMessages.problem))])
        } catch {
            return Reply(500, ["error": .string("\(error)")])
        }
    }

    private struct Refusal: Error {
        var status: Int
        var message: String
    }

    private func route(_ request: Request) async throws -> Reply {
        let parts = request.path.dropFirst(Self.prefix.count).split(separator: "/").map(String.init)
        let project = try project(request)
        switch (request.method, parts.first, parts.dropFirst().first, parts.count) {
        case ("GET", "status", nil, 1): return try await status(project, request)
        case ("GET", "audit", "verify", 2): return Reply(200, try await project.verifyJournal())
        case ("GET", "journal", nil, 1): return Reply(200, try await project.journal(limit: limit(request)))
        case ("POST", "promote", nil, 1): return try await promote(project, request)
        case ("GET", "data", nil, 1):
            return Reply(200, ["datasets": .sequence(try await project.datasets(for: request.query["environment"]))])
        case ("POST", "environments", .some(let name), 4) where parts[2] == "data" && parts[3] == "refresh":
            return refresh(project, name, request)
        case ("GET", "environments", .some(let name), 3) where parts[2] == "diff":
            let plans = try await project.reconciler.plans(of: name, application: request.query["app"])
            return Reply(200, ["plans": .sequence(plans.map(ConsoleMessages.plan))])
        case ("POST", "environments", .some(let name), 3) where parts[2] == "sync":
            return try await sync(project, name, request)
        case ("GET", "environments", .some(let name), 3) where parts[2] == "history":
            return Reply(200, try await project.history(of: name, limit: limit(request)))
        case ("GET", "environments", .some(let name), 3) where parts[2] == "blame":
            guard let object = request.query["object"] else { throw Refusal(status: 400, message: "object is missing") }
            return Reply(200, try await project.blame(object, in: name))
        case ("POST", "environments", .some(let name), 3) where parts[2] == "rollback":
            guard let revision = request.body["to"]?.string else {
                throw Refusal(status: 400, message: "the field to is missing: a commit")
            }
            return Reply(200, try await project.rollback(name, to: revision, actor: request.actor))
        default: throw Refusal(status: 404, message: "there is no \(request.method) \(request.path)")
        }
    }

    private func project(_ request: Request) throws -> any ProjectService {
        if let name = request.query["project"] {
            guard let project = projects[name] else {
                throw Refusal(
                    status: 404,
                    message: "there is no project \(name); there are: \(projects.keys.sorted().joined(separator: ", "))"
                )
            }
            return project
        }
        guard let only = projects.values.first, projects.count == 1 else {
            throw Refusal(
                status: 400,
                message: "say which project, with --project: \(projects.keys.sorted().joined(separator: ", "))")
        }
        return only
    }

    private func limit(_ request: Request) -> Int {
        min(max(1, request.query["limit"].flatMap { Int($0) } ?? 20), 10_000)
    }

    private func status(_ project: any ProjectService, _ request: Request) async throws -> Reply {
        let environment = request.query["environment"]
        let reconciler = project.reconciler
        let head = await reconciler.head
        if let environment, let head { _ = try head.project.environment(environment) }
        let applications = await reconciler.status(of: environment)
        var value: Value = [
            "project": .string(project.name),
            "applications": .sequence(applications.map(ConsoleMessages.status)),
        ]
        if let head {
            value["environments"] = .sequence(head.project.environments.map { .string($0.name) })
            value["commit"] = .string(head.commit.id.description)
            value["subject"] = .string(head.commit.subject)
            value["author"] = .string(head.commit.author.name)
        }
        if let problem = await reconciler.headProblem { value["problem"] = ConsoleMessages.problem(problem) }
        if head != nil { value["datasets"] = .sequence(try await project.datasets(for: environment)) }
        return Reply(200, value)
    }

    /// The answer begins before the work: what goes wrong then is an event like any other.
    private func refresh(_ project: any ProjectService, _ environment: String, _ request: Request) -> Reply {
        let (from, dataset, actor) = (request.body["from"]?.string, request.body["dataset"]?.string, request.actor)
        return Reply(events: { tell in
            do {
                try await project.refresh(environment, from: from, dataset: dataset, actor: actor, tell: tell)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let problems = (error as? Problems)?.all ?? [error as? Problem ?? Problem("\(error)")]
                try await tell([
                    "type": "failed", "errors": .sequence(problems.map(ConsoleMessages.problem)),
                ])
            }
        })
    }

    private func sync(_ project: any ProjectService, _ environment: String, _ request: Request) async throws -> Reply {
        let application = request.body["app"]?.string
        if request.body["dryRun"]?.bool == true {
            let plans = try await project.reconciler.plans(of: environment, application: application)
            return Reply(200, ["plans": .sequence(plans.map(ConsoleMessages.plan))])
        }
        let options = SyncOptions(
            prune: request.body["prune"]?.bool ?? true,
            allowsManyDeletions: request.body["allowDeletions"]?.bool ?? false)
        let results = try await project.reconciler.sync(
            environment, application: application, options: options, actor: request.actor)
        return Reply(200, ["syncs": .sequence(results.map { ConsoleMessages.report($0.plan, $0.report) })])
    }

    private func promote(_ project: any ProjectService, _ request: Request) async throws -> Reply {
        guard let from = request.body["from"]?.string, let to = request.body["to"]?.string else {
            throw Refusal(status: 400, message: "the fields from and to are missing: environments")
        }
        return Reply(200, try await project.promote(from: from, to: to, actor: request.actor))
    }
}

/// One project as the console sees it: the loop, and the verbs that git and the journal answer.
///
/// The answers are JSON, as `docs/reference/console.md` has them.
package protocol ProjectService: Sendable {
    var name: String { get }
    var reconciler: Reconciler { get }
    func history(of environment: String, limit: Int) async throws -> Value
    func journal(limit: Int) async throws -> Value
    func verifyJournal() async throws -> Value
    func blame(_ object: String, in environment: String) async throws -> Value
    func promote(from source: String, to target: String, actor: String) async throws -> Value
    func rollback(_ environment: String, to revision: String, actor: String) async throws -> Value
    /// How datasets stand, in one environment or all.
    func datasets(for environment: String?) async throws -> [Value]
    /// Copies live data into an environment, and tells how far that is; returns when the environment has it.
    func refresh(
        _ environment: String, from: String?, dataset: String?, actor: String,
        tell: @escaping @Sendable (Value) async throws -> Void
    ) async throws
}
