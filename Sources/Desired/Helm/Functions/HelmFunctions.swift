import Document

/// The functions that Helm adds, and those that it changes.
enum HelmFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "include": { arguments in
            .string(try arguments.evaluator.run(arguments.string(0), arguments[1]).text)
        },
        "tpl": { arguments in
            .string(try arguments.evaluator.tpl(arguments.string(0), arguments[1]))
        },
        "required": { arguments in
            let value = try arguments[1]
            guard value.isNone || value.string?.isEmpty == true else { return value }
            if arguments.evaluator.isLenient { return .string("") }
            throw try deliberate(arguments.string(0))
        },
        "fail": { arguments in
            if arguments.evaluator.isLenient { return .string("") }
            throw try deliberate(arguments.string(0))
        },
        "lookup": { arguments in
            let words = try (0..<4).map { try arguments.string($0) }
            guard let lookup = arguments.evaluator.lookup else { return .map([:]) }
            return try lookup(words[0], words[1], words[2], words[3]).map { TemplateValue($0) } ?? .map([:])
        },
    ]

    private static func deliberate(_ message: String) -> TemplateError {
        var error = TemplateError(message)
        error.isDeliberate = true
        return error
    }
}

extension TemplateEvaluator {
    /// Carries out a template that a value holds. What it defines is forgotten afterwards.
    func tpl(_ text: String, _ data: TemplateValue) throws -> String {
        guard text.utf8.contains(0x7B) else { return text }
        try step(20 + text.utf8.count / 4 + templates.count / 8)
        let main: Template
        let definitions: [Template]
        do {
            (main, definitions) = try parse(TemplateSource(name: TemplateSource.inline, bytes: Array(text.utf8)))
        } catch {
            throw TemplateError("cannot parse template \(GoText.quoted(Self.excerpt(text))): \(error)")
        }
        // Most define nothing, and need no table of their own.
        let known = definitions.isEmpty ? nil : templates
        add(definitions)
        defer { if let known { templates = known } }
        do {
            return try run(main, data).withoutMissing.text
        } catch {
            throw TemplateError.wrapping(error).during(
                "error during tpl function execution for \(GoText.quoted(Self.excerpt(text)))")
        }
    }

    /// As much of a text as a message may hold.
    private static func excerpt(_ text: String) -> String {
        text.utf8.count <= 2000 ? text : text.prefix(1000) + "..."
    }
}
