/// The functions that Helm adds, and those that it changes.
enum HelmFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "include": { arguments in
            try arguments.expect(2)
            return .string(try arguments.evaluator.include(arguments.string(0), arguments[1]))
        },
        "tpl": { arguments in
            try arguments.expect(2)
            return .string(try arguments.evaluator.tpl(arguments.string(0), arguments[1]))
        },
        "required": { arguments in
            let value = try arguments[1]
            if value.isNone || value.string?.isEmpty == true {
                var error = TemplateError(try arguments.string(0))
                error.isDeliberate = true
                throw error
            }
            return value
        },
        // What is live is not known while rendering.
        "lookup": { _ in .map([:]) },
    ]
}

extension TemplateEvaluator {
    /// Carries a named template out into a text.
    func include(_ name: String, _ data: TemplateValue) throws -> String {
        try run(name, data).text
    }

    /// Carries out a template that a value holds. What it defines is forgotten afterwards.
    func tpl(_ text: String, _ data: TemplateValue) throws -> String {
        guard text.utf8.contains(0x7B) else { return text }
        let known = templates
        let outer = templates["gotpl"]
        defer {
            templates = known
            templates["gotpl"] = outer
        }
        do {
            try add(TemplateSource(name: "gotpl", bytes: Array(text.utf8)))
        } catch {
            throw TemplateError("cannot parse template \(GoText.quoted(text)): \(error)")
        }
        do {
            let result = try run("gotpl", data).text
            return Search.replace(result, "<no value>", "")
        } catch let error as TemplateError where error.isDeliberate {
            throw error
        } catch {
            throw TemplateError("error during tpl function execution for \(GoText.quoted(text)): \(error)")
        }
    }
}
