package import Document
import FileTree

extension Project {
    /// What `belay.yaml` may hold: for `belay explain` and the published JSON Schema.
    package static let schema = FileSchema(
        file: Project.fileName, kind: "Project",
        summary: "A repository whose environments Belay keeps as git has them.",
        fields: [
            .init("apiVersion", .choice(["belay/v1"]), "The version of this file's form.", isRequired: true),
            .init("kind", .choice(["Project"]), "What this file is.", isRequired: true),
            .init(
                "metadata", .fields([.init("name", label, "The project's name.", isRequired: true, example: "shop")]),
                "Who the project is.", isRequired: true),
            .init("spec", .fields(spec), "What the project has.", isRequired: true),
        ])

    private static let label = FileSchema.Shape.text("DNS label") { NameRule.label.allows($0) }
    private static let duration = FileSchema.Shape.text("duration") { GateReader.duration($0) != nil }

    private static let spec: [FileSchema.Field] = [
        .init(
            "environments", .list(.fields(environment), isEmptyAllowed: false),
            "The places that applications go to, in the order of promotion.", isRequired: true),
        .init(
            "scrub", .string, "The file that says what is sensitive, for environments that are scrubbed.",
            absent: "every Secret value that production shares is replaced", example: "scrub.yaml"),
        .init(
            "remotes", .list(.fields(remote)),
            "What overlays may use of other repositories as bases; the service fetches it, a rendering never does."),
        .init(
            "charts", .list(.fields(chart)),
            "The charts of repositories that kustomizations name under helmCharts; the service fetches them."),
        .init(
            "datasets", .list(.string),
            "Files of kind Dataset: live data that scrubbed environments get copies of; see belay explain dataset.",
            example: ["data/shop.yaml"]),
    ]

    private static let remote: [FileSchema.Field] = [
        .init(
            "url", .string, "The repository's address, or one with a folder, as kustomizations name it.",
            isRequired: true, example: "https://github.com/org/repo"),
        .init(
            "commit", .text("40 hexadecimal digits") { ContentID(hex: $0) != nil },
            "The commit that is used, whatever a kustomization says behind ?ref=.", isRequired: true),
    ]

    private static let environment: [FileSchema.Field] = [
        .init("name", label, "What people call it.", isRequired: true, example: "dev"),
        .init(
            "namespace", label, "Where namespaced objects go that leave it open; made when it is not there.",
            example: "shop-dev"),
        .init(
            "data", .choice(Environment.DataClass.allCases.map(\.rawValue)),
            "Whether real data may be shown here. A scrubbed environment gets no secret of production's.",
            absent: "scrubbed"),
        .init("cluster", .string, "A cluster that the server's config names.", absent: Environment.localCluster),
        .init(
            "apps", .list(.fields(application), isEmptyAllowed: false),
            "What the applications here are: kustomizations, charts, or folders of manifests.", isRequired: true),
        .init(
            "values", .map(.any), "Values of every chart that is an application here, over the chart's own.",
            example: ["domain": "dev.example.com"]),
        .init(
            "kubeVersion", .string, "The Kubernetes version that charts are told.", absent: "v1.35.0", example: "1.34"),
        .init(
            "apiVersions", .list(.string), "APIs that charts may count on, beside those of every cluster.",
            example: ["monitoring.coreos.com/v1"]),
        .init(
            "rotation", .integer(0...1_000_000),
            "Counted up, what is scrubbed gets new stand-ins, and charts make new random passwords, keys and certificates.",
            absent: "0"),
        .init(
            "lookup", .boolean,
            "Whether charts may look up what is live on the cluster; a scrubbed environment sees no Secrets, and of "
                + "namespaces only its own.", absent: "false"),
        .init("decryption", .fields(decryption), "How files that are encrypted with SOPS are opened."),
        .init("sync", .fields(sync), "How the environment follows git."),
        .init("promote", .fields(promotion), "How the environment gets what runs in another."),
    ]

    private static let application: [FileSchema.Field] = [
        .init(
            "path", .string,
            "A path from the root; * and ? stand for parts of one name, and each match is an application.",
            absent: "the chart says where it comes from", example: "apps/*/overlays/dev"),
        .init("name", label, "The application's name, where the path has no wildcard to give it."),
        .init("chart", .fields(chart), "A chart that is fetched from a repository, in place of a path."),
        .init("release", .string, "chart: the release's name.", absent: "the application's name"),
        .init("values", .any, "chart: values; they count more than those of files."),
        .init("valuesFiles", .list(.string), "chart: files of values, from the root; later ones count more."),
        .init(
            "dependencies", .map(.string),
            "chart: digests by name, of dependencies that Chart.lock names and charts/ does not hold.",
            example: "{redis: sha256:…}"),
        .init(
            "lookup", .boolean, "chart: whether its templates may look up what is live on the cluster.",
            absent: "what the environment says"),
    ]

    private static let chart: [FileSchema.Field] = [
        .init(
            "repository", .string, "A chart repository over HTTP, or a path of an OCI registry.", isRequired: true,
            example: "oci://registry.example.org/charts"),
        .init("name", .string, "The chart's name there.", isRequired: true, example: "redis"),
        .init("version", .string, "The chart's version, exactly.", isRequired: true, example: "17.3.1"),
        .init(
            "digest", .string, "The digest of the chart's archive; `belay chart pin` says it.", isRequired: true,
            example: "sha256:…"),
        .init("verify", .boolean, "Whether its provenance file must be signed by a trusted key.", absent: "false"),
    ]

    private static let decryption: [FileSchema.Field] = [
        .init("provider", .choice(["sops"]), "What the files are encrypted with.", isRequired: true),
        .init(
            "secretRef", .fields([.init("name", .string, "The key's name in the server's config.", isRequired: true)]),
            "Which private key opens them.", absent: "those that the server has for the environment"),
    ]

    private static let sync: [FileSchema.Field] = [
        .init("automatic", .boolean, "Whether a new commit is applied without being asked.", absent: "true"),
        .init("prune", .boolean, "Whether objects that left git are deleted.", absent: "true"),
        .init("selfHeal", .boolean, "Whether live edits of git's fields are taken back.", absent: "true"),
    ]

    private static let promotion: [FileSchema.Field] = [
        .init("from", label, "The environment that it comes from.", isRequired: true, example: "dev"),
        .init(
            "via", .choice(PromotionRule.Way.allCases.map(\.rawValue)), "How the change reaches git.", absent: "commit"),
        .init("gates", .list(.oneOf(gates)), "What must hold first, each of them."),
    ]

    private static let gates: [FileSchema.Field] = [
        .init("healthyFor", duration, "The source has been healthy that long.", example: "10m"),
        .init("verify", .string, "A job of this manifest has succeeded.", example: "jobs/smoke.yaml"),
        .init("approvals", .integer(1...100), "So many people have approved."),
        .init("window", .string, "A time of the week.", example: "Mon-Fri 09:00-17:00 Europe/Lisbon"),
        .init("signed", .boolean, "The commit is signed by a key that the server trusts."),
    ]
}
