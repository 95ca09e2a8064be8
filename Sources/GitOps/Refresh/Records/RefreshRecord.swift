import Document
package import System

/// What is known of one dataset in one environment: what was loaded last, and what went wrong since.
package struct RefreshRecord: Sendable, Hashable {
    /// What was loaded.
    package struct Load: Sendable, Hashable {
        package var at: Timestamp
        /// Who asked for it.
        package var actor: String
        /// Digests, `sha256:…`: of the report, of the rules, and of the schema that the source stated.
        package var report: String
        package var policy: String
        package var schema: String
        /// Rows by table.
        package var rows: [String: Int]
    }

    /// A refresh that is under way, or that a killed service left.
    package struct Attempt: Sendable, Hashable {
        package var since: Timestamp
        package var actor: String
        /// Whether the target was told to take the data, so that it may have it.
        package var isCommitting = false
    }

    /// A refresh that failed.
    package struct Failure: Sendable, Hashable {
        package var at: Timestamp
        package var message: String
    }

    package var load: Load?
    package var attempt: Attempt?
    /// The last refresh, if it failed.
    package var failure: Failure?

    package init() {}

    /// When a refresh was last begun or ended.
    package var lastTime: Timestamp? { [load?.at, attempt?.since, failure?.at].compactMap { $0 }.max() }
}

extension RefreshRecord {
    var value: Value {
        var value: Value = [:]
        if let load {
            var rows = Mapping()
            for (table, count) in load.rows.sorted(by: { $0.key < $1.key }) {
                rows.set(.init(key: .init(table), value: .int(count)))
            }
            value["load"] = [
                "at": .string(load.at.nano), "actor": .string(load.actor), "report": .string(load.report),
                "policy": .string(load.policy), "schema": .string(load.schema), "rows": Value(.mapping(rows)),
            ]
        }
        if let attempt {
            value["attempt"] = [
                "since": .string(attempt.since.nano), "actor": .string(attempt.actor),
                "committing": .bool(attempt.isCommitting),
            ]
        }
        if let failure {
            value["failure"] = ["at": .string(failure.at.nano), "message": .string(failure.message)]
        }
        return value
    }

    /// - Throws: `Problem` for what this service did not write.
    init(_ value: Value) throws(Problem) {
        func text(_ value: Value, _ key: String) throws(Problem) -> String {
            guard let text = value[key]?.string else { throw Problem("\"\(key)\" is missing", at: value.origin) }
            return text
        }
        func time(_ value: Value, _ key: String) throws(Problem) -> Timestamp {
            guard let time = Timestamp(try text(value, key)) else {
                throw Problem("\"\(key)\" is no time", at: value.origin)
            }
            return time
        }
        if let value = value["load"] {
            var rows: [String: Int] = [:]
            for entry in value["rows"]?.fields?.entries ?? [] { rows[entry.key.text] = entry.value.int }
            load = Load(
                at: try time(value, "at"), actor: try text(value, "actor"), report: try text(value, "report"),
                policy: try text(value, "policy"), schema: try text(value, "schema"), rows: rows)
        }
        if let value = value["attempt"] {
            attempt = Attempt(
                since: try time(value, "since"), actor: try text(value, "actor"),
                isCommitting: value["committing"]?.bool ?? true)
        }
        if let value = value["failure"] {
            failure = Failure(at: try time(value, "at"), message: try text(value, "message"))
        }
    }
}
