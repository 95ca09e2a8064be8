import Document

/// Walks the nodes of templates: texts, actions, branches, loops and calls of templates.
extension TemplateEvaluator {
    enum Flow { case normal, breaks, continues }

    func walk(_ nodes: [TemplateNode], _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
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

    func walk(_ node: TemplateNode, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
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

    func action(_ pipeline: Pipeline, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws {
        lastOrigin = .none
        let value = try evaluate(pipeline, dot, &frame)
        guard pipeline.variables.isEmpty else { return }
        try chargePrinting(value)
        let text = value.isNone ? "<no value>" : GoText.of(value)
        try spend(text.utf8.count + 64)
        let isRead = frame.output.keepsMarks && lastOrigin.isKnown && Self.readsField(pipeline)
        frame.output.append(text, at: pipeline.span.start, from: isRead ? lastOrigin : nil)
    }

    static func readsField(_ pipeline: Pipeline) -> Bool {
        guard pipeline.first.arguments.isEmpty else { return false }
        switch pipeline.first.first.kind {
        case .field, .variable: return true
        default: return false
        }
    }

    func branch(_ branch: Branch, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
        let mark = frame.variables.count
        defer { frame.variables.removeLast(frame.variables.count - mark) }
        if branch.kind == .loop { return try loop(branch, dot, &frame) }
        let value = try evaluate(branch.pipeline, dot, &frame)
        guard value.isTrue else { return try walk(branch.otherwise, dot, &frame) }
        return try walk(branch.body, branch.kind == .scope ? value : dot, &frame)
    }

    func loop(_ branch: Branch, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws -> Flow {
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

    func cannotRange(_ value: TemplateValue, _ pipeline: Pipeline, _ frame: TemplateFrame) -> TemplateError {
        let part: any TemplatePart
        let last = pipeline.rest.last ?? pipeline.first
        part = last.arguments.isEmpty ? last.first : pipeline
        return failure("range can't iterate over \(GoText.of(value))", at: part, frame)
    }

    func invoke(_ call: TemplateCall, _ dot: TemplateValue, _ frame: inout TemplateFrame) throws {
        guard let template = try template(call.name) else {
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
}
