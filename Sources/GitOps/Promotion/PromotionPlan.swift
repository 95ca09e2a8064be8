package import Document
package import FileTree
internal import Kustomize
internal import Render

/// What a promotion would change: the target's files, and why.
package struct PromotionPlan: Sendable {
    package var from: String
    package var to: String
    package var moves: [ImageMove]
    /// What changes of charts.
    package var chartMoves: [ChartMove] = []
    /// The new bytes of each file that changes, by path from the root.
    package var files: [TreePath: [UInt8]]
    /// Applications that take no part, each with the reason.
    package var leftOut: [String: String]

    package var isEmpty: Bool { files.isEmpty }

    /// Compares the versions of two environments, application by application.
    ///
    /// - Parameters:
    ///   - source: the tree at the commit that runs in the source environment.
    ///   - target: the tree at the head of the branch, which is edited.
    /// - Throws: `Problem` with its place: an environment that is not there, a kustomization that cannot be read or
    ///   edited.
    package static func make(
        from sourceName: String, to targetName: String, source: any FileTree, target: any FileTree
    ) throws(Problem) -> PromotionPlan {
        var plan = PromotionPlan(from: sourceName, to: targetName, moves: [], files: [:], leftOut: [:])
        let project = try Project.read(from: target)
        let environment = try project.environment(targetName)
        try refuse(environment, from: sourceName)
        let sourceProject = try Project.read(from: source)
        let sourceEnvironment = try sourceProject.environment(sourceName)
        let sources = try sourceProject.applications(of: sourceEnvironment, in: source)
        var edits: [TreePath: SourceEdit] = [:]
        let targets = try project.applications(of: environment, in: target)
        for application in sources {
            guard let counterpart = targets.first(where: { $0.name == application.name }) else {
                plan.leftOut[application.name] = "\(targetName) has no such application"
                continue
            }
            if try ChartPromotion.concerns(application, in: source),
                try ChartPromotion.concerns(counterpart, in: target)
            {
                var charts = ChartPromotion(
                    from: .init(
                        application: application, environment: sourceEnvironment, project: sourceProject, tree: source),
                    to: .init(application: counterpart, environment: environment, project: project, tree: target),
                    edits: edits)
                try charts.make()
                edits = charts.edits
                plan.chartMoves += charts.moves
                plan.leftOut[application.name] =
                    charts.reasons.isEmpty ? nil : charts.reasons.joined(separator: ", and ")
            } else {
                try plan.compare(application, in: source, with: counterpart, in: target)
            }
        }
        for (path, edit) in edits { plan.files[path] = edit.bytes }
        return plan
    }

    /// Holds the target to its own rule: a change that should have waited for a gate or a review is never committed.
    private static func refuse(_ environment: Environment, from source: String) throws(Problem) {
        let name = environment.name
        guard let rule = environment.promotion else {
            throw Problem(
                "nothing is promoted to \(name)", at: environment.origin,
                hint: "add promote: {from: \(source)} to the environment in \(Project.fileName)")
        }
        guard rule.from == source else {
            throw Problem(
                "\(name) is promoted from \(rule.from), not from \(source)", at: rule.origin,
                hint: "run belay promote \(rule.from) \(name)")
        }
        guard rule.via == .commit else {
            throw Problem(
                "\(name) takes promotions by pull request only, and Belay commits them itself", at: rule.origin,
                hint: "copy the image versions in a pull request of your own, or set via: commit")
        }
        guard rule.gates.isEmpty else {
            throw Problem(
                "\(name) has gates, and a promotion on request opens none of them", at: rule.origin,
                hint: "merge the change by hand once the gates' conditions hold, or remove the gates")
        }
    }

    private mutating func compare(
        _ application: ApplicationSource, in source: any FileTree, with counterpart: ApplicationSource,
        in target: any FileTree
    ) throws(Problem) {
        guard let (_, sourceFile) = try Self.kustomization(of: application, in: source),
            let (path, targetFile) = try Self.kustomization(of: counterpart, in: target)
        else {
            leftOut[application.name] = "it is no kustomization, so it has no images entries to promote"
            return
        }
        let file = target.sourceFile(path)
        let wanted = try ImageVersion.all(in: try Self.document(sourceFile, source.sourceFile(path)))
        let held = try ImageVersion.all(in: try Self.document(targetFile, file))
        if wanted.isEmpty {
            leftOut[application.name] = "\(from) sets no image versions for it"
            return
        }
        var edit = try SourceEdit(targetFile, file: file)
        for version in wanted {
            let old = held.first { $0.name == version.name }
            guard let move = ImageMove(application: application.name, from: version, to: old) else { continue }
            try move.apply(to: &edit)
            moves.append(move)
        }
        if edit.bytes != targetFile { files[path] = edit.bytes }
    }

    private static func kustomization(
        of application: ApplicationSource, in tree: any FileTree
    ) throws(Problem) -> (path: TreePath, bytes: [UInt8])? {
        guard application.chart?.remote == nil else { return nil }
        for name in Kustomization.fileNames {
            let path = application.path.appending(name)
            do throws(TreeError) {
                if try tree.kind(of: path) == .file { return (path, try tree.read(path).bytes) }
            } catch {
                throw Problem("\(error)", at: application.origin)
            }
        }
        return nil
    }

    private static func document(_ bytes: [UInt8], _ file: SourceFile) throws(Problem) -> Value {
        let documents = try YAML.parse(bytes, file: file)
        guard let document = documents.first, documents.count == 1 else {
            throw Problem("a kustomization must hold one document", at: Origin(file, line: 1, column: 1))
        }
        return document
    }
}
