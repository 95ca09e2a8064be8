import Document

/// Carries templates out (text/template/exec.go), within limits.
package final class TemplateEvaluator {
    /// What carrying templates out may cost.
    package struct Limits: Sendable {
        /// Actions, calls and rounds of loops.
        package var steps = 50_000_000
        /// Bytes of all output, that of inner templates included.
        package var output = 512 << 20
        /// Templates within one another.
        package var depth = 100

        package init() {}
    }

    package typealias Function = @Sendable (Arguments) throws -> TemplateValue

    /// By name; later definitions take the place of earlier ones.
    package var templates: [String: Template] = [:]
    package var functions: [String: Function]
    /// What random functions draw from.
    package struct Randomness: Sendable {
        /// A secret: who knows it knows the passwords.
        package var key: [UInt8] = [UInt8](repeating: 0, count: 32)
        /// The application and the digest of its chart.
        package var scope = ""

        package init() {}
    }

    package var random = Randomness()
    /// The instant that `now` gives, in seconds since 1970.
    package var now = 0
    private var calls: [String: Int] = [:]

    /// How often a place has drawn before.
    func countCall(at site: String) -> Int {
        calls[site, default: 0] += 1
        return calls[site, default: 0]
    }

    /// Whether a missing key is an error.
    package var isStrict = false
    package let limits: Limits
    private(set) var steps = 0
    private var outputBytes = 0
    package private(set) var depth = 0
    /// Where the field that was read last stands in a values file.
    private var lastOrigin: Origin?

    package init(functions: [String: Function], limits: Limits = Limits()) {
        self.functions = functions
        self.limits = limits
    }

    /// Reads a text and adds its templates.
    @discardableResult
    package func add(_ source: TemplateSource) throws -> [Template] {
        let parsed = try TemplateParser.parse(source) { self.functions[$0] != nil || Builtins.isShortCircuit($0) }
        for template in parsed {
            if let known = templates[template.name], template.isEmpty, !known.isEmpty { continue }
            templates[template.name] = template
        }
        return parsed
    }

    /// Carries a template out.
    package func run(_ name: String, _ data: TemplateValue) throws -> RenderedText {
        guard let template = templates[name] else {
            throw TemplateError("template: no template \"\(name)\" associated with template \"gotpl\"")
        }
        return try run(template, data)
    }

    package func run(_ template: Template, _ data: TemplateValue) throws -> RenderedText {
        var frame = TemplateFrame(template: template, data: data)
        try enter(template, in: nil) { _ = try walk(template.body, data, &frame) }
        return frame.output
    }

    private func enter(_ template: Template, in frame: TemplateFrame?, _ body: () throws -> Void) throws {
        guard depth < limits.depth else {
            throw TemplateError("exceeded maximum template depth (\(limits.depth)) in \"\(template.name)\"")
        }
        depth += 1
        defer { depth -= 1 }
        try body()
    }

    package func step(_ count: Int = 1) throws {
        steps += count
        if steps > limits.steps { throw TemplateError("the template takes more than \(limits.steps) steps") }
    }

    /// Counts what a function makes against the limit on output.
    package func spend(_ bytes: Int) throws {
        outputBytes += bytes
        if outputBytes > limits.output {
            throw TemplateError("the template writes more than \(limits.output) bytes")
        }
    }

    // MARK: Nodes

    private enum Flow { case normal, breaks, continues }

    private func walk(_ nodes: [TemplateNode], _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
        for node in nodes {
            switch node {
            case .text(let text, let position):
                try spend(text.utf8.count)
                frame.output.append(text, at: position, isVerbatim: true)
            case .action(let pipeline): try action(pipeline, dot, &frame)
            case .branch(let branch):
                let flow = try self.branch(branch, dot, &frame)
                if flow != .normal { return flow }
            case .template(let name, let argument, let span): try invoke(name, argument, span, dot, &frame)
            case .breakLoop: return .breaks
            case .continueLoop: return .continues
            }
        }
        return .normal
    }

    private func action(_ pipeline: Pipeline, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws {
        lastOrigin = nil
        let value = try evaluate(pipeline, dot, &frame)
        guard pipeline.variables.isEmpty else { return }
        let text = value.isNone ? "<no value>" : GoText.of(value)
        try spend(text.utf8.count)
        frame.output.append(text, at: pipeline.span.start, from: Self.readsField(pipeline) ? lastOrigin : nil)
    }

    private static func readsField(_ pipeline: Pipeline) -> Bool {
        guard let first = pipeline.commands.first, first.operands.count == 1 else { return false }
        switch first.operands[0].kind {
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
                guard let item = map.entries[key] else { continue }
                if try round(.string(key), item) == .breaks { break }
            }
        case .host(let object):
            guard case .map(let map) = object.plain else { throw cannotRange(value, pipeline, frame) }
            for key in map.sortedKeys {
                if try round(.string(key), map.entries[key] ?? .none) == .breaks { break }
            }
        case .int(let count), .long(let count):
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
        failure("range can't iterate over \(GoText.of(value))", at: pipeline.span, frame)
    }

    private func invoke(
        _ name: String, _ argument: Pipeline?, _ span: Span, _ dot: TemplateValue, _ frame: inout TemplateFrame
    ) throws {
        guard let template = templates[name] else {
            throw failure("template \"\(name)\" not defined", at: span, frame)
        }
        let data = try argument.map { try evaluate($0, dot, &frame) } ?? .none
        var inner = TemplateFrame(template: template, data: data)
        try enter(template, in: frame) { _ = try walk(template.body, data, &inner) }
        frame.output.append(inner.output, at: span.start)
    }

    // MARK: Pipelines

    private func evaluate(
        _ pipeline: Pipeline, _ dot: TemplateValue, _ frame: inout TemplateFrame, declares: Bool = true
    ) throws -> TemplateValue {
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot, value, &frame) }
        let result = value ?? .none
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
        let first = command.operands[0]
        let hasArguments = command.operands.count > 1 || final != nil
        switch first.kind {
        case .function(let name): return try call(name, command, dot, final, &frame)
        case .field(let path) where hasArguments:
            return try method(dot, path, first, command, dot, final, &frame)
        case .variable(let name, let path) where hasArguments && !path.isEmpty:
            return try method(frame.value(of: name), path, first, command, dot, final, &frame)
        case .chain(let base, let path) where hasArguments:
            let receiver = try evaluate(base, dot, &frame)
            return try method(receiver, path, first, command, dot, final, &frame)
        default:
            if hasArguments {
                let text = frame.template.source.text(first.span)
                throw failure("can't give argument to non-function \(text)", at: first.span, frame)
            }
            if case .none = first.kind { throw failure("nil is not a command", at: first.span, frame) }
            return try evaluate(first, dot, &frame)
        }
    }

    private func evaluate(
        _ operand: Operand, _ dot: TemplateValue, _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        switch operand.kind {
        case .dot: return dot
        case .none: return .none
        case .constant(let value): return value
        case .field(let path): return try fields(of: dot, path, operand, frame)
        case .variable(let name, let path):
            let value = frame.value(of: name)
            return path.isEmpty ? value : try fields(of: value, path, operand, frame)
        case .chain(let base, let path): return try fields(of: try evaluate(base, dot, &frame), path, operand, frame)
        case .pipeline(let pipeline): return try evaluate(pipeline, dot, &frame)
        case .function(let name):
            let command = TemplateCommand(operands: [operand], span: operand.span)
            return try call(name, command, dot, nil, &frame)
        }
    }

    // MARK: Calls

    private func call(
        _ name: String, _ command: TemplateCommand, _ dot: TemplateValue, _ final: TemplateValue?,
        _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        if Builtins.isShortCircuit(name) { return try shortCircuit(name, command, dot, final, &frame) }
        guard let function = functions[name] else {
            throw failure("\"\(name)\" is not a defined function", at: command.span, frame)
        }
        var values: [TemplateValue] = []
        values.reserveCapacity(command.operands.count)
        for operand in command.operands.dropFirst() { values.append(try evaluate(operand, dot, &frame)) }
        if let final { values.append(final) }
        let site = CallSite(source: frame.template.source, offset: command.span.start)
        do {
            return try function(Arguments(name, values, evaluator: self, site: site))
        } catch let error as TemplateError where error.isDeliberate {
            throw error.isPlaced ? error : placed(error, at: command.span, frame)
        } catch let error as ArgumentError {
            throw failure(error.message, at: command.span, frame)
        } catch {
            throw failure("error calling \(name): \(error)", at: command.span, frame)
        }
    }

    private func placed(_ error: TemplateError, at span: Span, _ frame: TemplateFrame) -> TemplateError {
        let place = frame.template.source.place(of: span.start)
        var error = error
        error.source = frame.template.source.name
        error.line = place.line
        error.column = place.column
        error.isPlaced = true
        return error
    }

    private func shortCircuit(
        _ name: String, _ command: TemplateCommand, _ dot: TemplateValue, _ final: TemplateValue?,
        _ frame: inout TemplateFrame
    ) throws -> TemplateValue {
        guard command.operands.count > 1 || final != nil else {
            throw failure("wrong number of args for \(name): want at least 1 got 0", at: command.span, frame)
        }
        var value = TemplateValue.none
        for operand in command.operands.dropFirst() {
            value = try evaluate(operand, dot, &frame)
            if value.isTrue == (name == "or") { return value }
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
        for argument in command.operands.dropFirst() { values.append(try evaluate(argument, dot, &frame)) }
        if let final { values.append(final) }
        if case .host(let object) = receiver {
            do {
                if let result = try object.member(name, values) { return result }
            } catch let error as ArgumentError {
                throw failure(error.message, at: command.span, frame)
            } catch {
                throw failure("error calling \(name): \(error)", at: command.span, frame)
            }
            throw failure("can't evaluate field \(name) in type \(object.typeName)", at: operand.span, frame)
        }
        if receiver.isNone {
            throw failure("nil pointer evaluating interface {}.\(name)", at: operand.span, frame)
        }
        throw failure("\(name) is not a method but has arguments", at: operand.span, frame)
    }

    // MARK: Fields

    private func fields(
        of base: TemplateValue, _ path: [String], _ operand: Operand, _ frame: TemplateFrame
    ) throws -> TemplateValue {
        var value = base
        // Go tells a value that is no value at all, whose fields are none either, from a nil in a map.
        if base.isNone {
            if isStrict { throw failure("nil data; no entry for key \"\(path[0])\"", at: operand.span, frame) }
            return .none
        }
        for name in path {
            switch value {
            case .map(let map):
                if let item = map.entries[name] {
                    value = item
                    lastOrigin = map.origins[name]
                } else {
                    if isStrict {
                        throw failure("map has no entry for key \"\(name)\"", at: operand.span, frame)
                    }
                    value = .none
                }
            case .host(let object):
                guard let member = try object.member(name, []) else {
                    throw failure("can't evaluate field \(name) in type \(object.typeName)", at: operand.span, frame)
                }
                value = member
            case .none: throw failure("nil pointer evaluating interface {}.\(name)", at: operand.span, frame)
            default: throw failure("can't evaluate field \(name) in type interface {}", at: operand.span, frame)
            }
        }
        return value
    }

    // MARK: Errors

    private func failure(_ message: String, at span: Span, _ frame: TemplateFrame) -> TemplateError {
        let source = frame.template.source
        let place = source.place(of: span.mark)
        var context = source.text(span)
        if context.count > 20 { context = context.prefix(20) + "..." }
        return TemplateError(
            "template: \(source.name):\(place.line):\(place.column): executing \"\(frame.template.name)\" at "
                + "<\(context)>: \(message)",
            source: source.name, line: place.line, column: place.column, isPlaced: true)
    }
}
