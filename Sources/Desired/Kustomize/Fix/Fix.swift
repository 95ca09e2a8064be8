package import Document
package import FileTree

/// Rewrites deprecated fields of kustomizations, and holds each change against the renderings that it may touch.
package enum Fix {
    /// What was rewritten in one place.
    package struct Change: Sendable, Hashable {
        /// Where it stood.
        package var origin: Origin
        /// The deprecated field.
        package var field: String
        package var message: String
    }

    /// One file before and after.
    package struct FileChange: Sendable {
        package var path: TreePath
        package var old: [UInt8]
        package var new: [UInt8]
        /// What was rewritten, where the file is the kustomization that has it.
        package var changes: [Change]
    }

    /// What can be written without changing any rendering, and what cannot.
    package struct Outcome: Sendable {
        package var files: [FileChange] = []
        /// Why something deprecated stays.
        package var refused: [Problem] = []
        /// Kustomizations that were looked at.
        package var kustomizations = 0
        /// Renderings that are the same before and after.
        package var renderings = 0
    }

    package typealias Rendering = (TreePath, any FileTree) throws(Problem) -> [Value]

    /// Overlays alone, their files wherever they are.
    package static func plainRendering(_ folder: TreePath, in tree: any FileTree) throws(Problem) -> [Value] {
        try Kustomize.build(folder, in: tree, options: Kustomize.Options(readsAnyFile: true))
    }

    /// Finds what can be rewritten in the kustomizations beneath a folder. Nothing is written.
    ///
    /// - Parameters:
    ///   - scope: the folder whose kustomizations must render the same before and after.
    ///   - isChecked: false rewrites also what does not render.
    ///   - render: gives the objects of a kustomization's folder in a tree.
    /// - Throws: `Problem` when the tree cannot be read, or there is no kustomization.
    package static func outcome(
        beneath folder: TreePath, in tree: any FileTree, scope: TreePath, isChecked: Bool = true,
        render: @escaping Rendering = Fix.plainRendering
    ) throws(Problem) -> Outcome {
        let found = try KustomizationSearch.files(beneath: folder, in: tree)
        guard !found.isEmpty else {
            throw Problem(
                "there is no kustomization in \(tree.displayName(of: folder)) or beneath it",
                hint: "name a folder with one of \(Kustomization.fileNames.joined(separator: ", "))")
        }
        var run = FixRun(tree: tree, isChecked: isChecked, render: render)
        run.outcome.kustomizations = found.count
        try run.plan(found)
        if !run.drafted.isEmpty { try run.settle(scope: scope) }
        return run.outcome
    }
}

/// One pass over some kustomizations.
private struct FixRun {
    let tree: any FileTree
    let isChecked: Bool
    private let render: Fix.Rendering
    var outcome = Fix.Outcome()
    /// What each kustomization would become, by its steps.
    var drafted: [(file: TreePath, original: Value, steps: [FixStep])] = []
    /// The contents that have been found to render the same.
    private var files: [TreePath: [UInt8]] = [:]
    private var changes: [TreePath: [Fix.Change]] = [:]

    init(tree: any FileTree, isChecked: Bool, render: @escaping Fix.Rendering) {
        self.tree = tree
        self.isChecked = isChecked
        self.render = render
    }

    /// Finds the steps that each kustomization needs; those that its form does not allow are refused.
    mutating func plan(_ found: [TreePath]) throws(Problem) {
        for file in found {
            do {
                let bytes = try tree.read(file, for: .none).bytes
                guard let original = try YAML.parse(bytes, file: tree.sourceFile(file)).first, original.fields != nil
                else { continue }
                var draft = FixDraft(file, in: tree, files: [:])
                var steps: [FixStep] = []
                for step in FixStep.allCases {
                    var next = draft
                    do throws(Problem) {
                        guard try !step.apply(to: &next, original: original).isEmpty else { continue }
                        draft = next
                        steps.append(step)
                    } catch {
                        outcome.refused.append(error)
                    }
                }
                if !steps.isEmpty { drafted.append((file, original, steps)) }
            } catch {
                outcome.refused.append(error)
            }
        }
    }

    /// Keeps what leaves all renderings as they are: everything at once where that holds, else step by step.
    mutating func settle(scope: TreePath) throws(Problem) {
        var check = RenderingCheck(tree: tree, render: render)
        if isChecked { try check.renderAll(beneath: scope) }
        if try applyAll(&check) {
            outcome.renderings = check.compared.count
        } else {
            for (file, original, steps) in drafted {
                for step in steps { try apply(step, to: file, original, &check) }
            }
            outcome.renderings = check.compared.count
        }
        for (path, new) in files.sorted(by: { $0.key < $1.key }) {
            let old = try tree.read(path, for: .none).bytes
            if old == new { continue }
            outcome.files.append(Fix.FileChange(path: path, old: old, new: new, changes: changes[path] ?? []))
        }
        outcome.refused.sort { ($0.origin.file.path, $0.origin.line) < ($1.origin.file.path, $1.origin.line) }
    }

    private mutating func applyAll(_ check: inout RenderingCheck) throws(Problem) -> Bool {
        var files: [TreePath: [UInt8]] = [:]
        var changes: [TreePath: [Fix.Change]] = [:]
        var refused: [Problem] = []
        do {
            for (file, original, steps) in drafted {
                for step in steps {
                    var draft = FixDraft(file, in: tree, files: files)
                    changes[file, default: []] += try step.apply(to: &draft, original: original)
                    files = draft.files
                    refused += draft.refused
                }
            }
        } catch {
            return false
        }
        if isChecked, check.difference(with: files, touching: Set(files.keys)) != nil { return false }
        (self.files, self.changes) = (files, changes)
        outcome.refused += refused
        return true
    }

    private mutating func apply(
        _ step: FixStep, to file: TreePath, _ original: Value, _ check: inout RenderingCheck
    ) throws(Problem) {
        var draft = FixDraft(file, in: tree, files: files)
        do throws(Problem) {
            let made = try step.apply(to: &draft, original: original)
            let touched = draft.files.filter { files[$0.key] != $0.value }.keys
            if isChecked, let why = check.difference(with: draft.files, touching: Set(touched)) {
                for change in made {
                    outcome.refused.append(
                        Problem("\(change.field) stays: \(why.message)", at: change.origin, hint: why.hint))
                }
                return
            }
            files = draft.files
            changes[file, default: []] += made
            outcome.refused += draft.refused
        } catch {
            outcome.refused.append(error)
        }
    }
}

/// Finds kustomizations.
package enum KustomizationSearch {
    /// Folders that are walked through at most.
    private static let folderLimit = 100_000

    /// The files of all kustomizations in a folder and beneath it, sorted; hidden folders and links are not followed.
    package static func files(beneath folder: TreePath, in tree: any FileTree) throws(Problem) -> [TreePath] {
        var found: [TreePath] = []
        var open = [folder]
        var seen = 0
        while let next = open.popLast() {
            seen += 1
            if seen > folderLimit {
                throw Problem(
                    "\(tree.displayName(of: folder)) holds more than \(folderLimit) folders",
                    hint: "name the folder of an application")
            }
            for entry in try tree.entries(of: next, for: .none) {
                if entry.kind == .folder, !entry.name.hasPrefix("."), entry.name != "node_modules" {
                    open.append(next.appending(entry.name))
                } else if entry.kind == .file, Kustomization.fileNames.contains(entry.name) {
                    found.append(next.appending(entry.name))
                }
            }
        }
        return found.sorted()
    }
}
