/// The text of `--help`.
struct Help {
    let command: Command
    let path: [String]
    let common: [Option]

    var text: String {
        var parts = [command.summary + ".", "Usage: \(usage)"]
        if !command.discussion.isEmpty { parts.append(command.discussion) }
        if !command.commands.isEmpty {
            parts.append("Commands:\n" + columns(command.commands.map { ($0.name, $0.summary) }))
        }
        if !command.arguments.isEmpty {
            parts.append("Arguments:\n" + columns(command.arguments.map { ($0.name, $0.help) }))
        }
        let options = command.options.filter { $0.standing == .own }
        if !options.isEmpty {
            parts.append("Options:\n" + columns(options.map { (Self.form($0), $0.help) }))
        }
        parts.append("Everywhere:\n" + columns(common.map { (Self.form($0), $0.help) }))
        return parts.joined(separator: "\n\n") + "\n"
    }

    var usage: String {
        var words = ["belay"] + path
        if !command.commands.isEmpty { words.append(command.isCallable ? "[COMMAND]" : "COMMAND") }
        if !command.options.isEmpty { words.append("[OPTIONS]") }
        for argument in command.arguments {
            let name = argument.name + (argument.repeats ? "…" : "")
            words.append(argument.isOptional ? "[\(name)]" : name)
        }
        if command.takesRest { words.append("-- PROGRAM…") }
        return words.joined(separator: " ")
    }

    private static func form(_ option: Option) -> String {
        let short = option.short.map { "-\($0), " } ?? ""
        return "\(short)--\(option.name)" + (option.value.map { " \($0)" } ?? "")
    }

    private func columns(_ rows: [(String, String)]) -> String {
        let width = min(28, rows.map(\.0.count).max() ?? 0)
        return rows.map { name, help in
            let gap = name.count > width ? "\n" + String(repeating: " ", count: width + 4) : pad(name, width)
            return "  \(name)\(gap)\(help)"
        }.joined(separator: "\n")
    }

    private func pad(_ name: String, _ width: Int) -> String {
        String(repeating: " ", count: width - name.count + 2)
    }
}
