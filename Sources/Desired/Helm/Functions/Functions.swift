/// The functions that charts may call, by name.
package enum Functions {
    /// Go's own and sprig's, without those that need a chart.
    package static let all: [String: TemplateEvaluator.Function] = merged([
        Builtins.all, StringFunctions.all, ListFunctions.all, MapFunctions.all, NumberFunctions.all, LogicFunctions.all,
        RegexFunctions.all, EncodingFunctions.all, VersionFunctions.all, RandomFunctions.all, PathFunctions.all,
        HelmFunctions.all, DateFunctions.all, AbsentFunctions.all,
    ])

    private static func merged(
        _ tables: [[String: TemplateEvaluator.Function]]
    ) -> [String: TemplateEvaluator.Function] {
        tables.reduce(into: [:]) { $0.merge($1) { _, later in later } }
    }
}
