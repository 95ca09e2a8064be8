import Document
import Manifest

/// An entry of `replacements`: a value of one object, written into fields of others.
struct Replacement {
    /// Parts of a field, or how to write into one.
    struct Options {
        var delimiter = ""
        var index = 0
        var creates = false
    }

    /// Which objects; empty parts match anything.
    struct Choice: CustomStringConvertible {
        var kind: GroupVersionKind
        var name: String
        var namespace: String
        var labels = LabelSelector.everything
        var annotations = LabelSelector.everything
        var hasSelectors = false

        var description: String {
            let id = [kind.apiVersion, kind.kind, name].filter { !$0.isEmpty }.joined(separator: " ")
            return (id.isEmpty ? "object" : id) + (namespace.isEmpty ? "" : " in namespace \(namespace)")
        }

        var isEmpty: Bool {
            kind == GroupVersionKind(group: "", version: "", kind: "") && name.isEmpty && namespace.isEmpty
        }

        /// Regular expressions of the parts that are more than a name, by their text; none in a source.
        var patterns: [String: Pattern] = [:]

        /// Whether an object is, or was, what is meant.
        func matches(_ resource: Resource) throws(Problem) -> Bool {
            for id in resource.identities {
                let parts = [
                    (name, id.name), (kind.group, id.kind.group), (kind.version, id.kind.version),
                    (kind.kind, id.kind.kind), (namespace, id.isClusterScoped ? "" : id.namespace),
                ]
                var isMatch = true
                for (wanted, actual) in parts where isMatch && !wanted.isEmpty && wanted != actual {
                    isMatch = try patterns[wanted]?.matches(actual) ?? false
                }
                if isMatch { return true }
            }
            return false
        }

        func matchesMetadata(_ resource: Resource) -> Bool {
            let metadata = resource.value["metadata"]
            return labels.matches(metadata?["labels"]?.dictionary ?? [:])
                && annotations.matches(metadata?["annotations"]?.dictionary ?? [:])
        }
    }

    /// Where the value goes.
    struct Target {
        var choice: Choice
        var rejected: [Choice]
        var paths: [Value]
        var options: Options
        var origin: Origin
    }

    var source: Choice
    var sourcePath: [String]
    var sourceText: String
    var sourceOptions: Options
    var targets: [Target]
    var origin: Origin

    /// The keys of a path: dots part them, but not within brackets, nor behind a backslash.
    static func split(_ path: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var isEscaped = false
        var isBracketed = false
        for character in path {
            if isEscaped {
                if character != "." { part.append("\\") }
                part.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == ".", !isBracketed {
                parts.append(part)
                part = ""
            } else {
                if part.isEmpty, character == "[" { isBracketed = true }
                if character == "]" { isBracketed = false }
                part.append(character)
            }
        }
        parts.append(part)
        if parts.count > 1, parts.first?.isEmpty == true { parts.removeFirst() }
        // Brackets around a key only keep its dots together.
        return parts.map {
            $0.hasPrefix("[") && $0.hasSuffix("]") && !$0.contains("=") ? String($0.dropFirst().dropLast()) : $0
        }
    }
}

/// Reads `replacements`.
enum ReplacementReader {
    /// The replacements of an entry, which may name a file with one or several.
    static func replacements(_ entry: Value, _ files: OverlayFiles) throws(Problem) -> [Replacement] {
        guard let path = entry["path"], !path.isNull else { return [try replacement(entry)] }
        if entry["source"] != nil || entry["targets"] != nil {
            throw Problem(
                "the replacement has both \"path\" and a source or targets", at: entry.origin, hint: "keep one")
        }
        var reader = try FieldReader(entry, "the replacement")
        let text = try reader.requiredString("path")
        try reader.finish()
        var result: [Replacement] = []
        let file = try files.path(text, for: path.origin)
        for document in try files.tree.documents(file, for: path.origin) {
            for item in document.items ?? [document] { result.append(try replacement(item)) }
        }
        return result
    }

    private static func replacement(_ entry: Value) throws(Problem) -> Replacement {
        var reader = try FieldReader(entry, "the replacement")
        guard var source = try reader.fields("source"), let targets = reader.value("targets") else {
            throw Problem("a replacement needs a source and targets", at: entry.origin)
        }
        let path = try source.string("fieldPath").flatMap { $0.isEmpty ? nil : $0 } ?? "metadata.name"
        var result = Replacement(
            source: try choice(&source, hasSelectors: false), sourcePath: Replacement.split(path), sourceText: path,
            sourceOptions: try options(try source.fields("options")), targets: [], origin: source.origin)
        try source.finish()
        for item in try reader.items("targets") { result.targets.append(try target(item)) }
        try reader.finish()
        _ = targets
        return result
    }

    private static func target(_ item: Value) throws(Problem) -> Replacement.Target {
        var reader = try FieldReader(item, "the target")
        guard var select = try reader.fields("select") else {
            throw Problem("the target needs \"select\"", at: item.origin)
        }
        let chosen = try choice(&select, hasSelectors: true)
        try select.finish()
        var rejected: [Replacement.Choice] = []
        for item in try reader.items("reject") {
            var reject = try FieldReader(item, "an entry of \"reject\"")
            rejected.append(try choice(&reject, hasSelectors: true))
            try reject.finish()
        }
        let paths = try reader.texts("fieldPaths")
        let target = Replacement.Target(
            choice: chosen, rejected: rejected, paths: paths.isEmpty ? ["metadata.name"] : paths,
            options: try options(try reader.fields("options")), origin: item.origin)
        try reader.finish()
        return target
    }

    private static func choice(
        _ reader: inout FieldReader, hasSelectors: Bool
    ) throws(Problem) -> Replacement.Choice {
        var choice = Replacement.Choice(
            kind: GroupVersionKind(
                group: try reader.string("group") ?? "", version: try reader.string("version") ?? "",
                kind: try reader.string("kind") ?? ""),
            name: try reader.string("name") ?? "", namespace: try reader.string("namespace") ?? "")
        guard hasSelectors else { return choice }
        let parts = [choice.kind.group, choice.kind.version, choice.kind.kind, choice.name, choice.namespace]
        for text in parts where text.contains(where: { !$0.isLetter && !$0.isNumber && $0 != "-" }) {
            choice.patterns[text] = try Pattern(text, at: reader.origin)
        }
        if let text = try reader.string("labelSelector"), !text.isEmpty {
            choice.labels = try LabelSelectorText.parse(text, at: reader.origin)
            choice.hasSelectors = true
        }
        if let text = try reader.string("annotationSelector"), !text.isEmpty {
            choice.annotations = try LabelSelectorText.parse(text, at: reader.origin)
            choice.hasSelectors = true
        }
        return choice
    }

    private static func options(_ reader: FieldReader?) throws(Problem) -> Replacement.Options {
        guard var reader else { return Replacement.Options() }
        // kustomize reads "encoding" and does nothing with it.
        _ = try reader.string("encoding")
        let options = Replacement.Options(
            delimiter: try reader.string("delimiter") ?? "", index: try reader.int("index") ?? 0,
            creates: try reader.bool("create") ?? false)
        try reader.finish()
        return options
    }
}
