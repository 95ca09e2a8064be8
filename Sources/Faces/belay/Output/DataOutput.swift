import Document

/// The forms in which a command prints data: `-o table|json|yaml`.
enum DataOutput {
    static let option = Option("output", short: "o", value: "FORMAT", "table, json or yaml (default: table)")

    /// Prints `value` as asked for; `table` makes the form for people.
    static func print(_ value: Value, _ invocation: Invocation, table: () throws -> String) throws {
        switch try invocation.choice("output", of: ["table", "json", "yaml"]) {
        case "json": try Terminal.current.line(JSON.text(value, .indented))
        case "yaml": try Terminal.current.out(YAML.text(value))
        default: try Terminal.current.out(table())
        }
    }
}
