import Document
import Helm

/// One template carried out with values written in YAML.
struct Rendered {
    var template: String
    var values = "{}"
    var key: UInt8 = 0
    var scope = ""
    var now = 0
    var missingKeys = TemplateEvaluator.MissingKeys.zero
    var isLenient = false
    var lookup: TemplateEvaluator.Lookup?
    var zoneFile: TemplateEvaluator.ZoneFile?

    init(_ template: String, _ values: String = "{}") {
        self.template = template
        self.values = values
    }

    func text() throws -> String {
        let data = TemplateValue(try YAML.parseOne(Array(values.utf8), file: SourceFile("values.yaml")))
        let evaluator = TemplateEvaluator(functions: Functions.all)
        evaluator.random.key = [UInt8](repeating: key, count: 32)
        evaluator.random.scope = scope
        evaluator.now = now
        evaluator.missingKeys = missingKeys
        evaluator.isLenient = isLenient
        evaluator.lookup = lookup
        evaluator.zoneFile = zoneFile
        try evaluator.add(TemplateSource(name: "test", bytes: Array(template.utf8), file: "templates/test.yaml"))
        return try evaluator.run("test", data).text
    }
}
