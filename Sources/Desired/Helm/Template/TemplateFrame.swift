import Document

/// One template at work: its variables and what it wrote.
struct TemplateFrame {
    let template: Template
    var variables: [(name: String, value: TemplateValue)]
    var output: RenderedText

    init(template: Template, data: TemplateValue) {
        self.template = template
        variables = [("$", data)]
        output = RenderedText(source: template.source)
    }

    mutating func declare(_ name: String, _ value: TemplateValue) {
        variables.append((name, value))
    }

    mutating func assign(_ name: String, _ value: TemplateValue) {
        guard let index = variables.lastIndex(where: { $0.name == name }) else { return }
        variables[index].value = value
    }

    func value(of name: String) -> TemplateValue {
        variables.last { $0.name == name }?.value ?? .none
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

    package private(set) var text = ""
    private(set) var marks: [Mark] = []
    private let source: TemplateSource

    init(source: TemplateSource) {
        self.source = source
    }

    mutating func append(_ more: String, at position: Int, from origin: Origin? = nil, isVerbatim: Bool = false) {
        guard !more.isEmpty else { return }
        marks.append(
            Mark(
                offset: text.utf8.count, source: source, position: position, isVerbatim: isVerbatim, origin: origin))
        text += more
    }

    private static let missing = Array("<no value>".utf8)

    /// The text without what stands for values that are not there.
    var withoutMissing: RenderedText {
        guard Search.contains(text, "<no value>") else { return self }
        let bytes = Array(text.utf8)
        var (kept, cuts): ([UInt8], [Int]) = ([], [])
        var offset = 0
        while offset < bytes.count {
            if bytes[offset] == Self.missing[0], bytes[offset...].starts(with: Self.missing) {
                cuts.append(offset)
                offset += Self.missing.count
            } else {
                kept.append(bytes[offset])
                offset += 1
            }
        }
        var result = self
        result.text = String(decoding: kept, as: UTF8.self)
        var cut = 0
        for index in result.marks.indices {
            while cut < cuts.count, cuts[cut] < result.marks[index].offset { cut += 1 }
            result.marks[index].offset -= cut * Self.missing.count
        }
        return result
    }

    mutating func append(_ inner: RenderedText, at position: Int) {
        let start = text.utf8.count
        marks += inner.marks.map { mark in
            var mark = mark
            mark.offset += start
            return mark
        }
        text += inner.text
    }
}

/// Which call in which template: what deterministic random functions tell apart.
package struct CallSite {
    package let source: TemplateSource
    package let offset: Int
}
