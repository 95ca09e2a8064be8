/// Which entries of Secrets are secret.
enum SecretKeys {
    /// What makes an entry secret that its name or its form would else make an open one.
    private static let sensitive = ["pass", "secret", "token", "credential", "private", "apikey", "api_key", "api-key"]
    private static let open: Set<String> = [
        "username", "user", "host", "hostname", "port", "dbname", "database", "db", "endpoint", "region", "email",
        "name",
        "namespace", "type", "server", "registry", "ca", "bucket", "path", "clientid", "client-id", "client_id",
    ]
    private static let openEndings = [
        "user", "username", "host", "port", "database", "_db", "url", "name", "path", "id", ".crt", ".pub", ".cert",
    ]
    /// Whole files of settings, in which a secret may stand or not.
    private static let files = [
        ".properties", ".conf", ".config", ".yaml", ".yml", ".json", ".xml", ".toml", ".ini", ".sh", ".sql", ".txt",
    ]
    private static let placeholders = [
        "changeme", "change-me", "change_me", "replace", "placeholder", "todo", "example", "redacted", "dummy", "your",
        "fixme", "insert",
    ]

    /// Whether somebody who reads the value learns a secret: not one that is public by its name, empty, encrypted or a
    /// placeholder.
    static func isSecret(_ key: String, _ value: String) -> Bool {
        let name = key.lowercased()
        let isNamed = sensitive.contains { name.contains($0) }
        if open.contains(name) || openEndings.contains(where: name.hasSuffix) { return false }
        if !isNamed, files.contains(where: name.hasSuffix) { return false }
        let text = value.lowercased()
        if text.isEmpty || ["null", "true", "false"].contains(text) || text.hasPrefix("enc[") { return false }
        if text.hasPrefix("<") || text.hasPrefix("$") || text.hasPrefix("{{") { return false }
        if text.allSatisfy({ "x*.-_".contains($0) }) { return false }
        return !placeholders.contains { text.contains($0) }
    }
}
