/// A parsed template's parts. Positions are byte offsets into its text, from which a text's own parts are copied: so what
/// was parsed of one text serves every source that has the same bytes.
enum TemplateNode: Sendable {
    case text(Span)
    case action(Pipeline)
    case branch(Branch)
    case template(TemplateCall)
    case breakLoop
    case continueLoop
}

/// Where something stands in a template's text.
struct Span: Sendable {
    private let first: UInt32
    private let last: UInt32
    private let marked: UInt32

    var start: Int { Int(first) }
    var end: Int { Int(last) }
    /// Where Go says that it stands: for `.a.b`, the last field.
    var mark: Int { Int(marked) }

    init(_ start: Int, _ end: Int, mark: Int? = nil) {
        first = UInt32(clamping: start)
        last = UInt32(clamping: end)
        marked = UInt32(clamping: mark ?? start)
    }
}

/// `if`, `with` or `range`.
final class Branch: Sendable {
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
final class TemplateCall: TemplatePart, Sendable {
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
        case .text(let span): TextPart(span: span)
        case .action(let pipeline): pipeline
        case .branch(let branch): branch.pipeline
        case .template(let call): call
        case .breakLoop, .continueLoop: TextPart(span: Span(0, 0))
        }
    }
}

/// `$a, $b := command | command`.
final class Pipeline: TemplatePart, Sendable {
    let variables: [String]
    /// `=` instead of `:=`.
    let assigns: Bool
    let first: TemplateCommand
    /// What the first one's value flows into.
    let rest: [TemplateCommand]
    let span: Span

    var commands: [TemplateCommand] { [first] + rest }

    init(variables: [String], assigns: Bool, first: TemplateCommand, rest: [TemplateCommand], span: Span) {
        self.variables = variables
        self.assigns = assigns
        self.first = first
        self.rest = rest
        self.span = span
    }
}

/// An operand with its arguments.
struct TemplateCommand: TemplatePart, Sendable {
    var first: Operand
    var arguments: [Operand]
    var span: Span

    var operands: [Operand] { [first] + arguments }
}

/// One operand and where it stands.
struct Operand: TemplatePart, Sendable {
    enum Kind: Sendable {
        case dot
        case none
        case constant(Constant)
        case field([String])
        case variable(String, [String])
        indirect case chain(Operand, [String])
        case pipeline(Pipeline)
        case function(TemplateFunction)
    }

    var kind: Kind
    var span: Span
}

/// A literal with its text.
///
/// Sendable unchecked: literals are plain values, which share nothing.
final class Constant: @unchecked Sendable {
    let value: TemplateValue
    let text: String

    init(_ value: TemplateValue, _ text: String) {
        self.value = value
        self.text = text
    }
}

/// What was parsed of one text: its own template, which has no name yet, and those that it defines.
final class ParsedText: Sendable {
    struct Definition: Sendable {
        let name: String
        let body: [TemplateNode]
        /// Whether it holds nothing but white space, so that it does not take another's place.
        let isEmpty: Bool
    }

    let body: [TemplateNode]
    let isEmpty: Bool
    let definitions: [Definition]

    init(body: [TemplateNode], isEmpty: Bool, definitions: [Definition]) {
        self.body = body
        self.isEmpty = isEmpty
        self.definitions = definitions
    }
}

/// A named template with the text it came from.
package final class Template {
    package let name: String
    /// The name of the text that defines it, for messages.
    let source: TemplateSource
    let body: [TemplateNode]
    /// Whether it holds nothing but white space, so that it does not take another's place.
    let isEmpty: Bool

    init(name: String, source: TemplateSource, body: [TemplateNode], isEmpty: Bool) {
        self.name = name
        self.source = source
        self.body = body
        self.isEmpty = isEmpty
    }
}

/// A template's text, with what is needed to say where something stands in it.
package final class TemplateSource {
    package let name: String
    /// What origins call it.
    package let file: String
    /// UTF-8; what was not has been replaced.
    let bytes: [UInt8]
    private var lineStarts: [Int]?

    /// What a text is called that a value holds, as `tpl` carries it out.
    static let inline = "gotpl"

    package init(name: String, bytes: [UInt8], file: String? = nil) {
        self.name = name
        self.file = file ?? name
        let isText = Self.isASCII(bytes) || String(validating: bytes, as: UTF8.self) != nil
        self.bytes = isText ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    private static func isASCII(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 {
                    return false
                }
                offset += 8
            }
            return bytes[offset...].allSatisfy { $0 < 0x80 }
        }
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
        return bytes.withUnsafeBufferPointer { String(decoding: $0[span.start..<span.end], as: UTF8.self) }
    }
}
