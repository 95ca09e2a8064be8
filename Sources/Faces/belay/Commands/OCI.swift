import ContainerRuntime

/// `belay oci`: what container engines drive runtimes by. Its words are runc's, which this command line's parser is not to
/// look at; nothing else is begun before it.
enum OCI {
    /// The words after `belay oci`, or after a link to the binary that is called `belay-oci`; nil for other commands.
    static func words(_ arguments: [String]) -> [String]? {
        if arguments.first?.split(separator: "/").last == "belay-oci" { return Array(arguments.dropFirst()) }
        guard arguments.count > 1, arguments[1] == "oci" else { return nil }
        return Array(arguments.dropFirst(2))
    }
}

extension Verbs {
    static let ociCommand = Command(
        name: "oci", summary: "Run containers of OCI bundles, with runc's command line",
        discussion: "`belay oci help` lists its commands; as `belay-oci` it serves podman and containerd as a runtime.",
        takesRest: true,
        run: { OCIRuntime.main($0.rest) })
}
