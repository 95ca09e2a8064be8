package import Document
package import FileTree
package import Git
package import Render

/// What a rollback would restore: the files that an environment reads, as they were at an earlier commit.
package struct RollbackPlan: Sendable {
    package var environment: String
    package var revision: ObjectID
    /// What becomes of each file that differs, by path from the root.
    package var edits: [String: FileEdit]
    /// Blob ids before and after, for the journal; nil where there was no file.
    package var changes: [TreeChange]
    /// The other environments that read some of these files, with those files.
    package var shared: [String: [String]]

    package var isEmpty: Bool { edits.isEmpty }

    /// Compares what the environment reads now with what it read then.
    ///
    /// - Parameter reads: the files that each environment of a tree reads; `EnvironmentReads.files` makes them.
    /// - Throws: `Problem` when there is no such environment; what `reads` and git throw.
    package static func make(
        of environment: String, to revision: ObjectID, head: ObjectID, in repository: GitRepository,
        reads: (GitTree) throws -> [String: Set<String>]
    ) throws -> RollbackPlan {
        let (now, then) = (try repository.tree(at: head), try repository.tree(at: revision))
        let (readNow, readThen) = (try reads(now), try reads(then))
        guard let filesThen = readThen[environment] else {
            throw Problem(
                "there is no environment \"\(environment)\" at \(revision.short)",
                hint: "choose a later commit, or restore belay.yaml first")
        }
        let files = filesThen.union(readNow[environment] ?? [])
        var plan = RollbackPlan(environment: environment, revision: revision, edits: [:], changes: [], shared: [:])
        for path in files.sorted() {
            let (old, new) = (try now.entry(at: path), try then.entry(at: path))
            if old?.id == new?.id, old?.kind == new?.kind { continue }
            plan.edits[path] = new.map(FileEdit.put) ?? .remove
            plan.changes.append(TreeChange(path: path, old: old, new: new))
        }
        for (name, files) in readNow where name != environment {
            let touched = plan.edits.keys.filter(files.contains).sorted()
            if !touched.isEmpty { plan.shared[name] = touched }
        }
        return plan
    }

    /// - Throws: `Problem` that names the files which other environments read too.
    package func refuseShared() throws(Problem) {
        guard !shared.isEmpty else { return }
        let names = shared.keys.sorted()
        let files = Set(shared.values.joined()).sorted()
        let list = files.prefix(5).joined(separator: ", ") + (files.count > 5 ? " and \(files.count - 5) more" : "")
        throw Problem(
            "rolling \(environment) back to \(revision.short) would change files that \(names.joined(separator: ", ")) "
                + "\(names.count == 1 ? "reads" : "read") too: \(list)",
            hint: "roll back with shared files to change these environments as well, or revert the commit in git")
    }
}

/// Which files the environments of a project read.
package enum EnvironmentReads {
    /// The files that each environment's renderings read, links resolved by what was read.
    ///
    /// An application that does not render, which may be why someone rolls back, counts as reading all of its folder, and
    /// what it had read until it failed.
    ///
    /// - Parameter mount: puts what the project pins of other repositories into its tree. Those files are no part of the
    ///   answer: the pins are, which stand in the project's own.
    package static func files(
        in tree: GitTree, by renderer: Renderer,
        mounting mount: (any FileTree, Project) throws -> any FileTree = { tree, _ in tree }
    ) throws -> [String: Set<String>] {
        guard let own = ObjectTree(tree) else { return [:] }
        let project = try Project.read(from: own)
        let files = try mount(own, project)
        var found: [String: Set<String>] = [:]
        for environment in project.environments {
            var paths: Set<String> = []
            for application in try project.applications(of: environment, in: files) {
                do {
                    let rendering = try renderer.render(application, in: environment, of: project, from: files)
                    paths.formUnion(Self.own(rendering.readSet))
                } catch {
                    paths.formUnion((application.chart?.valuesFiles ?? []).map(\.path.text))
                    let recording = RecordingTree(files)
                    _ = try? LooseRendering.objects(of: application.path, in: recording)
                    paths.formUnion(Self.own(recording.readSet))
                    guard application.path != .root else { continue }
                    let beneath = try tree.walk(application.path.text, limit: 100_000)
                    paths.formUnion(beneath.filter { $0.entry.kind != .folder }.map(\.path))
                }
            }
            found[environment.name] = paths
        }
        return found
    }

    /// The files that were read of the project's own repository.
    private static func own(_ readSet: ReadSet) -> [String] {
        readSet.files.filter { $0.remoteRoot == nil }.map(\.text)
    }
}
