/// Reads a template's text into named templates (text/template/parse/parse.go).
struct TemplateParser {
    typealias Token = TemplateLexer.Token

    private var lexer: TemplateLexer
    private let source: TemplateSource
    private let function: (String) -> TemplateFunction?
    private var pending: [Token] = []
    private var variables: [String] = ["$"]
    private var loopDepth = 0
    private var depth = 0
    private(set) var templates: [Template] = []
    private var lastEnd = 0
    /// Blocks and parentheses within one another.
    private static let depthLimit = 200

    /// What ended a list of nodes.
    private enum Terminator { case end, otherwise, endOfText }

    /// - Parameter function: the function of a name; other names are refused, as Go does.
    static func parse(
        _ source: TemplateSource, function: @escaping (String) -> TemplateFunction?
    ) throws -> [Template] {
        var parser = TemplateParser(source, function)
        let (body, terminator, token) = try parser.list()
        guard terminator == .endOfText else {
            throw parser.lexer.failure("unexpected {{\(token.text)}}", at: token.start)
        }
        // The text's own template comes first, so that a definition of the same name in it wins.
        return [Template(name: source.name, source: source, body: body)] + parser.templates
    }

    private init(_ source: TemplateSource, _ function: @escaping (String) -> TemplateFunction?) {
        lexer = TemplateLexer(source)
        self.source = source
        self.function = function
    }

    // MARK: Tokens

    private mutating func next() throws -> Token {
        let token = try pending.popLast() ?? lexer.next()
        lastEnd = token.end
        return token
    }

    private mutating func peek() throws -> Token {
        if let token = pending.last { return token }
        let token = try lexer.next()
        pending.append(token)
        return token
    }

    private mutating func expect(_ kind: TemplateLexer.Kind, in context: String) throws -> Token {
        let token = try next()
        guard token.kind == kind else { throw unexpected(token, in: context) }
        return token
    }

    private func unexpected(_ token: Token, in context: String) -> TemplateError {
        let text =
            switch token.kind {
            case .end: "EOF"
            case .rightDelimiter: "\"}}\""
            default: "<\(token.text.prefix(20))>"
            }
        return lexer.failure("unexpected \(text) in \(context)", at: token.start)
    }

