import Document
import FileTree

/// The renderings of many kustomizations before a change, to be held against those after it.
struct RenderingCheck {
    let tree: any FileTree
    private let render: Fix.Rendering
    private var before: [TreePath: Before] = [:]
    /// Kustomizations whose renderings have been compared and found the same.
    private(set) var compared: Set<TreePath> = []

    private struct Before {
        var outcome: Result<[Object], Problem>
        var files: Set<TreePath>
    }

    /// An object as it is printed.
    private struct Object: Equatable {
        var name: String
        var text: [UInt8]
    }

    init(tree: any FileTree, render: @escaping Fix.Rendering) {
        self.tree = tree
        self.render = render
    }

    /// Renders every kustomization beneath a folder as it is.
    mutating func renderAll(beneath folder: TreePath) throws(Problem) {
        for file in try KustomizationSearch.files(beneath: folder, in: tree) {
            guard let root = file.parent, before[root] == nil else { continue }
            let recording = RecordingTree(tree)
            let outcome = objects(of: root, in: recording)
            before[root] = Before(outcome: outcome, files: Set(recording.readSet.files))
        }
    }

    private func objects(of root: TreePath, in tree: any FileTree) -> Result<[Object], Problem> {
        do {
            let values = try render(root, tree)
            return .success(
                values.map { value in
                    let name = value[path: "metadata", "name"]?.scalar?.text ?? ""
                    return Object(name: "\(value["kind"]?.string ?? "object") \(name)", text: YAML.emit([value]))
                })
        } catch {
            return .failure(error)
        }
    }

    /// Why some files may not become others; nil when every rendering that reads them stays as it is.
    ///
    /// - Parameters:
    ///   - files: all files that differ from the tree.
    ///   - touched: those whose change is in question.
    mutating func difference(with files: [TreePath: [UInt8]], touching touched: Set<TreePath>) -> Problem? {
        let changed = ChangedTree(tree, changing: files)
        var proven: Set<TreePath> = []
        var failure: [TreePath: Problem] = [:]
        for (root, before) in before.sorted(by: { $0.key < $1.key }) {
            let concerned = before.files.intersection(touched)
            if concerned.isEmpty { continue }
            switch before.outcome {
            case .failure(let problem):
                if let why = appearance(of: root, after: problem, in: changed) { return why }
                for file in concerned where failure[file] == nil { failure[file] = problem }
            case .success(let objects):
                if let why = difference(of: root, objects, in: changed) { return why }
                proven.formUnion(concerned)
                compared.insert(root)
            }
        }
        for file in touched.sorted() where !proven.contains(file) {
            let why = failure[file].map { "the kustomization does not render: \($0.message), at \($0.origin)" }
            return Problem(
                "that it renders the same cannot be checked: \(why ?? "no kustomization reads \(file)")",
                hint: "mend that first, or rewrite it unchecked with --unchecked")
        }
        return nil
    }

    /// Why a kustomization that does not render must not begin to: nobody has looked at what it would bring.
    private func appearance(of root: TreePath, after problem: Problem, in tree: any FileTree) -> Problem? {
        guard case .success = objects(of: root, in: tree) else { return nil }
        return Problem(
            "\(tree.displayName(of: root)) does not render now, and would: \(problem.message), at \(problem.origin)",
            hint: "mend that first, or rewrite it unchecked with --unchecked")
    }

    private func difference(of root: TreePath, _ before: [Object], in tree: any FileTree) -> Problem? {
        let name = tree.displayName(of: root)
        switch objects(of: root, in: tree) {
        case .failure(let problem): return Problem("\(name) would not render: \(problem.message)")
        case .success(let after):
            if after == before { return nil }
            for (old, new) in zip(before, after) where old != new {
                return Problem("\(name) would render otherwise, from the \(old.name) on")
            }
            return Problem("\(name) would render \(after.count) objects instead of \(before.count)")
        }
    }
}
