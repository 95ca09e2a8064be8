import Crypto
package import Document
import Helm
import Synchronization

/// What one call of `lookup` asks of the cluster that an environment goes to.
package struct LiveQuestion: Sendable, Hashable {
    /// From where a rendering may have answers.
    package enum Reach: Sendable, Hashable {
        case everything
        /// What has no namespace, and what is in this one; no Secrets.
        case namespace(String)
        /// What has no namespace.
        case clusterScoped
    }

    package var apiVersion: String
    package var kind: String
    /// Empty for objects without one, and for lists over all.
    package var namespace: String
    /// Empty for a list.
    package var name: String
    package var reach: Reach

    package init(
        apiVersion: String, kind: String, namespace: String = "", name: String = "", reach: Reach = .everything
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.reach = reach
    }
}

/// The live objects of one cluster, as charts may look them up. Calls return at once.
package protocol LiveObjects: Sendable {
    /// - Returns: an object, or a list with `items`; nil when nothing is there.
    /// - Throws: `Problem` when it cannot be said, or must not: that is never "nothing there".
    func answer(_ question: LiveQuestion) throws(Problem) -> Value?
}

extension LiveQuestion.Reach {
    /// From where an environment's charts may have answers. Renderings of a scrubbed one see nothing that production
    /// has on the same cluster.
    init(of environment: Environment, in project: Project) {
        guard environment.dataClass == .scrubbed else {
            self = .everything
            return
        }
        let own = Self.namespace(of: environment)
        let isShared = project.environments.contains {
            $0.dataClass == .production && $0.cluster == environment.cluster && Self.namespace(of: $0) == own
        }
        self = isShared ? .clusterScoped : .namespace(own)
    }

    private static func namespace(of environment: Environment) -> String { environment.namespace ?? "default" }
}

/// Answers of the cluster to one rendering, with what was asked and a digest of what came.
final class LiveAnswers: Sendable {
    private let objects: any LiveObjects
    private let reach: LiveQuestion.Reach
    private let given = Mutex<[LiveQuestion: Digest]>([:])

    init(_ objects: any LiveObjects, _ reach: LiveQuestion.Reach) {
        self.objects = objects
        self.reach = reach
    }

    /// What was asked so far.
    var digests: [LiveQuestion: Digest] { given.withLock { $0 } }

    /// For templates.
    var lookup: TemplateEvaluator.Lookup {
        { [self] apiVersion, kind, namespace, name in
            let question = LiveQuestion(
                apiVersion: apiVersion, kind: kind, namespace: namespace, name: name, reach: reach)
            let answer: Value?
            do throws(Problem) {
                answer = try objects.answer(question)
            } catch {
                throw LookupRefusal(problem: error)
            }
            given.withLock { $0[question] = Self.digest(answer) }
            return answer
        }
    }

    /// Whether the cluster answers as it did.
    func agree(with digests: [LiveQuestion: Digest]) -> Bool {
        digests.allSatisfy { question, digest in
            guard question.reach == reach else { return false }
            do {
                return Self.digest(try objects.answer(question)) == digest
            } catch {
                return false
            }
        }
    }

    private static func digest(_ answer: Value?) -> Digest {
        Digest.sha256(answer.map { JSON.emit($0) } ?? [])
    }

    /// A problem as the reason of a template's error, which has the place.
    private struct LookupRefusal: Error, CustomStringConvertible {
        var problem: Problem

        var description: String { problem.message + (problem.hint.isEmpty ? "" : "; \(problem.hint)") }
    }
}
