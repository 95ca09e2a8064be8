import Document
import Manifest
import System
import Transport

extension Verbs {
    static let getCommand = Command(
        name: "get", summary: "Show live objects",
        arguments: [
            Argument(name: "KIND", help: "pods, deploy/web, services …"),
            Argument(name: "NAME", help: "only this one", isOptional: true),
        ],
        options: [
            Option("namespace", short: "n", value: "NAME", "only this namespace (default: all)"),
            Option("selector", short: "l", value: "LABELS", "only objects with these labels: app=web,tier!=old"),
            Option("watch", short: "w", "go on and show each change"),
            Option("output", short: "o", value: "FORMAT", "table, wide, json, yaml or name (default: table)"),
        ],
        run: { try await GetVerb($0).run() })

    static let eventsCommand = Command(
        name: "events", summary: "Show what happened to live objects, the newest last",
        options: [
            Option("namespace", short: "n", value: "NAME", "only this namespace (default: all)"), DataOutput.option,
        ],
        run: { invocation in
            let client = try ServiceClient(invocation)
            let path = try ObjectName(["events"], command: "events").path(namespace: invocation.value("namespace"))
            let list = try await client.get(path)
            let events = (list["items"]?.items ?? []).sorted { EventRow.time($0) < EventRow.time($1) }
            try DataOutput.print(list, invocation) {
                var table = TextTable(headings: ["AGE", "NAMESPACE", "TYPE", "REASON", "OBJECT", "MESSAGE"])
                table.rows = events.map { EventRow.cells($0, now: .now) }
                return events.isEmpty ? "No events.\n" : table.text
            }
            return 0
        })
}

/// One event as a row.
private enum EventRow {
    static func time(_ event: Value) -> String {
        event["lastTimestamp"]?.string ?? event["eventTime"]?.string ?? event[path: "metadata", "creationTimestamp"]?
            .string
            ?? ""
    }

    static func cells(_ event: Value, now: Timestamp) -> [String] {
        let age = Timestamp(time(event)).map { Age.text(now - $0) } ?? "?"
        let object = event["involvedObject"] ?? event["regarding"]
        let count = event["count"]?.int ?? 1
        return [
            count > 1 ? "\(age) (x\(count))" : age, event[path: "metadata", "namespace"]?.string ?? "",
            event["type"]?.string ?? "", event["reason"]?.string ?? "",
            "\(object?["kind"]?.string?.lowercased() ?? "")/\(object?["name"]?.string ?? "")",
            event["message"]?.string ?? event["note"]?.string ?? "",
        ]
    }
}

/// One run of `belay get`: a client of the Kubernetes API like any other.
private struct GetVerb {
    let invocation: Invocation
    let name: ObjectName
    let client: ServiceClient
    let format: String

    private static let tableType = "application/json;as=Table;v=v1;g=meta.k8s.io"

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        name = try ObjectName(invocation.arguments, command: "get")
        client = try ServiceClient(invocation)
        format = try invocation.choice("output", of: ["table", "wide", "json", "yaml", "name"])
    }

    func run() async throws -> Int32 {
        if invocation.has("watch") { return try await watch() }
        let isTable = format == "table" || format == "wide"
        let path = try await path()
        let response = try await client.send(
            "GET", path, query, accept: isTable ? Self.tableType : "application/json")
        let value = try JSON.parse(try await response.collect(limit: 256 << 20))
        let terminal = Terminal.current
        switch format {
        case "json": try terminal.line(JSON.text(value, .indented))
        case "yaml": try terminal.out(YAML.text(value))
        case "name":
            for object in value["items"]?.items ?? [value] { try terminal.line(Manifest(object).key.short) }
        default: try show(value)
        }
        return 0
    }

    private var query: [String: String?] { ["labelSelector": invocation.value("selector")] }

    /// One object needs its namespace: without `-n` it is looked for in all.
    private func path() async throws -> String {
        guard let wanted = name.name, name.kind.isNamespaced, invocation.value("namespace") == nil else {
            return name.path(namespace: invocation.value("namespace"))
        }
        var collection = name
        collection.name = nil
        let list = try await client.get(collection.path(namespace: nil), ["fieldSelector": "metadata.name=\(wanted)"])
        let found = (list["items"]?.items ?? []).map(Manifest.init)
        guard let first = found.first else {
            throw ServiceClient.Failure(description: "there is no \(name.kind.singular) \(wanted)")
        }
        guard found.count == 1 else {
            let namespaces = found.compactMap(\.namespace).joined(separator: ", ")
            throw UsageError(
                "\(name.kind.singular) \(wanted) is in several namespaces (\(namespaces)): name one with -n",
                command: ["get"])
        }
        return name.path(namespace: first.namespace)
    }

    private func show(_ table: Value) throws {
        let rows = table["rows"]?.items ?? []
        guard !rows.isEmpty else { return Terminal.current.message("No \(name.kind.plural) found.") }
        try Terminal.current.out(text(of: table, rows: rows))
    }

    private func text(of table: Value, rows: [Value]) -> String {
        let columns = table["columnDefinitions"]?.items ?? []
        let shown = columns.indices.filter { format == "wide" || (columns[$0]["priority"]?.int ?? 0) == 0 }
        let hasNamespaces = name.kind.isNamespaced && invocation.value("namespace") == nil
        let titles = shown.map { columns[$0]["name"]?.string?.uppercased() ?? "" }
        var text = TextTable(headings: (hasNamespaces ? ["NAMESPACE"] : []) + titles)
        text.rows = rows.map { row in
            let cells = row["cells"]?.items ?? []
            let namespace = row[path: "object", "metadata", "namespace"]?.string ?? ""
            return (hasNamespaces ? [namespace] : [])
                + shown.map { $0 < cells.count ? cells[$0].scalar?.text ?? "" : "" }
        }
        return text.text
    }

    private func watch() async throws -> Int32 {
        var query = query
        query["watch"] = "true"
        var collection = name
        collection.name = nil
        if let wanted = name.name { query["fieldSelector"] = "metadata.name=\(wanted)" }
        let isTable = format == "table" || format == "wide"
        let response = try await client.send(
            "GET", collection.path(namespace: invocation.value("namespace")), query,
            accept: isTable ? Self.tableType : "application/json")
        var lines = LineSplitter()
        var isFirst = true
        for try await chunk in response.body {
            for line in lines.add(chunk) {
                let event = try JSON.parse(line)
                guard let object = event["object"], event["type"]?.string != "BOOKMARK" else { continue }
                guard isTable else {
                    try Terminal.current.line(JSON.text(event))
                    continue
                }
                let table = text(of: object, rows: object["rows"]?.items ?? [])
                // The headings stand once; what follows is a row an event.
                try Terminal.current.out(isFirst ? table : String(table.drop { $0 != "\n" }.dropFirst()))
                isFirst = false
            }
        }
        return 0
    }
}

/// Lines out of chunks of bytes.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that are whole now, without their newlines.
    mutating func add(_ chunk: [UInt8]) -> [[UInt8]] {
        rest += chunk
        var lines: [[UInt8]] = []
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: 10) {
            lines.append(Array(rest[start..<end]))
            start = end + 1
        }
        rest.removeFirst(start)
        return lines
    }
}
