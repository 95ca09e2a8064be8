package import Document

extension Dataset {
    /// What a file of kind `Dataset` may hold: for `belay explain` and the published JSON Schema.
    package static let schema = FileSchema(
        file: "dataset.yaml", kind: Dataset.kind,
        summary: "Live data that scrubbed environments get a copy of. belay.yaml names the file under spec.datasets.",
        fields: [
            .init("apiVersion", .choice(["belay/v1"]), "The version of this file's form.", isRequired: true),
            .init("kind", .choice([Dataset.kind]), "What this file is.", isRequired: true),
            .init(
                "metadata",
                .fields([.init("name", label, "The dataset's name.", isRequired: true, example: "shop")]),
                "What the dataset is called.", isRequired: true),
            .init("spec", .fields(spec), "Where the data comes from and where it goes.", isRequired: true),
        ])

    private static let label = FileSchema.Shape.text("DNS label") { NameRule.label.allows($0) }
    private static let duration = FileSchema.Shape.text("duration") { GateReader.duration($0) != nil }

    private static let spec: [FileSchema.Field] = [
        .init("from", label, "The environment that has the data.", isRequired: true, example: "prod"),
        .init(
            "to", .list(label, isEmptyAllowed: false), "The scrubbed environments that may get a copy.",
            isRequired: true, example: ["qa"]),
        .init(
            "format", .choice(Format.allCases.map(\.rawValue)), "The form that the data has on its way.",
            absent: "postgres"),
        .init(
            "rules", .string, "What becomes of each table and column: an item of spec.datasets of the scrub policy.",
            absent: "the dataset's name"),
        .init(
            "source", .oneOf(places + [.init("file", .string, "A file of the repository.", example: "data/seed.sql")]),
            "Where the data comes from.", isRequired: true),
        .init(
            "sink", .oneOf(sinkPlaces), "Where it goes. A load that fails leaves the target as it was.",
            isRequired: true),
        .init(
            "schedule", .text("cron schedule") { CronSchedule($0) != nil },
            "When the service refreshes by itself: minute, hour, day, month, weekday, in UTC.",
            absent: "on request only", example: "30 3 * * mon-fri"),
        .init("maxAge", duration, "After what time the copy counts as stale.", absent: "never", example: "7d"),
        .init("deadline", duration, "How long a refresh may take.", absent: "1h"),
    ]

    private static let exec: [FileSchema.Field] = [
        .init(
            "in", .string, "A workload; one of its ready pods is taken.", isRequired: true, example: "deploy/database"),
        .init("container", .string, "Which container.", absent: "the only one"),
        .init(
            "command", .list(.string, isEmptyAllowed: false),
            "The program and its arguments; no shell is put before it.",
            isRequired: true, example: ["pg_dump", "--clean", "--if-exists", "shop"]),
    ]

    private static let schemaCommand = FileSchema.Field(
        "schema", .list(.string),
        "What writes the schema alone, where it would come after the rows: all is judged before a row passes.",
        absent: "pg_dump is asked by itself")

    private static let commit = FileSchema.Field(
        "commit", .list(.string),
        "What puts in place what \"command\" has loaded aside; runs once all is there and verified.",
        absent: "the load is one transaction, which postgres alone allows")

    private static let volume = FileSchema.Field(
        "volume",
        .fields([
            .init("claim", .string, "The PersistentVolumeClaim.", isRequired: true, example: "files"),
            .init("path", .string, "The file on it; as a target it appears at once.", isRequired: true),
        ]), "A file on a volume.")

    private static let places: [FileSchema.Field] = [
        .init("exec", .fields(exec + [schemaCommand]), "A program in a pod."), volume,
    ]

    private static let sinkPlaces: [FileSchema.Field] = [
        .init("exec", .fields(exec + [commit]), "A program in a pod."), volume,
    ]
}
