/// A parsed template's parts. Positions are byte offsets into its text.
indirect enum TemplateNode {
    case text(String, position: Int)
    case action(Pipeline)
    case branch(Branch)
    case template(name: String, Pipeline?, Span)
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

/// `$a, $b := command | command`.
final class Pipeline {
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
struct TemplateCommand {
    var operands: [Operand]
    var span: Span
}

/// One operand and where it stands.
struct Operand {
    indirect enum Kind {
        case dot
        case none
        case constant(TemplateValue)
        case field([String])
        case variable(String, [String])
        case chain(Operand, [String])
        case pipeline(Pipeline)
        case function(String)
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
    let file: String
    let bytes: [UInt8]
    private var lineStarts: [Int]?

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

/// Why a template could not be read or carried out, in Go's words.
package struct TemplateError: Error, CustomStringConvertible {
    package var message: String
    /// Where: the innermost template.
    package var source: String
    package var line: Int
    package var column: Int
    /// Whether the message already says where.
    var isPlaced: Bool
    /// Whether `fail` or `required` said it, on purpose.
    var isDeliberate = false

    package init(_ message: String) {
        self.init(message, source: "", line: 0, column: 0, isPlaced: false)
    }

    init(_ message: String, source: String, line: Int, column: Int, isPlaced: Bool) {
        self.message = message
        self.source = source
        self.line = line
        self.column = column
        self.isPlaced = isPlaced
    }

    package var description: String { message }
}
