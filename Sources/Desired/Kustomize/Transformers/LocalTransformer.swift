import Document

/// A transformer whose effect on an object depends on that object alone.
enum LocalTransformer: Sendable {
    case namespace(Value, [FieldSpec], NamespaceRule)
    case prefix(Value, [FieldSpec])
    case suffix(Value, [FieldSpec])
    case labels([Mapping.Entry], [FieldSpec])
    case annotations([Mapping.Entry], [FieldSpec])
    case image(Kustomization.ImageEntry, [FieldSpec])

    /// Its kind among kustomize's plugins.
    var kind: String {
        switch self {
        case .namespace: "NamespaceTransformer"
        case .prefix: "PrefixTransformer"
        case .suffix: "SuffixTransformer"
        case .labels: "LabelTransformer"
        case .annotations: "AnnotationsTransformer"
        case .image: "ImageTagTransformer"
        }
    }

    /// Where it is asked for.
    var origin: Origin {
        switch self {
        case .namespace(let name, _, _): name.origin
        case .prefix(let text, _), .suffix(let text, _): text.origin
        case .labels(let pairs, _), .annotations(let pairs, _): pairs.first?.value.origin ?? .none
        case .image(let entry, _): entry.origin
        }
    }

    /// Changes some of the objects.
    func apply(to accumulator: inout Accumulator, among chosen: [Resource]) throws(Problem) {
        try Problem.following(origin) { () throws(Problem) in
            switch self {
            case .namespace(let name, let specs, let rule):
                try accumulator.setNamespace(name, in: specs, rule, among: chosen)
            case .prefix(let text, let specs):
                try accumulator.affix(text, isPrefix: true, in: specs, among: chosen)
            case .suffix(let text, let specs):
                try accumulator.affix(text, isPrefix: false, in: specs, among: chosen)
            case .labels(let pairs, let specs), .annotations(let pairs, let specs):
                try accumulator.setPairs(pairs, in: specs, among: chosen)
            case .image(let entry, let specs):
                try accumulator.setImage(entry, in: specs, among: chosen)
            }
        }
    }

    /// What must hold of all objects together once each of them has been changed.
    func check(_ accumulator: Accumulator) throws(Problem) {
        guard case .namespace(let name, _, _) = self else { return }
        try Problem.following(origin) { () throws(Problem) in
            try accumulator.checkUnique(after: "the namespace \(name.string ?? "")", at: name.origin)
        }
    }
}
