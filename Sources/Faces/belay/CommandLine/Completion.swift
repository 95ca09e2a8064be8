/// Completion scripts for shells, written from the command table.
struct Completion {
    let root: Command
    let common: [Option]

    /// - Parameter shell: `bash`, `zsh` or `fish`.
    func script(for shell: String) -> String? {
        switch shell {
        case "bash": bash
        case "zsh": "#compdef belay\nautoload -U +X bashcompinit && bashcompinit\n" + bash
        case "fish": fish
        default: nil
        }
    }

    private var leaves: [(path: [String], command: Command)] {
        func walk(_ command: Command, _ path: [String]) -> [(path: [String], command: Command)] {
            [(path, command)] + command.commands.flatMap { walk($0, path + [$0.name]) }
        }
        return walk(root, [])
    }

    private func words(of command: Command) -> [String] {
        command.commands.map(\.name) + (command.options + common).filter { $0.standing == .own }.map { "--\($0.name)" }
    }

    private var bash: String {
        let cases = leaves.map { path, command in
            "        '\(path.joined(separator: " "))') words='\(words(of: command).joined(separator: " "))' ;;"
        }
        let nouns = root.commands.filter { !$0.commands.isEmpty }.map(\.name).joined(separator: "|")
        return """
            _belay() {
                local current=${COMP_WORDS[COMP_CWORD]} path= words= word
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case $word in -*) continue ;; esac
                    case $path in
                    '') path=$word ;;
                    \(nouns)) path="$path $word" ;;
                    esac
                done
                case $path in
            \(cases.joined(separator: "\n"))
                esac
                COMPREPLY=($(compgen -W "$words" -- "$current"))
                [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
            }
            complete -F _belay belay

            """
    }

    private var fish: String {
        var lines: [String] = []
        for (path, command) in leaves {
            let seen = path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            let condition = path.isEmpty ? "__fish_use_subcommand" : seen
            for next in command.commands {
                lines.append("complete -c belay -f -n '\(condition)' -a \(next.name) -d '\(quoted(next.summary))'")
            }
            for option in command.options {
                let value = option.value == nil ? "" : " -r"
                lines.append(
                    "complete -c belay -n '\(condition)' -l \(option.name)\(value) -d '\(quoted(option.help))'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func quoted(_ text: String) -> String { text.replacing("'", with: "\\'") }
}
