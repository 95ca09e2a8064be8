import Audit
import Console
import Document
import FileTree
import Git
import Manifest
import Plan
import Promotion
import Reconciler
import Render
import Scrub
import Sources
import System

/// What git answers about a project, and the commits that are made for people.
extension GitProject {
    // MARK: Blame

    func blame(_ object: String, in environment: String) async throws -> Value {
        let (commit, renderings) = try await reconciler.renderings(of: environment)
        let manifest = try find(object, in: environment, renderings.flatMap(\.manifests))
        let leaves = Difference.between(.mapping(Mapping()), manifest.value, schema: schema(of: manifest))
            .flatMap { Self.leaves(of: $0.path, $0.new) }
        let fields = leaves.map { (path: $0.path.description, origin: $0.value.origin) }
        let blamed = try await blameEngine.blame(fields, at: commit.id)
        let mask = SecretMask(await reconciler.head?.project.scrubPolicy ?? .standard)
        return [
            "object": .string(manifest.key.description), "environment": .string(environment),
            "commit": .string(commit.id.description),
            "fields": .sequence(
                zip(blamed, leaves).map { field, leaf in
                    Self.value(field, mask.shown(leaf.value, at: leaf.path, of: manifest) ?? "(secret)")
                }),
        ]
    }

    private func schema(of manifest: Manifest) -> Schema {
        Catalog.builtIn.description(of: manifest.groupVersionKind)?.schema ?? .any
    }

    private func find(_ object: String, in environment: String, _ manifests: [Manifest]) throws -> Manifest {
        let parts = object.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let kind = Catalog.builtIn.find(word: parts[0])?.groupVersionKind else {
            throw Problem("'\(object)' names no object", hint: "write kind and name, such as deploy/web")
        }
        let same = manifests.filter { $0.kind == kind.kind && $0.groupVersionKind.group == kind.group }
        if let exact = same.first(where: { $0.name == parts[1] }) { return exact }
        // Generated names end in a hash that nobody types.
        let generated = same.filter { $0.name.hasPrefix("\(parts[1])-") }
        if generated.count == 1, let only = generated.first { return only }
        throw Problem(
            "git has no \(kind.kind) \(parts[1]) in \(environment)",
            hint: same.isEmpty ? "it has none of that kind" : "it has: \(same.map(\.name).joined(separator: ", "))")
    }

    /// The scalars in a value, with their paths.
    private static func leaves(of path: FieldPath, _ value: Value?) -> [(path: FieldPath, value: Value)] {
        guard let value else { return [] }
        switch value.content {
        case .scalar: return [(path, value)]
        case .mapping(let mapping):
            return mapping.entries.flatMap { leaves(of: path + .field($0.key.text), $0.value) }
        case .sequence(let items):
            return items.enumerated().flatMap { index, item in
                let element = PathElement.key(of: item, keys: ["name"]) ?? .index(index)
                return leaves(of: path + element, item)
            }
        }
    }

    private static func value(_ field: BlamedField, _ live: Value) -> Value {
        var value: Value = ["path": .string(field.path), "value": live]
        if field.origin.isKnown { value["origin"] = .string(field.origin.description) }
        if let commit = field.commit {
            value["commit"] = .string(commit.id.description)
            value["author"] = .string(commit.author.name)
            value["date"] = .string(commit.author.time.description)
            value["subject"] = .string(commit.subject)
        }
        return value
    }

    // MARK: Commits

    func promote(from source: String, to target: String, actor: String) async throws -> Value {
        let outcome = try await promoter.promote(from: source, to: target, try await request(actor))
        self.source.poke()
        return Self.value(outcome)
    }

    func rollback(_ environment: String, to revision: String, actor: String) async throws -> Value {
        let renderer = Renderer(rootKey: [], charts: charts, keys: .notNeeded)
        await fetchBases(of: revision)
        let folder = pinned.folder
        let outcome = try await promoter.rollback(environment, to: revision, try await request(actor)) { tree in
            try EnvironmentReads.files(in: tree, by: renderer) { files, project in
                try PinnedBases.fetched(files, project.remotes, in: folder)
            }
        }
        source.poke()
        return Self.value(outcome)
    }

    /// Fetches what an earlier commit pinned of other repositories. What cannot be had any more does not stand in the way:
    /// an application that uses it counts as reading all of its folder.
    private func fetchBases(of revision: String) async {
        guard let id = try? source.mirror.resolve(revision), let tree = try? source.mirror.tree(at: id),
            let files = ObjectTree(tree)
        else { return }
        for pin in Project.remotes(in: files) { _ = try? await PinnedBases.mounted(files, [pin], from: pinned) }
    }

    private func request(_ actor: String) async throws -> Promoter.Request {
        guard let branch = source.state(of: branch).branch else {
            throw Problem("which branch is followed is not known yet; try again once the repository has been read")
        }
        // The author is who asked Belay; what the socket vouches for stands in the journal as the actor.
        let author = Signature(name: "Belay, for \(actor)", email: "belay@localhost", time: clock.now())
        return Promoter.Request(project: await journalName, branch: branch, actor: actor, author: author)
    }

    private static func value(_ outcome: Promoter.Outcome) -> Value {
        switch outcome {
        case .committed(let id, let message): ["commit": .string(id.description), "message": .string(message)]
        case .nothing(let reason): ["message": .string(reason)]
        }
    }
}
