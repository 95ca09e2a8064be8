package import Document

extension ScrubPolicy {
    /// What a scrub policy may hold: for `belay explain` and the published JSON Schema.
    package static let schema = FileSchema(
        file: "scrub.yaml", kind: "ScrubPolicy",
        summary: "What is sensitive beyond shared Secrets, and what becomes of it in scrubbed environments.",
        fields: [
            .init("apiVersion", .choice(["belay/v1"]), "The version of this file's form.", isRequired: true),
            .init("kind", .choice(["ScrubPolicy"]), "What this file is.", isRequired: true),
            .init("metadata", .fields([.init("name", .string, "The policy's name.")]), "Who the policy is."),
            .init(
                "spec",
                .fields([.init("rules", .list(.fields(rule)), "Rules; the first that matches a field counts.")]),
                "The policy."),
        ])

    private static let rule: [FileSchema.Field] = [
        .init("kinds", .list(.string), "Kinds of objects that the rule is for.", absent: "all"),
        .init("names", .list(.string), "Names of objects that the rule is for; * stands for any part.", absent: "all"),
        .init(
            "fields", .list(.string, isEmptyAllowed: false), "Paths of fields; * stands for any key or item.",
            isRequired: true, example: ["data.supportEmail"]),
        .init(
            "action", .choice(["replace", "keep", "fixed"]),
            "replace: a stable placeholder of the same shape; keep: as it is; fixed: the rule's value.",
            isRequired: true),
        .init("value", .string, "What a fixed rule writes."),
    ]
}
