/// A parsed template's parts. Positions are byte offsets into its text.
indirect enum TemplateNode {
    case text(String, position: Int)
    case action(Pipeline)
    case branch(Branch)
    case template(TemplateCall)
    case breakLoop
    case continueLoop
}

/// Where something stands in a template's text.
struct Span {
    var start: Int
    var end: Int
    /// Where Go says that it stands: for `.a.b`, the last field.
    var mark: Int

    init(_ start: Int, _ end: Int, mark: Int? = nil) {
        self.start = start
        self.end = end
        self.mark = mark ?? start
    }
}

/// `if`, `with` or `range`.
final class Branch {
    enum Kind { case condition, scope, loop }

    let kind: Kind
    let pipeline: Pipeline
    let body: [TemplateNode]
    let otherwise: [TemplateNode]

    init(kind: Kind, pipeline: Pipeline, body: [TemplateNode], otherwise: [TemplateNode]) {
        self.kind = kind
        self.pipeline = pipeline
        self.body = body
        self.otherwise = otherwise
    }
}

/// `template "name" pipeline`.
final class TemplateCall: TemplatePart {
    let name: String
    let argument: Pipeline?
    let span: Span

    init(name: String, _ argument: Pipeline?, _ span: Span) {
        self.name = name
        self.argument = argument
        self.span = span
    }
}

/// What messages can point at: where it stands, and how Go quotes it.
protocol TemplatePart: CustomStringConvertible {
    var span: Span { get }
}

/// A template's own text, as what errors point at.
struct TextPart: TemplatePart {
    let span: Span
    var description: String { "text" }
}

extension TemplateNode {
    /// What errors point at that come from none of its parts.
    var part: any TemplatePart {
        switch self {
        case .text(_, let position): TextPart(span: Span(position, position))
        case .action(let pipeline): pipeline
        case .branch(let branch): branch.pipeline
        case .template(let call): call
        case .breakLoop, .continueLoop: TextPart(span: Span(0, 0))
        }
    }
}

/// `$a, $b := command | command`.
final class Pipeline: TemplatePart {
    let variables: [String]
    /// `=` instead of `:=`.
    let assigns: Bool
    let commands: [TemplateCommand]
    let span: Span

    init(variables: [String], assigns: Bool, commands: [TemplateCommand], span: Span) {
        self.variables = variables
        self.assigns = assigns
        self.commands = commands
        self.span = span
    }
}

/// An operand with its arguments.
struct TemplateCommand: TemplatePart {
    var operands: [Operand]
    var span: Span
}

/// One operand and where it stands.
struct Operand: TemplatePart {
    indirect enum Kind {
        case dot
        case none
        /// A literal with its text.
        case constant(TemplateValue, String)
        case field([String])
        case variable(String, [String])
        case chain(Operand, [String])
        case pipeline(Pipeline)
        case function(TemplateFunction)
    }

    var kind: Kind
    var span: Span
}

/// A named template with the text it came from.
package final class Template {
    package let name: String
    /// The name of the text that defines it, for messages.
    let source: TemplateSource
    let body: [TemplateNode]

    init(name: String, source: TemplateSource, body: [TemplateNode]) {
        self.name = name
        self.source = source
        self.body = body
    }

    /// Whether it holds nothing but white space, so that it does not take another's place.
    var isEmpty: Bool {
        body.allSatisfy { node in
            if case .text(let text, _) = node { return text.allSatisfy(\.isWhitespace) }
            return false
        }
    }
}

/// A template's text, with what is needed to say where something stands in it.
package final class TemplateSource {
    package let name: String
    /// What origins call it.
    package let file: String
    let bytes: [UInt8]
    private var lineStarts: [Int]?

    /// What a text is called that a value holds, as `tpl` carries it out.
    static let inline = "gotpl"

    package init(name: String, bytes: [UInt8], file: String? = nil) {
        self.name = name
        self.file = file ?? name
        self.bytes = bytes
    }

    /// The line from 1 and Go's column, which counts bytes from 0.
    func place(of offset: Int) -> (line: Int, column: Int) {
        let starts: [Int]
        if let known = lineStarts {
            starts = known
        } else {
            starts = [0] + bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
            lineStarts = starts
        }
        var low = 0
        var high = starts.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return (low + 1, offset - starts[low])
    }

    func text(_ span: Span) -> String {
        guard span.start <= span.end, span.end <= bytes.count else { return "" }
        return String(decoding: bytes[span.start..<span.end], as: UTF8.self)
    }
}
