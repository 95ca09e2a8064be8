package import Document

/// Carries templates out (text/template/exec.go), within limits.
package final class TemplateEvaluator {
    /// What carrying templates out may cost.
    package struct Limits: Sendable {
        /// Actions, calls and rounds of loops.
        package var steps = 50_000_000
        /// Bytes of all output, that of inner templates included, and of what functions make.
        package var output = 256 << 20
        /// Bytes of one text.
        package var text = 16 << 20
        /// Templates within one another.
        package var depth = 1002
        /// Bytes of stack; who has more of it says so.
        package var stack = 3 << 20

        package init() {}
    }

    package typealias Function = @Sendable (Arguments) throws -> TemplateValue

    /// By name; later definitions take the place of earlier ones.
    package var templates: [String: Template] = [:]
    package let functions: [String: TemplateFunction]
    /// What random functions draw from.
    package struct Randomness: Sendable {
        /// A secret: who knows it knows the passwords.
        package var key: [UInt8] = [UInt8](repeating: 0, count: 32)
        /// The application, and how often its secrets were renewed.
        package var scope = ""

        package init() {}
    }

    /// Live objects, as `lookup` asks for them: `apiVersion`, `kind`, namespace, name; a list when the name is empty.
    package typealias Lookup = @Sendable (String, String, String, String) throws -> Value?
    /// The bytes of a time zone's file (RFC 8536) by its name; nil when there is none of that name.
    package typealias ZoneFile = @Sendable (String) -> [UInt8]?

    package var random = Randomness()
    /// The digest of the chart, which draws depend on as well; asked once, when something is drawn.
    package var chartDigest: () -> String = { "" }
    /// Told when something is drawn.
    package var noteDraw: (@Sendable () -> Void)?
    private lazy var digest = chartDigest()

    /// What all draws of a rendering have in common.
    func drawScope() -> String {
        noteDraw?()
        return "\(random.scope)\0\(digest)"
    }

    /// The instant that `now` gives, in seconds since 1970.
    package var now = 0
    private var calls: [String: Int] = [:]
    /// The calls that led to the template at work, the outermost first.
    private var path: [CallSite] = []
    /// The call that is being made.
    private var site: CallSite?

    /// The places of the calls that lead to one, as a text. What is called from two places draws apart at each, so that
    /// a part of a chart that is switched on changes nothing elsewhere.
    func pathOfCall(_ site: CallSite) -> String {
        (path + [site]).map { "\($0.source.name):\($0.offset)" }.joined(separator: "\0")
    }

    /// How often a place has drawn before.
    func countCall(at site: String) -> Int {
        calls[site, default: 0] += 1
        return calls[site, default: 0]
    }

    /// What a key means that a map has not (text/template, option `missingkey`).
    package enum MissingKeys: Sendable {
        /// Nothing, of which every field is nothing as well.
        case invalid
        /// Nil, which has no fields: Helm's way.
        case zero
        case error
    }

    package var missingKeys = MissingKeys.zero
    /// Whether `required` and `fail` let pass, as when a chart is only checked.
    package var isLenient = false
    /// Answers `lookup`; nil when what is live is not to be seen.
    package var lookup: Lookup?
    /// Where time zones come from; nil makes all of them UTC.
    package var zoneFile: ZoneFile?
    package let limits: Limits
    private(set) var steps = 0
    private var outputBytes = 0
    package private(set) var depth = 0
    /// Where the stack stood when the outermost template began.
    private var stackStart = 0
    /// Whether it is asked later which part of a template, or of the values, wrote what.
    package var tracksOrigins = true
    /// Where the field that was read last stands in a values file.
    private var lastOrigin = Origin.none
    private let parsed: ParsedTemplates

    /// - Parameter parsed: what was parsed before, with the same functions.
    package init(
        functions: [String: TemplateFunction], limits: Limits = Limits(), parsed: ParsedTemplates = ParsedTemplates()
    ) {
        self.functions = functions
        self.limits = limits
        self.parsed = parsed
    }

    /// Reads a text and adds its templates.
    @discardableResult
    package func add(_ source: TemplateSource) throws -> [Template] {
        let (main, definitions) = try parse(source)
        // The text's own template comes first, so that a definition of the same name in it wins.
        let all = [main] + definitions
        add(all)
        return all
    }

    /// The template of a text, and those that it defines.
    func parse(_ source: TemplateSource) throws -> (main: Template, definitions: [Template]) {
        let text = try parsed.text(source) { try TemplateParser.parse(source) { self.functions[$0] } }
        let main = Template(name: source.name, source: source, body: text.body, isEmpty: text.isEmpty)
        return (
            main,
            text.definitions.map { Template(name: $0.name, source: source, body: $0.body, isEmpty: $0.isEmpty) }
        )
    }

    func add(_ parsed: [Template]) {
        for template in parsed {
            if template.isEmpty, let known = templates[template.name], !known.isEmpty { continue }
            templates[template.name] = template
        }
    }

    /// Carries a template out.
    package func run(_ name: String, _ data: TemplateValue, keepsMarks: Bool = false) throws -> RenderedText {
        guard let template = templates[name] else {
            throw TemplateError("template: no template \"\(name)\" associated with template \"gotpl\"")
        }
        return try run(template, data, keepsMarks: keepsMarks)
    }

    package func run(_ template: Template, _ data: TemplateValue, keepsMarks: Bool = false) throws -> RenderedText {
        if depth == 0 {
            site = nil
            stackStart = Self.stackPosition
        }
        guard depth < limits.depth, hasStack else {
            throw TemplateError(
                "rendering template has a nested reference name: \(template.name): unable to execute template")
        }
        depth += 1
        if let site { path.append(site) }
        let mark = site == nil ? path.count : path.count - 1
        defer {
            depth -= 1
            path.removeLast(path.count - mark)
        }
        var frame = TemplateFrame(template: template, data: data, keepsMarks: keepsMarks)
        _ = try walk(template.body, data, &frame)
        return frame.output
    }

    private var hasStack: Bool { (stackStart - Self.stackPosition).magnitude < limits.stack }

    /// The address of what is put on the stack now.
    @inline(never) private static var stackPosition: Int {
        var here = 0
        return withUnsafeMutablePointer(to: &here) { Int(bitPattern: $0) }
    }

    /// Maps that were given other maps or lists, and so may hold themselves.
    private var changed: [ObjectIdentifier: TemplateMap] = [:]

    func remember(_ map: TemplateMap) {
        changed[ObjectIdentifier(map)] = map
    }

    deinit {
        // A map that holds itself would stay for ever.
        for map in changed.values { map.removeAll() }
    }

    private var regexes: [String: Regex] = [:]
    private static let mostRegexes = 500

    /// A pattern, read once: charts use the same ones over and over.
    func regex(_ pattern: String) throws -> Regex {
        if let known = regexes[pattern] { return known }
        try step(200 + pattern.utf8.count)
        let regex = try Regex(pattern) { [unowned self] in try step($0) }
        if regexes.count >= Self.mostRegexes { regexes = [:] }
        regexes[pattern] = regex
        return regex
    }

    package func step(_ count: Int = 1) throws {
        steps += count
        if steps > limits.steps { throw TemplateError("the template takes more than \(limits.steps) steps") }
    }

    /// Counts what a function makes against the limit on output.
    package func spend(_ bytes: Int) throws {
        if bytes > limits.text { throw ValueWalk.tooLong(limits) }
        outputBytes += bytes
        if outputBytes > limits.output {
            throw TemplateError("the template writes more than \(limits.output) bytes")
        }
    }

    // MARK: Nodes

    private enum Flow { case normal, breaks, continues }

    private func walk(_ nodes: [TemplateNode], _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
        for node in nodes {
            do {
                let flow = try walk(node, dot, &frame)
                if flow != .normal { return flow }
            } catch let error as TemplateError where !error.isPlaced {
                throw failure(error, at: node.part, frame)
            }
        }
        return .normal
    }

    private func walk(_ node: TemplateNode, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
        switch node {
        case .text(let span):
            // Where it comes from is kept beside each piece.
            try spend(span.end - span.start + 64)
            frame.output.append(span)
        case .action(let pipeline): try action(pipeline, dot, &frame)
        case .branch(let branch): return try self.branch(branch, dot, &frame)
        case .template(let call): try invoke(call, dot, &frame)
        case .breakLoop: return .breaks
        case .continueLoop: return .continues
        }
        return .normal
    }

    private func action(_ pipeline: Pipeline, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws {
        lastOrigin = .none
        let value = try evaluate(pipeline, dot, &frame)
        guard pipeline.variables.isEmpty else { return }
        try chargePrinting(value)
        let text = value.isNone ? "<no value>" : GoText.of(value)
        try spend(text.utf8.count + 64)
        let isRead = frame.output.keepsMarks && lastOrigin.isKnown && Self.readsField(pipeline)
        frame.output.append(text, at: pipeline.span.start, from: isRead ? lastOrigin : nil)
    }

    private static func readsField(_ pipeline: Pipeline) -> Bool {
        guard pipeline.first.arguments.isEmpty else { return false }
        switch pipeline.first.first.kind {
        case .field, .variable: return true
        default: return false
        }
    }

    private func branch(_ branch: Branch, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
        let mark = frame.variables.count
        defer { frame.variables.removeLast(frame.variables.count - mark) }
        if branch.kind == .loop { return try loop(branch, dot, &frame) }
        let value = try evaluate(branch.pipeline, dot, &frame)
        guard value.isTrue else { return try walk(branch.otherwise, dot, &frame) }
        return try walk(branch.body, branch.kind == .scope ? value : dot, &frame)
    }

    private func loop(_ branch: Branch, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
        let pipeline = branch.pipeline
        let value = try evaluate(pipeline, dot, &frame, declares: false)
        let mark = frame.variables.count
        var rounds = 0
        func round(_ key: TemplateValue, _ item: TemplateValue) throws -> Flow {
            rounds += 1
            try step()
            if pipeline.assigns {
                if let last = pipeline.variables.last { frame.assign(last, item) }
                if pipeline.variables.count > 1 { frame.assign(pipeline.variables[0], key) }
            } else {
                if pipeline.variables.count > 1 { frame.declare(pipeline.variables[0], key) }
                if let last = pipeline.variables.last { frame.declare(last, item) }
            }
            defer { frame.variables.removeLast(frame.variables.count - mark) }
            return try walk(branch.body, item, &frame)
        }
        switch value {
        case .none: break
        case .list, .bytes:
            for (index, item) in (value.list ?? []).enumerated() {
                if try round(.int(index), item) == .breaks { break }
            }
        case .map(let map):
            for key in map.sortedKeys {
                guard let item = map[key] else { continue }
                if try round(.string(key), item) == .breaks { break }
            }
        case .host(let object):
            if let items = value.list {
                for (index, item) in items.enumerated() {
                    if try round(.int(index), item) == .breaks { break }
                }
                break
            }
            guard case .map(let map) = object.plain else { throw cannotRange(value, pipeline, frame) }
            for key in map.sortedKeys {
                if try round(.string(key), map[key] ?? .none) == .breaks { break }
            }
        case .int(let count), .long(let count):
            if pipeline.variables.count > 1 {
                throw failure("can't use \(count) to iterate over more than one variable", at: pipeline, frame)
            }
            var index = 0
            while index < count {
                if try round(.int(index), .int(index)) == .breaks { break }
                index += 1
            }
        default: throw cannotRange(value, pipeline, frame)
        }
        return rounds == 0 ? try walk(branch.otherwise, dot, &frame) : .normal
    }

    private func cannotRange(_ value: TemplateValue, _ pipeline: Pipeline, _ frame: TemplateFrame) -> TemplateError {
        let part: any TemplatePart
        let last = pipeline.rest.last ?? pipeline.first
        part = last.arguments.isEmpty ? last.first : pipeline
        return failure("range can't iterate over \(GoText.of(value))", at: part, frame)
    }

    private func invoke(_ call: TemplateCall, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws {
        guard let template = templates[call.name] else {
            throw failure("template \(GoText.quoted(call.name)) not defined", at: call, frame)
        }
        let data = try call.argument.map { try evaluate($0, dot, &frame) } ?? .none
        var inner = TemplateFrame(template: template, data: data, keepsMarks: frame.output.keepsMarks)
        guard depth < limits.depth, hasStack else {
            throw failure("exceeded maximum template depth (\(limits.depth))", at: call, frame)
        }
        depth += 1
        path.append(CallSite(source: frame.template.source, offset: call.span.start))
        defer {
            depth -= 1
            path.removeLast()
        }
        _ = try walk(template.body, data, &inner)
        frame.output.append(inner.output, at: call.span.start)
    }

    // MARK: Pipelines

    private func evaluate(
        _ pipeline: Pipeline, _ dot: TemplateValue, _ frame: inout TemplateFrame, declares: Bool = true
    ) throws -> TemplateValue {
        var result = try evaluate(pipeline.first, dot, nil, &frame)
        for command in pipeline.rest { result = try evaluate(command, dot, result, &frame) }
        if declares {
            for name in pipeline.variables {
                if pipeline.assigns { frame.assign(name, result) } else { frame.declare(name, result) }
            }
        }
        return result
    }

    private func evaluate(
        _ command: TemplateCommand, _ dot: TemplateValue, _ final: TemplateValue?, _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        try step()
        let first = command.first
        let hasArguments = !command.arguments.isEmpty || final != nil
        switch first.kind {
        case .function(let function): return try call(function, command, dot, final, &frame)
        case .field(let path) where hasArguments:
            return try method(dot, path, first, command, dot, final, &frame)
        case .variable(let name, let path) where hasArguments && !path.isEmpty:
            return try method(frame.value(of: name), path, first, command, dot, final, &frame)
        case .chain(let base, let path) where hasArguments:
            let receiver = try evaluate(base, dot, &frame)
            return try method(receiver, path, first, command, dot, final, &frame)
        default:
            if hasArguments {
                throw failure("can't give argument to non-function \(first)", at: first, frame)
            }
            if case .none = first.kind { throw failure("nil is not a command", at: first, frame) }
            return try evaluate(first, dot, &frame)
        }
    }

    private func evaluate(
        _ operand: Operand, _ dot: TemplateValue, _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        switch operand.kind {
        case .dot: return dot
        case .none: return .none
        case .constant(let constant): return constant.value
        case .field(let path): return try fields(of: dot, path, operand, frame)
        case .variable(let name, let path):
            let value = frame.value(of: name)
            return path.isEmpty ? value : try fields(of: value, path, operand, frame)
        case .chain(let base, let path): return try fields(of: try evaluate(base, dot, &frame), path, operand, frame)
        case .pipeline(let pipeline): return try evaluate(pipeline, dot, &frame)
        case .function(let function):
            let command = TemplateCommand(first: operand, arguments: [], span: operand.span)
            return try call(function, command, dot, nil, &frame)
        }
    }

    // MARK: Calls

    private func call(
        _ function: TemplateFunction, _ command: TemplateCommand, _ dot: TemplateValue, _ final: TemplateValue?,
        _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        let count = command.arguments.count + (final == nil ? 0 : 1)
        if let message = function.refusal(of: count) { throw failure(message, at: command, frame) }
        if function.isShortCircuit { return try shortCircuit(function, command, dot, final, &frame) }
        var values: [TemplateValue] = []
        values.reserveCapacity(count)
        for operand in command.arguments { values.append(try evaluate(operand, dot, &frame)) }
        if let final { values.append(final) }
        let site = CallSite(source: frame.template.source, offset: command.span.start)
        self.site = site
        do {
            try charge(function, values)
            let result = try function.body(Arguments(function.name, values, evaluator: self, site: site))
            try charge(result, of: function, values)
            return result
        } catch let error as ArgumentError {
            throw misfit(error, command, frame)
        } catch {
            throw failure(TemplateError.wrapping(error), at: command, frame, doing: "error calling \(function.name)")
        }
    }

    /// An argument of the wrong type, which Go tells of at the argument; of literals it has words of its own.
    private func misfit(_ error: ArgumentError, _ command: TemplateCommand, _ frame: TemplateFrame) -> TemplateError {
        guard let index = error.index else { return failure(error.message, at: command, frame) }
        guard index < command.arguments.count else {
            return failure(error.message, at: command.arguments.last ?? command.first, frame)
        }
        let operand = command.arguments[index]
        switch operand.kind {
        case .constant(let constant):
            let kind = error.wanted == "int" ? "integer" : error.wanted
            return failure("expected \(kind); found \(constant.text)", at: operand, frame)
        case .none: return failure("cannot assign nil to \(error.wanted)", at: operand, frame)
        default: return failure(error.message, at: operand, frame)
        }
    }

    private func shortCircuit(
        _ function: TemplateFunction, _ command: TemplateCommand, _ dot: TemplateValue, _ final: TemplateValue?,
        _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        let stopsAt = function.name == "or"
        var value = TemplateValue.none
        for operand in command.arguments {
            value = try evaluate(operand, dot, &frame)
            if value.isTrue == stopsAt { return value }
        }
        return final ?? value
    }

    private func method(
        _ receiver: TemplateValue, _ path: [String], _ operand: Operand, _ command: TemplateCommand,
        _ dot: TemplateValue, _ final: TemplateValue?, _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        let receiver = path.count > 1 ? try fields(of: receiver, Array(path.dropLast()), operand, frame) : receiver
        let name = path.last ?? ""
        var values: [TemplateValue] = []
        for argument in command.arguments { values.append(try evaluate(argument, dot, &frame)) }
        if let final { values.append(final) }
        if case .host(let object) = receiver {
            do {
                if let result = try object.member(name, values) { return result }
            } catch let error as ArgumentError {
                throw failure(error.message, at: command, frame)
            } catch {
                throw failure(TemplateError.wrapping(error), at: command, frame, doing: "error calling \(name)")
            }
            throw failure("can't evaluate field \(name) in type \(object.typeName)", at: operand, frame)
        }
        if receiver.isNone {
            throw failure("nil pointer evaluating interface {}.\(name)", at: operand, frame)
        }
        throw failure("\(name) is not a method but has arguments", at: operand, frame)
    }

    // MARK: Fields

    private func fields(
        of base: TemplateValue, _ path: [String], _ operand: Operand, _ frame: TemplateFrame
    ) throws -> TemplateValue {
        var value = base
        // Go tells a value that is no value at all, whose fields are none either, from a nil in a map.
        if base.isNone {
            if missingKeys == .error { throw failure("nil data; no entry for key \"\(path[0])\"", at: operand, frame) }
            return .none
        }
        for name in path {
            switch value {
            case .map(let map):
                if let entry = map.entries[name] {
                    value = entry.value
                    lastOrigin = entry.origin
                } else {
                    switch missingKeys {
                    case .error: throw failure("map has no entry for key \"\(name)\"", at: operand, frame)
                    case .invalid: return .none
                    case .zero: value = .none
                    }
                }
            case .host(let object):
                guard let member = try object.member(name, []) else {
                    throw failure("can't evaluate field \(name) in type \(object.typeName)", at: operand, frame)
                }
                value = member
            case .none: throw failure("nil pointer evaluating interface {}.\(name)", at: operand, frame)
            default: throw failure("can't evaluate field \(name) in type interface {}", at: operand, frame)
            }
        }
        return value
    }

    // MARK: Errors

    private func failure(_ reason: String, at part: any TemplatePart, _ frame: TemplateFrame) -> TemplateError {
        failure(TemplateError(reason), at: part, frame)
    }

    private func failure(
        _ error: TemplateError, at part: any TemplatePart, _ frame: TemplateFrame, doing: String = ""
    ) -> TemplateError {
        let source = frame.template.source
        let place = source.place(of: part.span.mark)
        return error.within(
            TemplateError.Frame(
                source: source.name, file: source.file, line: place.line, column: place.column,
                template: frame.template.name, context: "\(part)", doing: doing))
    }
}
