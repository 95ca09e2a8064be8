import Document
import Render
import Scrub
import System

extension Verbs {
    static let serveCommand = Command(
        name: "serve", summary: "Run the service from a config file",
        options: [
            Option("config", short: "c", value: "FILE", "the server's config; see belay explain server"),
            Option("verbose", short: "v", "say more"),
        ],
        run: { invocation in
            guard let file = invocation.value("config") else {
                throw UsageError("--config is missing: the server's config", command: ["serve"])
            }
            let config = try ServerConfig(readingFrom: file)
            let paths = Paths(
                state: invocation.value("state") ?? config.state ?? "/var/lib/belay",
                run: invocation.value("run") ?? config.run ?? "/run/belay")
            let service = Service(
                paths, charts: config.charts, keys: config.keys.decryption,
                log: Log("belay", least: invocation.has("verbose") ? .debug : .info))
            try await Signals.cancelling {
                try await service.run(config.repositories) {
                    service.log.info("serving at \(paths.socket)")
                }
            }
            return 0
        })

    /// Our own kinds of files by the word that `explain` takes.
    static let schemas: [(word: String, schema: FileSchema)] = [
        ("project", Project.schema), ("scrubpolicy", ScrubPolicy.schema), ("dataset", Dataset.schema),
        ("server", ServerConfig.schema),
    ]

    /// A file's JSON Schema as docs/schemas has it, without its last line's end.
    static func published(_ schema: FileSchema) -> String {
        JSON.text(schema.jsonSchema(id: "belay/v1/\(schema.kind)"), .indented)
    }

    static let explainCommand = Command(
        name: "explain", summary: "Say what Belay's own files may hold",
        arguments: [
            Argument(
                name: "FILE[.FIELD]",
                help:
                    "project, scrubpolicy, dataset or server, and a path: project.spec.environments.sync"
            )
        ],
        options: [Option("json-schema", "write the file's JSON Schema")],
        run: { invocation in
            let words = (invocation.argument(0) ?? "").split(separator: ".", maxSplits: 1).map(String.init)
            guard let known = schemas.first(where: { $0.word == words.first?.lowercased() }) else {
                let all = schemas.map(\.word).joined(separator: ", ")
                throw UsageError("there is no file '\(words.first ?? "")'; there are: \(all)", command: ["explain"])
            }
            if invocation.has("json-schema") {
                try Terminal.current.line(published(known.schema))
            } else {
                try Terminal.current.out(try known.schema.explain(words.count == 2 ? words[1] : ""))
            }
            return 0
        })
}
