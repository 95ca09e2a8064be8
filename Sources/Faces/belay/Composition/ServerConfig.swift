import Document
import Git
import Sources
import System

/// What `belay serve --config FILE` serves.
struct ServerConfig: Sendable {
    var state: String?
    var run: String?
    var repositories: [Service.Repository]
    /// How charts are fetched.
    var charts: ChartConfig
    /// Private keys for what is encrypted in git.
    var keys: ServerKeys

    static let schema = FileSchema(
        file: "server.yaml", kind: "Server", summary: "What a service follows, and where it keeps what it keeps.",
        fields: [
            .init("apiVersion", .choice(["belay/v1"]), "The version of this file's form.", isRequired: true),
            .init("kind", .choice(["Server"]), "What this file is.", isRequired: true),
            .init("metadata", .fields([.init("name", .string, "The service's name.")]), "Who the service is."),
            .init(
                "spec",
                .fields([
                    .init(
                        "projects", .list(.fields(project), isEmptyAllowed: false), "The repositories to follow.",
                        isRequired: true),
                    .init("charts", .fields(charts), "How charts are fetched from repositories."),
                    .init("keys", .list(.fields(key)), "Private keys of age that open files encrypted with SOPS."),
                    .init("state", path, "What is kept.", absent: "/var/lib/belay"),
                    .init("run", path, "What a reboot ends.", absent: "/run/belay"),
                ]), "The service.", isRequired: true),
        ])

    private static let path = FileSchema.Shape.text("absolute path") { $0.hasPrefix("/") }
    private static let duration = FileSchema.Shape.text("duration") { Duration(short: $0) != nil }

    private static let project: [FileSchema.Field] = [
        .init(
            "url", .string, "A path, or an address: https://…, ssh://…, git://….", isRequired: true,
            example: "/srv/git/shop.git"),
        .init("branch", .string, "The branch to follow.", absent: "the repository's own"),
        .init("poll", duration, "How often to look at a remote repository.", absent: "15s"),
        .init(
            "credentials",
            .oneOf([
                .init("tokenFile", path, "A file that holds a token for https."),
                .init("keyFile", path, "A private key for ssh."),
            ]), "How to be let in."),
        .init(
            "username", .string, "The name that goes with a token.", absent: "the one that the forge takes for tokens"),
        .init("knownHostsFile", path, "Host keys for ssh.", absent: "/etc/ssh/ssh_known_hosts"),
    ]

    private static let charts: [FileSchema.Field] = [
        .init("keyring", path, "OpenPGP keys that may sign charts, as gpg --export writes them."),
        .init("plainHTTP", .list(.string), "Registries that are spoken to without encryption."),
        .init("credentials", .list(.fields(login)), "How repositories let Belay in."),
    ]

    private static let key: [FileSchema.Field] = [
        .init("name", .string, "The key's name, or its environment's.", isRequired: true, example: "prod"),
        .init(
            "file", path, "The private keys, one a line; or a folder of such files, as a mounted Secret is.",
            isRequired: true, example: "/etc/belay/keys/prod.agekey"),
        .init("environments", .list(.string), "Which environments may use it.", absent: "the one of the key's name"),
    ]

    private static let login: [FileSchema.Field] = [
        .init(
            "repository", .string, "What the addresses of such repositories begin with.", isRequired: true,
            example: "oci://registry.example.org"),
        .init("username", .string, "The name.", isRequired: true),
        .init("passwordFile", path, "A file that holds the password.", isRequired: true),
    ]

    /// - Throws: `Problems` with file, line and column; what cannot be read.
    init(readingFrom path: String) throws {
        let document = try YAML.parseOne(try Files.read(path, limit: 1 << 20), file: SourceFile(path))
        let problems = Self.schema.problems(in: document)
        guard problems.isEmpty else { throw Problems(problems) }
        let spec = document["spec"]
        state = spec?["state"]?.string
        run = spec?["run"]?.string
        repositories = try (spec?["projects"]?.items ?? []).map(Self.repository)
        charts = try Self.charts(spec?["charts"])
        keys = ServerKeys(
            all: (spec?["keys"]?.items ?? []).map { key in
                let name = key["name"]?.string ?? ""
                return ServerKeys.Key(
                    name: name, file: key["file"]?.string ?? "", environments: key["environments"]?.strings ?? [name])
            })
    }

    private static func charts(_ value: Value?) throws -> ChartConfig {
        ChartConfig(
            keyring: value?["keyring"]?.string,
            logins: try (value?["credentials"]?.items ?? []).map { login in
                let text = try Files.text(login["passwordFile"]?.string ?? "", limit: 65536)
                return ChartConfig.Login(
                    repository: login["repository"]?.string ?? "", username: login["username"]?.string ?? "",
                    password: String(text.split(whereSeparator: \.isNewline).first ?? ""))
            },
            plainRegistries: Set((value?["plainHTTP"]?.items ?? []).compactMap(\.string)))
    }

    private static func repository(_ value: Value) throws -> Service.Repository {
        let url = value["url"]?.string ?? ""
        let address: RemoteAddress
        do {
            address = try RemoteAddress(url)
        } catch {
            throw Problem("\(error)", at: value["url"]?.origin ?? value.origin)
        }
        var credentials = Credentials.none
        if let file = value[path: "credentials", "tokenFile"]?.string {
            let token = try Files.text(file, limit: 65536).split(whereSeparator: \.isNewline).first ?? ""
            credentials =
                value["username"]?.string.map { .password(user: $0, password: String(token)) } ?? .token(String(token))
        } else if let file = value[path: "credentials", "keyFile"]?.string {
            credentials = .key(privateKey: try Files.text(file, limit: 65536), passphrase: "")
        }
        let file = value["knownHostsFile"]?.string ?? "/etc/ssh/ssh_known_hosts"
        let hosts = Files.exists(file) ? try Files.text(file) : ""
        let remote = Remote(address, credentials: credentials, knownHosts: hosts)
        let poll = value["poll"]?.string.flatMap { Duration(short: $0) } ?? .seconds(15)
        return Service.Repository(remote: remote, branch: value["branch"]?.string, poll: poll)
    }
}
