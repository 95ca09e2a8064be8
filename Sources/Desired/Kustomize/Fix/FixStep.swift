import Document
import FileTree

/// One deprecated way to write a part of a kustomization, and how it is written today.
enum FixStep: CaseIterable {
    case bases
    case imageTags
    case patchList
    case patchesStrategicMerge
    case patchesJSON6902
    case commonLabels
    case environmentFiles
    case chartInflation
    case variables
    case header

    /// Rewrites what a kustomization has of it.
    ///
    /// - Parameter original: the kustomization before any step, for the places of changes.
    /// - Returns: what was rewritten; nothing where there is nothing of it.
    /// - Throws: `Problem` where the file cannot be edited so.
    func apply(to draft: inout FixDraft, original: Value) throws(Problem) -> [Fix.Change] {
        switch self {
        case .bases: return try move("bases", to: "resources", &draft, original)
        case .imageTags: return try move("imageTags", to: "images", &draft, original)
        case .patchList: return try patchList(&draft, original)
        case .patchesStrategicMerge: return try strategicPatches(&draft, original)
        case .patchesJSON6902: return try move("patchesJson6902", to: "patches", &draft, original)
        case .commonLabels: return try commonLabels(&draft, original)
        case .environmentFiles: return try environmentFiles(&draft, original)
        case .chartInflation: return try chartInflation(&draft, original)
        case .variables: return try VariableFix(original: original).apply(to: &draft)
        case .header: return try header(&draft, original)
        }
    }

    private func change(_ key: String, _ original: Value, _ message: String) -> Fix.Change {
        let entry = original.fields?.entries.first { $0.key.text == key }
        return Fix.Change(origin: entry?.key.origin ?? original.origin, field: key, message: message)
    }

    private func move(
        _ key: String, to target: String, at end: SourceEdit.ListEnd = .end, _ draft: inout FixDraft, _ original: Value
    ) throws(Problem) -> [Fix.Change] {
        guard let value = original[key] else { return [] }
        try draft.edit { (edit) throws(Problem) in
            guard value.isNull || value.items?.isEmpty == true else {
                return try edit.moveItems(from: key, to: target, at: end)
            }
            // Often there is more beneath it, commented out.
            let path = EditPath([.key(key)])
            if try edit.value(at: EditPath([.key(target)])) == nil {
                try edit.rename(path, to: target)
            } else {
                try edit.remove(path)
            }
        }
        return [change(key, original, "\(key) → \(target)")]
    }

    /// `patches` was once a list of files.
    private func patchList(_ draft: inout FixDraft, _ original: Value) throws(Problem) -> [Fix.Change] {
        guard let items = original["patches"]?.items, !items.isEmpty, items.allSatisfy({ $0.string != nil }) else {
            return []
        }
        try draft.edit { (edit) throws(Problem) in
            try edit.nestItems(of: EditPath([.key("patches")]), under: Self.patchKey)
        }
        return [change("patches", original, "patches: files → patches with path or patch")]
    }

    private func strategicPatches(_ draft: inout FixDraft, _ original: Value) throws(Problem) -> [Fix.Change] {
        let key = "patchesStrategicMerge"
        if original[key]?.items?.isEmpty == false {
            try draft.edit { (edit) throws(Problem) in
                try edit.nestItems(of: EditPath([.key(key)]), under: Self.patchKey)
            }
        }
        // They are applied before those of "patches".
        return try move(key, to: "patches", at: .start, &draft, original)
    }

    private static func patchKey(_ item: Value) -> String { OverlayFiles.isInline(item) ? "patch" : "path" }

    private func commonLabels(_ draft: inout FixDraft, _ original: Value) throws(Problem) -> [Fix.Change] {
        let key = "commonLabels"
        if original[key]?.fields?.isEmpty == false {
            try draft.edit { (edit) throws(Problem) in
                try edit.nest(EditPath([.key(key)]), under: "pairs", after: [("includeSelectors", .bool(true))])
                try edit.moveItems(from: key, to: "labels", at: .end)
            }
        } else if original[key] != nil {
            try draft.edit { (edit) throws(Problem) in try edit.remove(EditPath([.key(key)])) }
        } else {
            return []
        }
        return [change(key, original, "commonLabels → labels with includeSelectors")]
    }

