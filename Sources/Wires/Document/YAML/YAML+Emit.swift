/// Writing YAML.
extension YAML {
    /// How values are written.
    package enum Form: Sendable {
        /// As kustomize and `sigs.k8s.io/yaml` write: keys in go-yaml's natural order, types as in JSON, styles chosen
        /// anew, no comments, lines folded after column 80.
        case canonical
        /// As go-yaml v3 writes values with an indent of two: lists stand in beneath their key, lines are not folded, numbers
        /// are written as they are.
        case indented
        /// As go-yaml v3 writes nodes with kustomize's settings: the order, the styles and the comments that were read.
        case asWritten
    }

    /// The text of a document, with a line break at its end.
    package static func emit(_ value: Value, _ form: Form = .canonical) -> [UInt8] {
        var emitter = Emitter(form: form)
        emitter.document(value)
        return emitter.bytes
    }

    /// The text of several documents, with `---` between them.
    package static func emit(_ values: [Value], _ form: Form = .canonical) -> [UInt8] {
        var emitter = Emitter(form: form)
        emitter.bytes.reserveCapacity(values.count * 256)
        for (index, value) in values.enumerated() {
            if index > 0 { emitter.separator() }
            emitter.document(value)
        }
        return emitter.bytes
    }

    /// The text of a document as a string.
    package static func text(_ value: Value, _ form: Form = .canonical) -> String {
        String(decoding: emit(value, form), as: UTF8.self)
    }

    /// The text of a scalar in its style, or in the plainest that reads back the same, to stand in another text.
    ///
    /// - Parameters:
    ///   - indent: the column, from 0, of the collection that it stands in; further lines go deeper.
    ///   - isInFlow: whether it stands within braces or brackets.
    package static func text(of scalar: Scalar, indent: Int, isInFlow: Bool) -> String {
        BlockText.scalar(scalar, indent: indent, isInFlow: isInFlow)
    }
}
