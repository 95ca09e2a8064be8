/// Reads a template's text into named templates (text/template/parse/parse.go).
struct TemplateParser {
    typealias Token = TemplateLexer.Token

    private var lexer: TemplateLexer
    private let source: TemplateSource
    private let function: (String) -> TemplateFunction?
    /// Tokens that were looked at and not taken: the next one, and the one behind it.
    private var ahead: Token?
    private var behind: Token?
    private var variables: [String] = ["$"]
    private var loopDepth = 0
    private var depth = 0
    private var definitions: [ParsedText.Definition] = []
    /// Literals and paths of fields that stood in the text before: a text has the same ones over and over.
    private var constants: [String: Constant] = [:]
    private var paths: Set<[String]> = []
    private var lastEnd = 0
    /// Blocks and parentheses within one another.
    private static let depthLimit = 200

    /// What ended a list of nodes.
    private enum Terminator { case end, otherwise, endOfText }

    /// - Parameter function: the function of a name; other names are refused, as Go does.
    static func parse(
        _ source: TemplateSource, function: @escaping (String) -> TemplateFunction?
    ) throws -> ParsedText {
        var parser = TemplateParser(source, function)
        let (body, terminator, token) = try parser.list()
        guard terminator == .endOfText else {
            throw parser.lexer.failure("unexpected {{\(parser.lexer.text(token))}}", at: token.start)
        }
        return ParsedText(body: body, isEmpty: parser.isEmpty(body), definitions: parser.definitions)
    }

    private init(_ source: TemplateSource, _ function: @escaping (String) -> TemplateFunction?) {
        lexer = TemplateLexer(source)
        self.source = source
        self.function = function
    }

    /// Whether a body holds nothing but white space.
    private func isEmpty(_ body: [TemplateNode]) -> Bool {
        body.allSatisfy { node in
            if case .text(let span) = node { source.text(span).allSatisfy(\.isWhitespace) } else { false }
        }
    }

    // MARK: Tokens

    private mutating func next() throws -> Token {
        let token: Token
        if let known = ahead {
            token = known
            ahead = behind
            behind = nil
        } else {
            token = try lexer.next()
        }
        lastEnd = token.end
        return token
    }

    private mutating func peek() throws -> Token {
        if let ahead { return ahead }
        let token = try lexer.next()
        ahead = token
        return token
    }

