/// Evaluates pipelines: commands, calls of functions and methods, and fields.
extension TemplateEvaluator {
    func evaluate(
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

    func evaluate(
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

    func evaluate(
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

    func call(
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
    func misfit(_ error: ArgumentError, _ command: TemplateCommand, _ frame: TemplateFrame) -> TemplateError {
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

    func shortCircuit(
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

    func method(
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
        if case .map(let map) = receiver, map.isValues, ValuesMethods.names.contains(name) {
            return try call(name, of: map, values, command, frame)
        }
        if receiver.isNone {
            throw failure("nil pointer evaluating interface {}.\(name)", at: operand, frame)
        }
        throw failure("\(name) is not a method but has arguments", at: operand, frame)
    }

    /// Calls a method of values.
    private func call(
        _ name: String, of map: TemplateMap, _ values: [TemplateValue], _ part: any TemplatePart, _ frame: TemplateFrame
    ) throws -> TemplateValue {
        do {
            try charge([.map(map)])
            return try ValuesMethods.call(name, of: map, values)
        } catch let error as ArgumentError {
            throw failure(error.message, at: part, frame)
        } catch {
            throw failure(TemplateError.wrapping(error), at: part, frame, doing: "error calling \(name)")
        }
    }

    // MARK: Fields

    func fields(
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
                if map.isValues, ValuesMethods.names.contains(name) {
                    value = try call(name, of: map, [], operand, frame)
                } else if let entry = map.entries[name] {
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

    func failure(_ reason: String, at part: any TemplatePart, _ frame: TemplateFrame) -> TemplateError {
        failure(TemplateError(reason), at: part, frame)
    }

    func failure(
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
