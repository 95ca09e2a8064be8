import Document
import FileTree
import Manifest

/// `vars` → `replacements`.
///
/// The texts `$(NAME)` stay where they stand: each becomes the field, or the part of one, that a replacement writes.
struct VariableFix {
    let original: Value

    /// Rewrites the variables that can be; those that cannot are told of in the draft.
    ///
    /// - Throws: `Problem` when none can.
    func apply(to draft: inout FixDraft) throws(Problem) -> [Fix.Change] {
        guard let items = original["vars"]?.items, let folder = draft.file.parent else { return [] }
        if items.isEmpty {
            try draft.edit { (edit) throws(Problem) in try edit.remove(EditPath([.key("vars")])) }
            return [Fix.Change(origin: original.origin, field: "vars", message: "vars removed")]
        }
        let uses = try VariableUses(folder, in: ChangedTree(draft.tree, changing: draft.files))
        var changes: [Fix.Change] = []
        var replacements: [Value] = []
        var done: Set<Int> = []
        for (index, item) in items.enumerated() {
            do {
                let name = item["name"]?.string ?? ""
                if let replacement = try replacement(of: item, uses.of(name)) { replacements.append(replacement) }
                done.insert(index)
                changes.append(
                    Fix.Change(origin: item.origin, field: "the variable \(name)", message: "vars → replacements"))
            } catch {
                draft.refused.append(error)
            }
        }
        if changes.isEmpty, let first = draft.refused.first { throw first }
        let isAll = done.count == items.count
        try draft.edit { (edit) throws(Problem) in
            let vars = EditPath([.key("vars")])
            if isAll {
                try edit.remove(vars)
            } else {
                for index in done.sorted(by: >) { try edit.remove(EditPath([.key("vars"), .index(index)])) }
            }
            try Self.add(replacements, to: &edit)
        }
        return changes
    }

    private static func add(_ replacements: [Value], to edit: inout SourceEdit) throws(Problem) {
        if replacements.isEmpty { return }
        let path = EditPath([.key("replacements")])
        guard let known = try edit.value(at: path), known.items?.isEmpty == false else {
            if try edit.value(at: path) != nil { try edit.remove(path) }
            return try edit.set(path, to: .sequence(replacements))
        }
        for replacement in replacements { try edit.append(replacement, to: path) }
    }

    /// nil for a variable that nothing names.
    private func replacement(of item: Value, _ uses: [VariableUse]) throws(Problem) -> Value? {
        if uses.isEmpty { return nil }
        var targets: [Value] = []
        for use in uses {
            var target: Value = ["select": use.selector, "fieldPaths": [.string(use.path)]]
            if let part = use.part {
                target["options"] = ["delimiter": .string(part.delimiter), "index": .int(part.index)]
            } else if !use.isWhole {
                throw Problem(
                    "the variable \(item["name"]?.string ?? "") stays: it stands within a text, with no delimiter on both sides",
                    at: use.origin,
                    hint: "a replacement writes whole fields, or parts between delimiters; write it by hand"
                )
            }
            // Fields of one object that are written alike share a target.
            let same = targets.firstIndex { $0["select"] == target["select"] && $0["options"] == target["options"] }
            if let same, let paths = targets[same]["fieldPaths"]?.items {
                targets[same]["fieldPaths"] = .sequence(paths + [.string(use.path)])
            } else {
                targets.append(target)
            }
        }
        return ["source": source(of: item), "targets": .sequence(targets)]
    }

    private func source(of item: Value) -> Value {
        let object = item["objref"] ?? .null
        var source: Value = .mapping(Mapping())
        let version = GroupVersionKind(apiVersion: object["apiVersion"]?.string ?? "", kind: "")
        if let group = object["group"]?.string ?? (version.group.isEmpty ? nil : version.group) {
            source["group"] = .string(group)
        }
        if let number = object["version"]?.string ?? (version.version.isEmpty ? nil : version.version) {
            source["version"] = .string(number)
        }
        for key in ["kind", "name", "namespace"] {
            if let text = object[key]?.string, !text.isEmpty { source[key] = .string(text) }
        }
        let field = item["fieldref"]?["fieldpath"]?.string ?? item["fieldref"]?["fieldPath"]?.string
        if let field, !field.isEmpty, field != "metadata.name" {
            source["fieldPath"] = .string(
                field.replacing("[", with: ".").replacing("]", with: "").replacing("..", with: "."))
        }
        return source
    }
}