    /// Puts a token back, in front of what was looked at.
    private mutating func putBack(_ token: Token) {
        behind = ahead
        ahead = token
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
            default: "<\(lexer.text(token).prefix(20))>"
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
            case .text: nodes.append(.text(Span(token.start, token.end)))
            case .end: return (nodes, .endOfText, token)
            default:
                if token.kind == .identifier {
                    if lexer.spells(token, "end") {
                        _ = try expect(.rightDelimiter, in: "end")
                        return (nodes, .end, token)
                    }
                    if lexer.spells(token, "else") { return (nodes, .otherwise, token) }
                }
                if let node = try action(token) { nodes.append(node) }
            }
        }
    }

    private mutating func action(_ token: Token) throws -> TemplateNode? {
        guard token.kind == .identifier else { return try plainAction(token) }
        let word = lexer.text(token)
        switch word {
        case "if": return try nested(at: token.start) { try $0.branch(.condition, token) }
        case "with": return try nested(at: token.start) { try $0.branch(.scope, token) }
        case "range": return try nested(at: token.start) { try $0.branch(.loop, token) }
        case "define" where depth == 0:
            try nested(at: token.start) { try $0.definition(token) }
            return nil
        case "block": return try nested(at: token.start) { try $0.block(token) }
        case "template": return try invocation(token)
        case "break", "continue":
            guard loopDepth > 0 else { throw lexer.failure("{{\(word)}} outside {{range}}", at: token.start) }
            _ = try expect(.rightDelimiter, in: word)
            return word == "break" ? .breakLoop : .continueLoop
        case "define", "else", "end": throw unexpected(token, in: "command")
        default: return try plainAction(token)
        }
    }

    private mutating func plainAction(_ token: Token) throws -> TemplateNode {
        putBack(token)
        return .action(try pipeline(in: "command", until: .rightDelimiter))
    }

    private mutating func branch(_ kind: Branch.Kind, _ start: Token) throws -> TemplateNode {
        let outer = variables.count
        defer { variables.removeLast(variables.count - outer) }
        let word = lexer.text(start)
        let condition = try pipeline(in: word, until: .rightDelimiter, isRange: kind == .loop)
        if kind == .loop { loopDepth += 1 }
        var (body, terminator, token) = try list()
        if kind == .loop { loopDepth -= 1 }
        var otherwise: [TemplateNode] = []
        if terminator == .otherwise {
            let following = try peek()
            if following.kind == .identifier, kind != .loop, lexer.text(following) == word {
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
        let definition = ParsedText.Definition(name: name, body: body, isEmpty: isEmpty(body))
        if !definition.isEmpty, definitions.contains(where: { $0.name == name && !$0.isEmpty }) {
            throw lexer.failure("template: multiple definition of template \(GoText.quoted(name))", at: lastEnd)
        }
        definitions.append(definition)
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
        let leading = try peek()
        if leading.kind == end {
            _ = try next()
            throw lexer.failure("missing value for \(context)", at: leading.start)
        }
        let first = try command(in: context, until: end)
        var rest: [TemplateCommand] = []
        while try peek().kind != end {
            let command = try command(in: context, until: end)
            rest.append(command)
        }
        _ = try next()
        // A constant cannot take what flows into it.
        for (index, command) in rest.enumerated() {
            switch command.first.kind {
            case .dot, .none, .constant:
                throw lexer.failure(
                    "non executable command in pipeline stage \(index + 2)", at: command.span.start)
            default: continue
            }
        }
        let span = Span(start, (rest.last ?? first).span.end)
        return Pipeline(variables: names, assigns: assigns, first: first, rest: rest, span: span)
    }

    private mutating func declarations(in context: String, isRange: Bool) throws -> ([String], Bool) {
        var names: [String] = []
        guard try peek().kind == .variable else { return ([], false) }
        let first = try next()
        let following = try peek()
        if following.kind == .declare || following.kind == .assign {
            names = [lexer.text(first)]
        } else if following.kind == .comma, isRange {
            _ = try next()
            names = [lexer.text(first), lexer.text(try expect(.variable, in: "range"))]
        } else {
            putBack(first)
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
        var first: Operand?
        var arguments: [Operand] = []
        while let operand = try self.operand() {
            if first == nil { first = operand } else { arguments.append(operand) }
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
        guard let first else { throw lexer.failure("empty command", at: token.start) }
        let last = arguments.last ?? first
        let span = Span(first.span.start, last.span.end, mark: arguments.isEmpty ? first.span.mark : nil)
        return TemplateCommand(first: first, arguments: arguments, span: span)
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
            fields.append(lexer.name(following))
        }
        guard !fields.isEmpty else { return operand }
        operand.span = Span(token.start, lastEnd, mark: mark)
        switch operand.kind {
        case .field(let names): operand.kind = .field(shared(names + fields))
        case .variable(let name, let names): operand.kind = .variable(name, shared(names + fields))
        case .dot, .none, .constant:
            throw lexer.failure("unexpected . after term \"\(lexer.text(token))\"", at: token.start)
        default: operand = Operand(kind: .chain(operand, fields), span: operand.span)
        }
        return operand
    }

    private mutating func constant(
        _ token: Token, value: (Self, String) throws -> TemplateValue
    ) throws -> Constant {
        let text = lexer.text(token)
        if let known = constants[text] { return known }
        let constant = Constant(try value(self, text), text)
        constants[text] = constant
        return constant
    }

    private mutating func shared(_ path: [String]) -> [String] { paths.insert(path).memberAfterInsert }

    private mutating func term(_ token: Token) throws -> Operand.Kind? {
        switch token.kind {
        case .dot:
            _ = try next()
            return .dot
        case .field:
            _ = try next()
            return .field([lexer.name(token)])
        case .variable:
            _ = try next()
            let name = lexer.text(token)
            guard variables.contains(name) else {
                throw lexer.failure("undefined variable \"\(name)\"", at: token.start)
            }
            return .variable(name, [])
        case .string:
            _ = try next()
            return .constant(try constant(token) { (parser, _) in .string(try parser.unquoted(token)) })
        case .number, .character:
            _ = try next()
            return .constant(
                try constant(token) { (parser, text) in
                    if let value = GoLiteral.number(text) { return value }
                    throw parser.lexer.failure("bad number syntax: \"\(text)\"", at: token.start)
                })
        case .leftParenthesis:
            _ = try next()
            return .pipeline(
                try nested(at: token.start) { try $0.pipeline(in: "parenthesized pipeline", until: .rightParenthesis) })
        case .identifier:
            _ = try next()
            let word = lexer.text(token)
            switch word {
            case "true": return .constant(Constant(.bool(true), "true"))
            case "false": return .constant(Constant(.bool(false), "false"))
            case "nil": return Operand.Kind.none
            default:
                guard let function = function(word) else {
                    throw lexer.failure("function \"\(word)\" not defined", at: token.start)
                }
                return .function(function)
            }
        default: return nil
        }
    }

    private func unquoted(_ token: Token) throws -> String {
        let written = lexer.text(token)
        guard let text = GoLiteral.string(written) else {
            throw lexer.failure("invalid syntax in \(written)", at: token.start)
        }
        return text
    }
}
