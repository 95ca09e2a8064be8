/// Options of `helm template` and `helm lint` that people's scripts have, and that mean something else here or nothing.
enum HelmFlags {
    /// Those that change nothing of what is printed, in Helm as here: they are about releases.
    private static let idle: [Option] = [
        foreign("atomic", .tolerated), foreign("create-namespace", .tolerated),
        foreign("description", value: "TEXT", .tolerated), foreign("disable-openapi-validation", .tolerated),
        foreign("dry-run", .tolerated), foreign("force", .tolerated), foreign("hide-notes", .tolerated),
        foreign("labels", short: "l", value: "KEY=VALUE,…", .tolerated), foreign("replace", .tolerated),
        foreign("render-subchart-notes", .tolerated), foreign("take-ownership", .tolerated),
        foreign("timeout", value: "TIME", .tolerated), foreign("wait", .tolerated),
        foreign("wait-for-jobs", .tolerated), foreign("debug", .tolerated), foreign("devel", .tolerated),
        foreign("server-side", .tolerated), foreign("force-conflicts", .tolerated),
        foreign("force-replace", .tolerated), foreign("rollback-on-failure", .tolerated),
        foreign("hide-secret", .tolerated), foreign("no-color", .tolerated),
    ]

    /// Those that say where Helm finds a cluster, and keeps its own files.
    private static let places = [
        "kubeconfig", "kube-context", "kube-apiserver", "kube-as-user", "kube-as-group", "kube-ca-file", "kube-token",
        "kube-tls-server-name", "qps", "burst-limit", "color", "registry-config", "repository-cache",
        "repository-config",
    ].map { foreign($0, value: "VALUE", .tolerated) }

    private static let noNetwork =
        "rendering uses no network; pin the chart with belay chart pin, or fetch it with helm pull and name the file"

    /// Those of `helm template`.
    static let template: [Option] =
        idle + places
        + ["repo", "version", "username", "password", "ca-file", "cert-file", "keyring"].map {
            foreign($0, value: "VALUE", .refused(noNetwork))
        }
        + ["insecure-skip-tls-verify", "pass-credentials", "plain-http", "verify"].map {
            foreign($0, .refused(noNetwork))
        } + [
            foreign(
                "dependency-update",
                .refused("rendering uses no network; run belay chart vendor on the chart first, and commit charts/")),
            foreign("enable-dns", .refused("rendering uses no network: getHostByName gives nothing")),
            foreign(
                "validate",
                .refused("rendering asks no cluster; belay diff ENV compares with one, belay lint checks objects")),
            foreign(
                "post-renderer", value: "PROGRAM",
                .refused("rendering starts no program; put a kustomization with helmCharts over the chart")),
            foreign("post-renderer-args", value: "TEXT", .refused("rendering starts no program")),
            foreign(
                "generate-name", short: "g",
                .refused("the name would be another each time; give one with --release, or --name-template")),
        ]

    /// Those of `helm lint`.
    static let lint: [Option] = places + [foreign("quiet", .tolerated), foreign("debug", .tolerated)]

    private static func foreign(
        _ name: String, short: Character? = nil, value: String? = nil, _ standing: Option.Standing
    ) -> Option {
        var option = Option(name, short: short, value: value, repeats: true, "")
        option.standing = standing
        return option
    }
}
