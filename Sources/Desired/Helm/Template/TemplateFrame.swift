import Document

/// One template at work: its variables and what it wrote.
struct TemplateFrame {
    let template: Template
    var variables: [(name: String, value: TemplateValue)]
    var output: RenderedText

    /// - Parameter keepsMarks: whether it is asked later where each part of the output comes from.
    init(template: Template, data: TemplateValue, keepsMarks: Bool) {
        self.template = template
        variables = [("$", data)]
        output = RenderedText(source: template.source, keepsMarks: keepsMarks)
    }

    mutating func declare(_ name: String, _ value: TemplateValue) {
        variables.append((name, value))
    }

    mutating func assign(_ name: String, _ value: TemplateValue) {
        guard let index = variables.lastIndex(where: { $0.name == name }) else { return }
        variables[index].value = value
    }

    func value(of name: String) -> TemplateValue {
        var index = variables.count
        while index > 0 {
            index -= 1
            if variables[index].name == name { return variables[index].value }
        }
        return .none
    }
}

/// What a template wrote, and which part of it wrote what.
package struct RenderedText {
    /// From `offset` in the text on, what stands at `position` of a source wrote it.
    struct Mark {
        var offset: Int
        var source: TemplateSource
        var position: Int
        /// Whether the template's own text stands here, byte by byte.
        var isVerbatim = false
        /// Where the value comes from that was written.
        var origin: Origin?
    }

    /// UTF-8, as sources and values are.
    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []
    let keepsMarks: Bool
    private let source: TemplateSource

    init(source: TemplateSource, keepsMarks: Bool) {
        self.source = source
        self.keepsMarks = keepsMarks
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ more: String, at position: Int, from origin: Origin? = nil) {
        guard !more.isEmpty else { return }
        if keepsMarks {
            marks.append(Mark(offset: bytes.count, source: source, position: position, origin: origin))
        }
        var more = more
        more.withUTF8 { bytes.append(contentsOf: $0) }
    }

    /// Appends a part of the source as it stands there.
    mutating func append(_ span: Span) {
        guard span.start < span.end else { return }
        if keepsMarks {
            marks.append(Mark(offset: bytes.count, source: source, position: span.start, isVerbatim: true))
        }
        source.bytes.withUnsafeBufferPointer { bytes.append(contentsOf: $0[span.start..<span.end]) }
    }

    mutating func append(_ inner: RenderedText, at position: Int) {
        let start = bytes.count
        if keepsMarks {
            marks += inner.marks.map { mark in
                var mark = mark
                mark.offset += start
                return mark
            }
        }
        bytes += inner.bytes
    }

    // MARK: Values that are not there

    private static let missing = Array("<no value>".utf8)

    /// The text without what stands for values that are not there.
    var withoutMissing: RenderedText {
        var cuts: [Int] = []
        var from = 0
        while let cut = Search.find(Self.missing, in: bytes, from: from) {
            cuts.append(cut)
            from = cut + Self.missing.count
        }
        if cuts.isEmpty { return self }
        var result = self
        result.bytes = []
        from = 0
        for cut in cuts {
            result.bytes += bytes[from..<cut]
            from = cut + Self.missing.count
        }
        result.bytes += bytes[from...]
        var passed = 0
        for index in result.marks.indices {
            while passed < cuts.count, cuts[passed] < result.marks[index].offset { passed += 1 }
            result.marks[index].offset -= passed * Self.missing.count
        }
        return result
    }
}

/// Which call in which template: what deterministic random functions tell apart.
package struct CallSite {
    package let source: TemplateSource
    package let offset: Int
}
