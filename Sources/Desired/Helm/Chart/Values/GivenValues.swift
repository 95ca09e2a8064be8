package import Document

/// What the user says beside a chart's own values: files, and lines as `--set` takes them.
package struct GivenValues: Sendable {
    /// One of them.
    package enum Source: Sendable {
        /// A values file, or a mapping that stands in another file.
        case document(Value)
        /// `a.b=1,c[0]=x,d={y,z}`; the way says what becomes of the texts behind `=`.
        case line(String, SetLine.Way)
    }

    /// What counts less comes first; as in Helm, a line changes what stands before it, items of its lists included.
    package var sources: [Source]
    /// Reads the files that `--set-file` names.
    private let read: @Sendable (String) throws(Problem) -> [UInt8]

    package init(
        _ sources: [Source] = [],
        reading read: @escaping @Sendable (String) throws(Problem) -> [UInt8] = { (path) throws(Problem) in
            throw Problem("\(path) cannot be read here")
        }
    ) {
        self.sources = sources
        self.read = read
    }

    /// Values files, later ones counting more.
    package init(_ documents: [Value]) {
        self.init(documents.map(Source.document))
    }

    /// All of them laid over one another.
    ///
    /// - Throws: `Problem` at a document that is no mapping, or for a line that does not follow the grammar.
    func table() throws(Problem) -> TemplateMap {
        let table = TemplateMap()
        for source in sources {
            switch source {
            case .document(let value):
                if value.isNull { continue }
                guard case .map(let map) = TemplateValue(value) else {
                    throw Problem("values must be a mapping", at: value.origin)
                }
                ChartValues.overlay(map, over: table)
            case .line(let text, let way):
                var line = SetLine(text, way, reading: read)
                try line.apply(to: table)
            }
        }
        return table
    }

    /// The same as a value, for those who want to look at it.
    package var value: Value {
        get throws(Problem) { TemplateValue.map(try table()).value }
    }
}