    private mutating func nested<Result>(at position: Int, _ body: (inout Self) throws -> Result) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw lexer.failure("too many nested blocks", at: position) }
        return try body(&self)
    }

    // MARK: Nodes

    private mutating func list() throws -> ([TemplateNode], Terminator, Token) {
        var nodes: [TemplateNode] = []
        while true {
            let token = try next()
            switch token.kind {
            case .text: nodes.append(.text(token.text, position: token.start))
            case .end: return (nodes, .endOfText, token)
            default:
                if token.kind == .identifier {
                    if token.text == "end" {
                        _ = try expect(.rightDelimiter, in: "end")
                        return (nodes, .end, token)
                    }
                    if token.text == "else" { return (nodes, .otherwise, token) }
                }
                if let node = try action(token) { nodes.append(node) }
            }
        }
    }

    private mutating func action(_ token: Token) throws -> TemplateNode? {
        guard token.kind == .identifier else { return try plainAction(token) }
        switch token.text {
        case "if": return try nested(at: token.start) { try $0.branch(.condition, token) }
        case "with": return try nested(at: token.start) { try $0.branch(.scope, token) }
        case "range": return try nested(at: token.start) { try $0.branch(.loop, token) }
        case "define" where depth == 0:
            try nested(at: token.start) { try $0.definition(token) }
            return nil
        case "block": return try nested(at: token.start) { try $0.block(token) }
        case "template": return try invocation(token)
        case "break", "continue":
            guard loopDepth > 0 else { throw lexer.failure("{{\(token.text)}} outside {{range}}", at: token.start) }
            _ = try expect(.rightDelimiter, in: token.text)
            return token.text == "break" ? .breakLoop : .continueLoop
        case "define", "else", "end": throw unexpected(token, in: "command")
        default: return try plainAction(token)
        }
    }

    private mutating func plainAction(_ token: Token) throws -> TemplateNode {
        pending.append(token)
        return .action(try pipeline(in: "command", until: .rightDelimiter))
    }

    private mutating func branch(_ kind: Branch.Kind, _ start: Token) throws -> TemplateNode {
        let outer = variables.count
        defer { variables.removeLast(variables.count - outer) }
        let condition = try pipeline(in: start.text, until: .rightDelimiter, isRange: kind == .loop)
        if kind == .loop { loopDepth += 1 }
        var (body, terminator, token) = try list()
        if kind == .loop { loopDepth -= 1 }
        var otherwise: [TemplateNode] = []
        if terminator == .otherwise {
            let following = try peek()
            if following.kind == .identifier, following.text == start.text, kind != .loop {
                let again = try next()
                otherwise = [try nested(at: again.start) { try $0.branch(kind, again) }]
                return .branch(Branch(kind: kind, pipeline: condition, body: body, otherwise: otherwise))
            }
            _ = try expect(.rightDelimiter, in: "else")
            (otherwise, terminator, token) = try list()
            if terminator == .otherwise { throw lexer.failure("expected end; found {{else}}", at: token.start) }
        }
        guard terminator == .end else { throw lexer.failure("unexpected EOF", at: token.start) }
        return .branch(Branch(kind: kind, pipeline: condition, body: body, otherwise: otherwise))
    }

    private mutating func body(of name: String) throws {
        let outer = variables
        let outerLoop = loopDepth
        variables = ["$"]
        loopDepth = 0
        // Also when the body is refused: what encloses it counts on its variables.
        defer {
            variables = outer
            loopDepth = outerLoop
        }
        let (body, terminator, token) = try list()
        guard terminator == .end else {
            let found = terminator == .endOfText ? "unexpected EOF" : "unexpected {{else}} in define clause"
            throw lexer.failure(found, at: token.start)
        }
        let template = Template(name: name, source: source, body: body)
        if !template.isEmpty, templates.contains(where: { $0.name == name && !$0.isEmpty }) {
            throw lexer.failure("template: multiple definition of template \(GoText.quoted(name))", at: lastEnd)
        }
        templates.append(template)
    }

    private mutating func definition(_ start: Token) throws {
        let name = try expect(.string, in: "define clause")
        _ = try expect(.rightDelimiter, in: "define clause")
        try body(of: try unquoted(name))
    }

    private mutating func block(_ start: Token) throws -> TemplateNode {
        let name = try unquoted(try expect(.string, in: "block clause"))
        let argument = try pipeline(in: "block clause", until: .rightDelimiter)
        try body(of: name)
        return .template(TemplateCall(name: name, argument, Span(start.start, argument.span.end)))
    }

    private mutating func invocation(_ start: Token) throws -> TemplateNode {
        let token = try expect(.string, in: "template clause")
        let name = try unquoted(token)
        if try peek().kind == .rightDelimiter {
            _ = try next()
            return .template(TemplateCall(name: name, nil, Span(start.start, token.end)))
        }
        let argument = try pipeline(in: "template clause", until: .rightDelimiter)
        return .template(TemplateCall(name: name, argument, Span(start.start, argument.span.end)))
    }

    // MARK: Pipelines

    private mutating func pipeline(
        in context: String, until end: TemplateLexer.Kind, isRange: Bool = false
    ) throws -> Pipeline {
        let start = try peek().start
        let (names, assigns) = try declarations(in: context, isRange: isRange)
        var commands: [TemplateCommand] = []
        while true {
            let token = try peek()
            if token.kind == end {
                let last = commands.last?.span.end ?? token.start
                _ = try next()
                guard !commands.isEmpty else { throw lexer.failure("missing value for \(context)", at: token.start) }
                try check(commands)
                return Pipeline(variables: names, assigns: assigns, commands: commands, span: Span(start, last))
            }
            commands.append(try command(in: context, until: end))
        }
    }

    /// A constant cannot take what flows into it.
    private func check(_ commands: [TemplateCommand]) throws {
        for (index, command) in commands.enumerated().dropFirst() {
            switch command.operands.first?.kind {
            case .dot, .none?, .constant:
                throw lexer.failure(
                    "non executable command in pipeline stage \(index + 1)", at: command.span.start)
            default: continue
            }
        }
    }

    private mutating func declarations(in context: String, isRange: Bool) throws -> ([String], Bool) {
        var names: [String] = []
        guard try peek().kind == .variable else { return ([], false) }
        let first = try next()
        let following = try peek()
        if following.kind == .declare || following.kind == .assign {
            names = [first.text]
        } else if following.kind == .comma, isRange {
            _ = try next()
            names = [first.text, try expect(.variable, in: "range").text]
        } else {
            pending.append(first)
            return ([], false)
        }
        let sign = try next()
        guard sign.kind == .declare || sign.kind == .assign else { throw unexpected(sign, in: context) }
        if sign.kind == .declare {
            variables += names
        } else {
            for name in names where !variables.contains(name) {
                throw lexer.failure("undefined variable \"\(name)\"", at: first.start)
            }
        }
        return (names, sign.kind == .assign)
    }

    private mutating func command(in context: String, until end: TemplateLexer.Kind) throws -> TemplateCommand {
        var operands: [Operand] = []
        while let operand = try self.operand() {
            operands.append(operand)
            let token = try peek()
            if token.kind == .pipe || token.kind == end { break }
            guard token.followsSpace else { throw unexpected(token, in: "operand") }
        }
        let token = try peek()
        if token.kind == .pipe {
            // A pipe that nothing follows is no fault to Go.
            _ = try next()
        } else if token.kind != end {
            throw unexpected(token, in: context)
        }
        guard let first = operands.first, let last = operands.last else {
            throw lexer.failure("empty command", at: token.start)
        }
        let span = Span(first.span.start, last.span.end, mark: operands.count == 1 ? first.span.mark : nil)
        return TemplateCommand(operands: operands, span: span)
    }

    private mutating func operand() throws -> Operand? {
        let token = try peek()
        guard let kind = try term(token) else { return nil }
        var operand = Operand(kind: kind, span: Span(token.start, lastEnd))
        var fields: [String] = []
        var mark = token.start
        while true {
            let following = try peek()
            guard following.kind == .field, !following.followsSpace else { break }
            _ = try next()
            if fields.isEmpty { mark = following.start }
            fields.append(String(following.text.dropFirst()))
        }
        guard !fields.isEmpty else { return operand }
        operand.span = Span(token.start, lastEnd, mark: mark)
        switch operand.kind {
        case .field(let names): operand.kind = .field(names + fields)
        case .variable(let name, let names): operand.kind = .variable(name, names + fields)
        case .dot, .none, .constant:
            throw lexer.failure("unexpected . after term \"\(token.text)\"", at: token.start)
        default: operand = Operand(kind: .chain(operand, fields), span: operand.span)
        }
        return operand
    }

    private mutating func term(_ token: Token) throws -> Operand.Kind? {
        switch token.kind {
        case .dot:
            _ = try next()
            return .dot
        case .field:
            _ = try next()
            return .field([String(token.text.dropFirst())])
        case .variable:
            _ = try next()
            guard variables.contains(token.text) else {
                throw lexer.failure("undefined variable \"\(token.text)\"", at: token.start)
            }
            return .variable(token.text, [])
        case .string:
            _ = try next()
            return .constant(.string(try unquoted(token)), token.text)
        case .number, .character:
            _ = try next()
            guard let value = GoLiteral.number(token.text) else {
                throw lexer.failure("bad number syntax: \"\(token.text)\"", at: token.start)
            }
            return .constant(value, token.text)
        case .leftParenthesis:
            _ = try next()
            return .pipeline(
                try nested(at: token.start) { try $0.pipeline(in: "parenthesized pipeline", until: .rightParenthesis) })
        case .identifier:
            _ = try next()
            switch token.text {
            case "true": return .constant(.bool(true), "true")
            case "false": return .constant(.bool(false), "false")
            case "nil": return Operand.Kind.none
            default:
                guard let function = function(token.text) else {
                    throw lexer.failure("function \"\(token.text)\" not defined", at: token.start)
                }
                return .function(function)
            }
        default: return nil
        }
    }

    private func unquoted(_ token: Token) throws -> String {
        guard let text = GoLiteral.string(token.text) else {
            throw lexer.failure("invalid syntax in \(token.text)", at: token.start)
        }
        return text
    }
}
