import Document

/// What a `ValueAddTransformer` does: one text, written into fields or put between the parts of the paths in them.
struct ValueAddition {
    /// Where the text goes.
    struct Target {
        /// nil means every object.
        var selector: Selector?
        var path: Value
        /// From 1: the part of the path in the field before which the text goes; 0 replaces the field.
        var position: Int
    }

    var value: Value
    var targets: [Target]

    /// The target's field with the text in it.
    func changed(_ field: Value, _ target: Target) throws(Problem) -> Value {
        guard field.scalar != nil else { throw Problem("a text is expected here", at: field.origin) }
        let text = value.string ?? ""
        if target.position == 0 { return value.replacing(field) }
        let old = field.isNull ? "" : field.scalar?.text ?? ""
        var parts = old.split(separator: "/").map(String.init)
        parts.insert(text, at: min(target.position - 1, parts.count))
        let path = (old.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
        return Value(.scalar(Scalar(path)), origin: value.origin).replacing(field)
    }
}

extension Accumulator {
    mutating func add(_ addition: ValueAddition) throws(Problem) {
        for target in addition.targets {
            let spec = FieldSpec(target.path.string ?? "", creates: true)
            for resource in try target.selector?.select(from: resources) ?? resources {
                if spec.text == "metadata/namespace" {
                    if !KindScope.isClusterScoped(resource.id.kind) {
                        try resource.update { (value) throws(Problem) in
                            value.setMetadata("namespace", to: addition.value)
                        }
                    }
                    continue
                }
                let walk = FieldWalk(spec: spec, made: .scalar, object: resource.id, growth: growth)
                try resource.update { (value) throws(Problem) in
                    try walk.apply(to: &value) { (field) throws(Problem) in
                        field = try addition.changed(field, target)
                    }
                }
            }
        }
        identitiesChanged()
    }
}
