import Crypto
import Document
import Helm
import System

/// One case: what goes in, and what should come out.
struct TemplateCase {
    private let fields: Value

    private let missingKeys: TemplateEvaluator.MissingKeys
    /// What the clock says, in seconds since 1970.
    private let now: Int

    init(_ fields: Value, _ missingKeys: TemplateEvaluator.MissingKeys, now: Int) {
        self.fields = fields
        self.missingKeys = missingKeys
        self.now = now
    }

    /// What is wrong; nil when all is as it should be.
    func verdict() -> String? {
        let outcome = Result { try rendered() }
        if let wanted = self["error"]?.string { return verdict(outcome, error: wanted) }
        switch outcome {
        case .failure(let error): return "fails: \(Self.message(error))"
        case .success(let results):
            for (name, text) in wantedTexts {
                guard let result = results[name] else { return "\(name) is missing" }
                if isVolatile ? result.utf8.count != text.utf8.count && text.isEmpty != result.isEmpty : result != text
                {
                    return "\(name): \(Self.literal(result)), not \(Self.literal(text))"
                }
            }
            return nil
        }
    }

    private func verdict(_ outcome: Result<[String: String], any Error>, error wanted: String) -> String? {
        switch outcome {
        case .success: return "does not fail, but should: \(wanted.prefix(300))"
        case .failure(let error):
            let error = error as? TemplateError
            let forms = [error?.message ?? "", error?.report ?? ""]
            if forms.contains(where: { $0 == wanted || $0.hasPrefix(wanted) }) { return nil }
            return "fails with \(Self.literal(forms[1])), not \(Self.literal(wanted))"
        }
    }

    private subscript(names: String...) -> Value? {
        for name in names {
            if let value = fields[name], !value.isNull { return value }
        }
        return nil
    }

    private var isVolatile: Bool { self["volatile"]?.scalar?.text == "true" }

    private var wantedTexts: [(String, String)] {
        guard let wanted = self["expected", "expect", "out"] else { return [] }
        if let text = wanted.string { return [("test", text)] }
        return (wanted.fields?.entries ?? []).map { ($0.key.text, $0.value.string ?? "") }
    }

    private func rendered() throws -> [String: String] {
        var items: [TemplateBatch.Item] = []
        for entry in self["templates"]?.fields?.entries ?? [] { items.append(item(entry.key.text, entry.value)) }
        var limits = TemplateEvaluator.Limits()
        limits.stack = TemplateBatch.stack
        let evaluator = TemplateEvaluator(functions: Functions.all, limits: limits)
        evaluator.missingKeys = self["strict"]?.scalar?.text == "true" ? .error : missingKeys
        evaluator.now = now
        evaluator.isLenient = self["lint"]?.scalar?.text == "true"
        if let text = self["template", "tpl"]?.string {
            try evaluator.add(TemplateSource(name: "test", bytes: Array(text.utf8)))
            return ["test": try evaluator.run("test", variables).text]
        }
        let outputs = try withDeepStack(TemplateBatch.stack * 4) { try TemplateBatch(items).run(evaluator) }
        return Dictionary(uniqueKeysWithValues: outputs.map { ($0.name, $0.output.text) })
    }

    private var variables: TemplateValue {
        let value = self["variables", "vars"].map { Self.instants(in: TemplateValue($0)) } ?? .none
        // A type that is neither a map nor a basic one: what it holds keeps its fields, and gets its name.
        guard let type = self["type"]?.string, type.contains("."), !type.hasPrefix("map[") else { return value }
        return .host(NamedObject(typeName: type, fields: value))
    }

    /// Instants, which JSON has as texts, and whole numbers, which it does not tell from others.
    private static func instants(in value: TemplateValue) -> TemplateValue {
        switch value {
        case .float(let number): Int(exactly: number).map(TemplateValue.int) ?? value
        case .string(let text): .instant(text) ?? value
        case .map(let map): .map(map.entries.mapValues { instants(in: $0.value) })
        default: value
        }
    }

    private func item(_ name: String, _ value: Value) -> TemplateBatch.Item {
        let text = (value["template"] ?? value["tpl"])?.string ?? ""
        let data = TemplateMap()
        for entry in (value["variables"] ?? value["vals"])?.fields?.entries ?? [] {
            data[entry.key.text] = TemplateValue(entry.value)
        }
        Self.addFiles(to: data)
        let base = value["basePath"]?.string ?? ""
        return .init(TemplateSource(name: name, bytes: Array(text.utf8)), data: .map(data), basePath: base)
    }

    /// `Files` is a mapping of names to contents in base 64, here and in inner charts.
    private static func addFiles(to data: TemplateMap) {
        if let files = data["Files"]?.map {
            data["Files"] = ChartFilesObject.value(
                files.entries.compactMapValues { $0.value.string.flatMap { Base64.decode($0) } })
        }
        for (_, inner) in data["Subcharts"]?.map?.entries ?? [:] {
            if let map = inner.value.map { addFiles(to: map) }
        }
    }

    private static func message(_ error: any Error) -> String {
        (error as? TemplateError)?.message ?? "\(error)"
    }

    private static func literal(_ text: String) -> String {
        let text = text.count > 400 ? "\(text.prefix(250))…\(text.suffix(140))" : text
        return JSON.text(.string(text))
    }
}

/// A value of a Go type of its own.
private struct NamedObject: HostObject {
    let typeName: String
    let fields: TemplateValue

    var text: String { "&{}" }
    var plain: TemplateValue { fields }

    func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? { fields.map?[name] }
}
