import Document

/// `metav1.ObjectMeta`, labels and selectors.
extension Validator {
    mutating func metadata(_ metadata: Field, of object: Manifest) {
        // Configuration files of other programs look like objects, and have no metadata.
        guard metadata.exists || Catalog.builtIn.description(of: object.groupVersionKind) != nil else { return }
        guard require(metadata) else { return }
        if let name = text(metadata["name"]) {
            self.name(name, metadata["name"], of: object)
        } else if !metadata["generateName"].exists {
            add(.required, metadata["name"], "or metadata.generateName is required")
        }
        _ = dnsLabel(metadata["namespace"])
        labels(metadata["labels"])
        annotations(metadata["annotations"])
        for finalizer in list(metadata["finalizers"]) {
            guard let text = text(finalizer), !LabelSyntax.isQualifiedName(text) else { continue }
            add(.invalid, finalizer, "is \"\(text)\" and must be a name such as example.org/cleanup")
        }
        for owner in list(metadata["ownerReferences"]) {
            for field in ["apiVersion", "kind", "name", "uid"] { _ = text(owner[field], isRequired: true) }
        }
    }

    private mutating func name(_ name: String, _ field: Field, of object: Manifest) {
        let kind = object.groupVersionKind
        switch (kind.group, kind.kind) {
        case ("", "Namespace"), ("", "Service"):
            _ = dnsLabel(field)
            if kind.kind == "Service", name.utf8.first.map({ $0 >= 0x30 && $0 <= 0x39 }) == true {
                add(.invalid, field, "is \"\(name)\" and must begin with a letter")
            }
        case ("rbac.authorization.k8s.io", _):
            if name.contains("/") || name.contains("%") || name == "." || name == ".." || name.isEmpty {
                add(.invalid, field, "is \"\(name)\" and must not be empty, . or .., nor hold / or %")
            }
        default:
            guard !LabelSyntax.isDNSSubdomain(name) else { return }
            add(
                .invalid, field,
                "is \"\(name)\" and must be lower-case letters, digits, \"-\" and \".\", at most 253 of them")
        }
    }

    mutating func labels(_ labels: Field) {
        textMap(labels)
        for (key, entry) in labels.entries {
            if !LabelSyntax.isQualifiedName(key) {
                add(.invalid, entry, "has the key \"\(key)\", which is no label key such as app or example.org/app")
            }
            if let value = entry.string, !LabelSyntax.isValue(value) {
                add(
                    .invalid, entry,
                    "is \"\(value)\" and must be at most 63 letters, digits, \"-\", \"_\" and \".\", alphanumeric at both ends"
                )
            }
        }
    }

    private mutating func annotations(_ annotations: Field) {
        textMap(annotations)
        var size = 0
        for (key, entry) in annotations.entries {
            size += key.utf8.count + (entry.string?.utf8.count ?? 0)
            if !LabelSyntax.isQualifiedName(key.lowercased()) {
                add(.invalid, entry, "has the key \"\(key)\", which is no annotation key such as example.org/note")
            }
        }
        if size > 262_144 { add(.tooLong, annotations, "take \(size) bytes together, more than 262144") }
    }

    /// A `metav1.LabelSelector`.
    mutating func selector(_ field: Field, mustSelect: Bool = false) {
        guard let value = field.value else { return }
        guard value.fields != nil else {
            return add(.typeInvalid, field, "must be a mapping, and is \(value.typeName)")
        }
        labels(field["matchLabels"])
        do {
            let selector = try LabelSelector(selector: value)
            if mustSelect, selector.requirements.isEmpty {
                add(.invalid, field, "must not be empty: it would select everything")
            }
        } catch {
            add(.invalid, field, "is malformed: \(error.message)")
        }
    }

    /// The selector of a workload, which must select what its template makes.
    mutating func workloadSelector(_ spec: Field) {
        guard require(spec["selector"]) else { return }
        selector(spec["selector"], mustSelect: true)
        guard let value = spec["selector"].value, let selector = try? LabelSelector(selector: value) else { return }
        let labels = spec["template"]["metadata"]["labels"]
        guard !selector.matches(labels.value?.dictionary ?? [:]) else { return }
        add(.invalid, labels, "do not match spec.selector (\(Catalog.selectorText(value)))")
    }
}