/// One place where a variable is named.
struct VariableUse {
    /// Between two delimiters, counted from 0.
    struct Part {
        var delimiter: String
        var index: Int
    }

    var selector: Value
    /// As `fieldPaths` has it.
    var path: String
    /// Whether the field is nothing else.
    var isWhole: Bool
    var part: Part?
    var origin: Origin
}

/// Where the variables of a kustomization are named in its objects.
private struct VariableUses {
    private var found: [String: [VariableUse]] = [:]

    init(_ folder: TreePath, in tree: any FileTree) throws(Problem) {
        let options = Kustomize.Options(readsAnyFile: true)
        let files = BuildFiles(tree, growth: Growth(weight: options.growth))
        let overlay = try Overlay(folder, in: files, for: .none, options: options)
        var accumulator = Accumulator(growth: files.growth)
        try overlay.accumulate(into: &accumulator)
        let names = Set(accumulator.variables.map(\.variable.name))
        for resource in accumulator.resources {
            let specs = accumulator.configuration.variables.filter { $0.selects(resource.id.kind) }
            walk(resource.value, resource, [], [], specs, names)
        }
    }

    func of(_ name: String) -> [VariableUse] { found[name] ?? [] }

    /// - Parameters:
    ///   - keys: the way here without lists, as field specs have it.
    ///   - path: the way here, as `fieldPaths` has it.
    private mutating func walk(
        _ value: Value, _ resource: Resource, _ keys: [String], _ path: [String], _ specs: [FieldSpec],
        _ names: Set<String>
    ) {
        switch value.content {
        case .mapping(let mapping):
            for entry in mapping.entries {
                let key = entry.key.text
                let step = key.contains(".") ? "[\(key)]" : key
                walk(entry.value, resource, keys + [key], path + [step], specs, names)
            }
        case .sequence(let items):
            for (index, item) in items.enumerated() {
                walk(item, resource, keys, path + [Self.step(to: index, in: items)], specs, names)
            }
        case .scalar(let scalar):
            guard scalar.kind == .string, scalar.text.contains("$("), Self.isExpanded(keys, specs) else { return }
            for name in names { note(name, scalar.text, value.origin, resource, path) }
        }
    }

    /// Whether variables are put in here: in a field of a spec, or in an entry of one.
    private static func isExpanded(_ keys: [String], _ specs: [FieldSpec]) -> Bool {
        specs.contains { spec in
            let wanted = spec.path.map { $0.hasSuffix("[]") ? String($0.dropLast(2)) : $0 }
            return wanted == keys || wanted == Array(keys.dropLast())
        }
    }

    /// By name where that is clear, as such paths outlive new items; kustomize finds names also within others.
    private static func step(to index: Int, in items: [Value]) -> String {
        guard let name = items[index]["name"]?.string,
            items.count(where: { $0["name"]?.string?.contains(name) == true }) == 1,
            name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        else { return String(index) }
        return "[name=\(name)]"
    }

    private mutating func note(
        _ name: String, _ text: String, _ origin: Origin, _ resource: Resource, _ path: [String]
    ) {
        let mark = "$(\(name))"
        var selector: Value = .mapping(Mapping())
        if !resource.id.kind.group.isEmpty { selector["group"] = .string(resource.id.kind.group) }
        selector["kind"] = .string(resource.id.kind.kind)
        selector["name"] = .string(resource.id.name)
        var rest = text[...]
        while let range = rest.firstRange(of: mark) {
            let (before, after) = (text[..<range.lowerBound], text[range.upperBound...])
            rest = after
            let delimiter = before.last ?? after.first
            let isParted = (before.isEmpty || before.last == delimiter) && (after.isEmpty || after.first == delimiter)
            let part = delimiter.flatMap { delimiter -> VariableUse.Part? in
                guard isParted else { return nil }
                return .init(delimiter: String(delimiter), index: before.count { $0 == delimiter })
            }
            found[name, default: []].append(
                VariableUse(
                    selector: selector, path: path.joined(separator: "."), isWhole: text == mark, part: part,
                    origin: origin))
        }
    }
}