    private func environmentFiles(_ draft: inout FixDraft, _ original: Value) throws(Problem) -> [Fix.Change] {
        var changes: [Fix.Change] = []
        for list in ["configMapGenerator", "secretGenerator"] {
            for (index, item) in (original[list]?.items ?? []).enumerated() {
                guard let entry = item.fields?.entries.first(where: { $0.key.text == "env" }) else { continue }
                let place: [EditPath.Step] = [.key(list), .index(index)]
                let path = EditPath(place + [.key("env")])
                let all = EditPath(place + [.key("envs")])
                try draft.edit { (edit) throws(Problem) in
                    if entry.value.isNull || entry.value.string?.isEmpty == true { return try edit.remove(path) }
                    guard item["envs"]?.items?.isEmpty == false else {
                        if item["envs"] != nil { try edit.remove(all) }
                        try edit.makeList(path)
                        return try edit.rename(path, to: "envs")
                    }
                    try edit.append(entry.value, to: all)
                    try edit.remove(path)
                }
                changes.append(Fix.Change(origin: entry.key.origin, field: "env", message: "env → envs"))
            }
        }
        return changes
    }

    /// What a former entry's fields are called in `helmCharts`.
    private static let chartFields = [
        "chartName": "name", "chartVersion": "version", "chartRepoUrl": "repo", "values": "valuesFile",
        "valuesLocal": "valuesInline", "releaseName": "releaseName", "valuesMerge": "valuesMerge",
    ]

    private func chartInflation(_ draft: inout FixDraft, _ original: Value) throws(Problem) -> [Fix.Change] {
        let key = "helmChartInflationGenerator"
        guard let items = original[key]?.items, !items.isEmpty else { return [] }
        try draft.edit { (edit) throws(Problem) in
            for (index, item) in items.enumerated() {
                for name in item.fields?.keys ?? [] {
                    let path = EditPath([.key(key), .index(index), .key(name)])
                    guard let new = Self.chartFields[name] else {
                        // The folder is said once for all; the rest is for a helm that is started, and is not read.
                        try edit.remove(path)
                        continue
                    }
                    if new != name { try edit.rename(path, to: new) }
                }
            }
            try edit.moveItems(from: key, to: "helmCharts", at: .end)
            let home = items.last { $0["chartHome"]?.string?.isEmpty == false }?["chartHome"]
            if let home, original[path: "helmGlobals", "chartHome"] == nil {
                try edit.set(EditPath([.key("helmGlobals"), .key("chartHome")]), to: home)
            }
        }
        return [change(key, original, "\(key) → helmCharts")]
    }

    /// What kind of file this is, which was once left out.
    private func header(_ draft: inout FixDraft, _ original: Value) throws(Problem) -> [Fix.Change] {
        let kind = original["kind"]?.string ?? "Kustomization"
        let version = kind == "Component" ? "v1alpha1" : "v1beta1"
        let fields: [(key: String, value: Value)] = [
            ("apiVersion", .string("kustomize.config.k8s.io/\(version)")), ("kind", .string(kind)),
        ]
        let missing = fields.filter { original[$0.key] == nil }
        if missing.isEmpty { return [] }
        try draft.edit { (edit) throws(Problem) in try edit.insertFirst(missing) }
        let names = missing.map(\.key).joined(separator: " and ")
        return [Fix.Change(origin: original.origin, field: names, message: "\(names) added")]
    }
}

/// Files while they are being rewritten.
struct FixDraft {
    let tree: any FileTree
    /// The kustomization.
    let file: TreePath
    /// What a step could not rewrite, beside what it did.
    var refused: [Problem] = []
    /// What differs from the tree.
    private(set) var files: [TreePath: [UInt8]]

    init(_ file: TreePath, in tree: any FileTree, files: [TreePath: [UInt8]]) {
        self.tree = tree
        self.file = file
        self.files = files
    }

    /// A file as it is now.
    func bytes(of path: TreePath) throws(Problem) -> [UInt8] {
        if let bytes = files[path] { return bytes }
        return try tree.read(path, for: .none).bytes
    }

    /// Changes a document of a file, of the kustomization unless another is named.
    mutating func edit(
        _ path: TreePath? = nil, document: Int = 0, _ change: (inout SourceEdit) throws(Problem) -> Void
    ) throws(Problem) {
        let path = path ?? self.file
        var edit = try SourceEdit(try bytes(of: path), file: tree.sourceFile(path), document: document)
        try change(&edit)
        files[path] = edit.bytes
    }
}
