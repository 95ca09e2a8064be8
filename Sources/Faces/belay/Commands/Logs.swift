import Document
import Manifest
import Transport

extension Verbs {
    static let logsCommand = Command(
        name: "logs", summary: "Show what a container has written",
        arguments: [Argument(name: "POD", help: "a pod, or deploy/NAME for one of its pods")],
        options: [
            Option("namespace", short: "n", value: "NAME", "the pod's namespace (default: looked for in all)"),
            Option("container", short: "c", value: "NAME", "which container (default: the first)"),
            Option("follow", short: "f", "go on as it writes"),
            Option("previous", short: "p", "the container before its last restart"),
            Option("tail", value: "N", "only the last lines"),
            Option("since", value: "TIME", "only what is younger"),
            Option("timestamps", "with the time of each line"),
        ],
        run: { invocation in
            let client = try ServiceClient(invocation)
            let pod = try await PodFinder(client: client, invocation: invocation).find()
            let query: [String: String?] = [
                "container": invocation.value("container") ?? pod.firstContainer,
                "follow": invocation.has("follow") ? "true" : nil,
                "previous": invocation.has("previous") ? "true" : nil,
                "timestamps": invocation.has("timestamps") ? "true" : nil,
                "tailLines": try invocation.number("tail").map(String.init),
                "sinceSeconds": try invocation.duration("since").map { String($0.components.seconds) },
            ]
            let response = try await client.send("GET", pod.path + "/log", query, accept: "*/*")
            for try await chunk in response.body { try Terminal.current.out(String(decoding: chunk, as: UTF8.self)) }
            return 0
        })
}

/// Finds the pod that a person means by its name, or by the object that owns it.
struct PodFinder {
    let client: ServiceClient
    let invocation: Invocation

    struct Pod {
        var namespace: String
        var name: String
        var firstContainer: String?

        var path: String {
            "/api/v1/namespaces/\(ServiceClient.escaped(namespace))/pods/\(ServiceClient.escaped(name))"
        }
    }

    func find() async throws -> Pod {
        let word = invocation.argument(0) ?? ""
        let pods = try await candidates(word)
        guard let first = pods.first else {
            throw ServiceClient.Failure(description: "there is no pod \(word)\n  hint: see belay get pods")
        }
        let namespaces = Set(pods.compactMap(\.namespace))
        guard namespaces.count == 1 else {
            throw UsageError(
                "\(word) is in several namespaces (\(namespaces.sorted().joined(separator: ", "))): name one with -n",
                command: invocation.path)
        }
        let container = first.spec?["containers"]?.items?.first?["name"]?.string
        return Pod(namespace: first.namespace ?? "default", name: first.name, firstContainer: container)
    }

    private func candidates(_ word: String) async throws -> [Manifest] {
        let pods = try await list(try ObjectName(["pods"], command: "logs"))
        guard word.contains("/") else { return pods.filter { $0.name == word } }
        let owner = try ObjectName([word], command: invocation.path.joined(separator: " "))
        if owner.kind.groupVersionKind.kind == "Pod" { return pods.filter { $0.name == owner.name } }
        var collection = owner
        collection.name = nil
        let owners = try await list(collection).filter { $0.name == owner.name }
        let found = pods.filter { pod in
            owners.contains { $0.namespace == pod.namespace && Self.selects($0, pod) }
        }
        // One that serves tells more than one that ends.
        return found.sorted {
            ($0.deletionTimestamp == nil ? 0 : 1, $0.name) < ($1.deletionTimestamp == nil ? 0 : 1, $1.name)
        }
    }

    private func list(_ name: ObjectName) async throws -> [Manifest] {
        let list = try await client.get(name.path(namespace: invocation.value("namespace")))
        return (list["items"]?.items ?? []).map(Manifest.init)
    }

    private static func selects(_ owner: Manifest, _ pod: Manifest) -> Bool {
        let labels =
            owner.spec?[path: "selector", "matchLabels"]?.dictionary ?? owner.spec?["selector"]?.dictionary ?? [:]
        return !labels.isEmpty && labels.allSatisfy { pod.labels[$0.key] == $0.value }
    }
}
