import Document
import Scrub

/// What becomes of statements that carry no rows: allow-listed by kind, since each kind may repeat data elsewhere.
struct StatementJudge {
    enum Verdict: Equatable {
        case keep
        /// Kept where no detector finds anything in it.
        case inspect
        case drop
        case refuse(String)
        /// `SELECT setval(…)`
        case sequence
    }

    let dialect: SQLDialect

    func verdict(on statement: SQLStatement) -> Verdict {
        guard statement.tokens.contains(where: { $0.text != ";" }) else { return .keep }
        return dialect == .postgres ? postgres(statement) : mysql(statement)
    }

    private func postgres(_ statement: SQLStatement) -> Verdict {
        let words = statement.tokens.prefix(8).map(\.text)
        switch words[0] {
        case "select": return select(statement)
        case "set", "reset", "begin", "start", "commit", "end", "drop", "grant", "revoke", "analyze", "lock",
            "truncate",
            "refresh", "vacuum", "reindex", "cluster", "savepoint", "release", "rollback", "abort":
            return .inspect
        case "comment", "security", "import": return .drop
        case "create" where isFilled(statement): return .refuse("CREATE TABLE AS: its rows have no rules")
        case "create", "alter": return definition(words)
        case "copy": return .refuse("COPY other than FROM stdin in the text form")
        case "insert", "update", "delete", "merge", "with", "execute", "prepare", "call", "do", "values", "table":
            return .refuse("\(words[0].uppercased()): its effect on data is not known")
        default: return .refuse("a statement of a kind that is not known")
        }
    }

    /// Whether a table is made of a query's rows.
    private func isFilled(_ statement: SQLStatement) -> Bool {
        let words = statement.tokens.prefix(32).map(\.text)
        guard words.prefix(4).contains("table"), let place = words.firstIndex(of: "as"), place + 1 < words.count else {
            return false
        }
        return ["select", "values", "with", "table", "execute"].contains(words[place + 1])
            && !words[..<place].contains("generated")
    }

    /// Passwords, hosts and accounts live in these.
    private static let connections: Set<String> = [
        "server", "user", "role", "group", "subscription", "tablespace", "system",
    ]

    private func definition(_ words: [String]) -> Verdict {
        let kinds = words.dropFirst().filter { !["or", "replace", "global", "local", "temp"].contains($0) }
        guard let kind = kinds.first else { return .refuse("a statement of a kind that is not known") }
        if Self.connections.contains(kind) || (kind == "foreign" && kinds.dropFirst().first != "table") { return .drop }
        if kind == "database", words[0] == "alter", words.contains("set") { return .drop }
        if kind == "large" { return .refuse("large objects, whose content cannot be looked into") }
        return .inspect
    }

    private func select(_ statement: SQLStatement) -> Verdict {
        var cursor = TokenCursor(statement, from: 1)
        _ = cursor.take("pg_catalog", ".")
        switch cursor.peek() {
        case "setval": return .sequence
        case "set_config": return .inspect
        case "lo_create", "lo_open", "lo_close", "lowrite", "lo_unlink", "lo_from_bytea", "lo_put", "lo_creat":
            return .refuse("large objects, whose content cannot be looked into")
        case "pg_restore_relation_stats", "pg_restore_attribute_stats", "pg_restore_extended_stats": return .drop
        case "pg_extension_config_dump", "create_hypertable", "nextval": return .inspect
        default: return .refuse("SELECT: what it does is not known")
        }
    }

    private func mysql(_ statement: SQLStatement) -> Verdict {
        let words = statement.tokens.prefix(4).map(\.text)
        switch words[0] {
        case "set":
            let isGlobal = statement.tokens.contains { ["gtid_purged", "password"].contains($0.text) }
            return isGlobal ? .drop : .inspect
        case "create" where isFilled(statement): return .refuse("CREATE TABLE AS: its rows have no rules")
        case "use", "create", "alter", "drop", "lock", "unlock", "start", "begin", "commit", "rollback", "truncate",
            "analyze", "flush", "optimize":
            return words.count > 1 && ["user", "role", "server"].contains(words[1]) ? .drop : .inspect
        case "grant", "revoke", "change", "rename", "reset", "purge", "install": return .drop
        case "insert", "replace", "update", "delete", "load", "with", "call", "execute", "prepare", "handler", "do":
            return .refuse("\(words[0].uppercased()): its effect on data is not known")
        default: return .refuse("a statement of a kind that is not known")
        }
    }

    /// The types of secrets and personal data that a statement holds.
    func findings(in statement: SQLStatement) -> [String] {
        guard statement.tokens.contains(where: { $0.kind == .text }) else { return [] }
        var detector = Detector()
        return detector.findings(in: statement.bytes).map(\.type)
    }

    /// The statement's bytes without `DEFINER=…`, which names production's accounts and hosts.
    func withoutDefiner(_ statement: SQLStatement) -> [UInt8] {
        guard dialect == .mysql else { return statement.bytes }
        let tokens = statement.tokens
        var bytes = statement.bytes
        for index in tokens.indices.reversed()
        where tokens[index].kind == .word && tokens[index].text == "definer" && index + 2 < tokens.count
            && tokens[index + 1].text == "="
        {
            var last = index + 2
            if last + 2 < tokens.count, tokens[last + 1].text == "@" { last += 2 }
            if last + 2 < tokens.count, tokens[last + 1].text == "(", tokens[last + 2].text == ")" { last += 2 }
            bytes.removeSubrange(tokens[index].range.lowerBound..<tokens[last].range.upperBound)
        }
        return bytes
    }
}
