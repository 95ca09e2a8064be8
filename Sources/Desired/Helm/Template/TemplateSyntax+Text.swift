// Parts of templates in the words in which Go's messages quote them (text/template/parse, `String`).

extension Pipeline {
    var description: String {
        let names = variables.isEmpty ? "" : variables.joined(separator: ", ") + (assigns ? " = " : " := ")
        return names + commands.map(\.description).joined(separator: " | ")
    }
}

extension TemplateCommand {
    var description: String { operands.map(\.description).joined(separator: " ") }
}

extension Operand {
    var description: String {
        switch kind {
        case .dot: "."
        case .none: "nil"
        case .constant(let constant): constant.text
        case .field(let names): names.map { "." + $0 }.joined()
        case .variable(let name, let names): ([name] + names).joined(separator: ".")
        case .chain(let base, let names): base.description + names.map { "." + $0 }.joined()
        case .pipeline(let pipeline): "(\(pipeline))"
        case .function(let function): function.name
        }
    }
}

extension TemplateCall {
    var description: String {
        "{{template \(GoText.quoted(name))\(argument.map { " \($0)" } ?? "")}}"
    }
}
