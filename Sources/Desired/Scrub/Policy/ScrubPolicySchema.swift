package import Document

extension ScrubPolicy {
    /// What a scrub policy may hold: for `belay explain` and the published JSON Schema.
    package static let schema = FileSchema(
        file: "scrub.yaml", kind: "ScrubPolicy",
        summary: "What is sensitive beyond what Belay finds itself, and what becomes of it in scrubbed environments.",
        fields: [
            .init("apiVersion", .choice(["belay/v1"]), "The version of this file's form.", isRequired: true),
            .init("kind", .choice(["ScrubPolicy"]), "What this file is.", isRequired: true),
            .init("metadata", .fields([.init("name", .string, "The policy's name.")]), "Who the policy is."),
            .init("spec", .fields(spec), "The policy."),
        ])

    private static let spec: [FileSchema.Field] = [
        .init("rules", .list(.fields(rule)), "Rules; the first that matches a field counts."),
        .init("detectors", .fields(detectors), "What detectors look for, and what they leave alone."),
        .init(
            "substitutions", .list(.fields(substitution)),
            "Names of production's that are others elsewhere: hosts, mail domains, buckets."),
        .init("datasets", .list(.fields(DatasetRules.schema)), "Rules for tables and files of data."),
    ]

    private static let environments = FileSchema.Field(
        "environments", .list(.string), "Environments that it holds in.", absent: "every scrubbed one",
        example: ["qa"])

    private static let rule: [FileSchema.Field] = [
        environments,
        .init("kinds", .list(.string), "Kinds of objects that the rule is for.", absent: "all"),
        .init("names", .list(.string), "Names of objects that the rule is for; * stands for any part.", absent: "all"),
        .init("namespaces", .list(.string), "Their namespaces; * stands for any part.", absent: "all"),
        .init(
            "labels", .map(.string), "Labels that they all must have; * stands for any part of a value.",
            absent: "any", example: ["app": "shop"]),
        .init(
            "fields", .list(.string, isEmptyAllowed: false),
            "Paths of fields: * is any key, [*] any item, [name=TOKEN] the item of that name, ** any way down; a key "
                + "with dots is written [\"a.b\"].",
            isRequired: true, example: ["data.supportEmail"]),
        .init(
            "action", .choice(["replace", "keep", "fixed", "regenerate", "map", "refuse", "drop"]),
            "replace: a stable stand-in of the same shape; keep: as it is; fixed: the rule's value; regenerate: a new "
                + "secret of the same type; map: what the table says; refuse: no rendering; drop: without the field.",
            absent: "by the class: regenerate for secret, replace for personal and internal"),
        .init(
            "class", .choice(DataClass.allCases.map(\.rawValue)),
            "What the values are; the leak gate looks for them in scrubbed environments.",
            absent: "as detectors find"),
        .init("value", .string, "fixed: what is written."),
        .init(
            "type", .choice(SecretType.allCases.map(\.rawValue)), "regenerate: what kind of secret is made.",
            absent: "the kind that stands there"),
        .init(
            "to", .map(.string), "map: from each value to the one that takes its place.",
            example: ["db-prod": "db-qa"]),
    ]

    private static let detectors: [FileSchema.Field] = [
        .init(
            "off", .list(.string), "Types of findings that count for nothing; belay scrub detect names them.",
            absent: "none", example: ["ipv4"]),
        .init("allow", .list(.fields(allowance)), "What is known to be open.", absent: "none"),
    ]

    private static let allowance: [FileSchema.Field] = [
        .init("types", .list(.string), "Types of findings that it is for.", absent: "all", example: ["email"]),
        .init("fields", .list(.string), "Paths of fields in which they are open."),
        .init(
            "values", .list(.string), "SHA-256 digests of whole values that are open, never the values.",
            example: ["sha256:…"]),
    ]

    private static let substitution: [FileSchema.Field] = [
        environments,
        .init(
            "names", .map(.string), "From a name of production's to the one that takes its place.", isRequired: true,
            example: ["shop.example.com": "shop.qa.example.com"]),
    ]
}
