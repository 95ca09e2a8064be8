import Document

/// The methods that `.Values` has, and what templates are carried out with (helm/pkg/chartutil/values.go). Go looks for them
/// before it looks for a key of the name.
enum ValuesMethods {
    static let names: Set<String> = ["AsMap", "PathValue", "Table", "YAML"]

    /// - Throws: `TemplateError` where nothing of that kind is at a path; `ArgumentError` for a wrong call.
    static func call(_ name: String, of map: TemplateMap, _ values: [TemplateValue]) throws -> TemplateValue {
        let wanted = name == "Table" || name == "PathValue" ? 1 : 0
        guard values.count == wanted else {
            throw ArgumentError("wrong number of args for \(name): want \(wanted) got \(values.count)")
        }
        if name == "AsMap" { return .map(map) }
        if name == "YAML" {
            return .string(String(decoding: YAML.emit(TemplateValue.map(map).value), as: UTF8.self))
        }
        guard let path = values[0].string else {
            throw ArgumentError("wrong type for value; expected string; got \(values[0].typeName)")
        }
        let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        return name == "Table" ? .map(try table(parts[...], in: map)) : try value(parts, path, in: map)
    }

    private static func table(_ parts: ArraySlice<String>, in map: TemplateMap) throws -> TemplateMap {
        var table = map
        for part in parts {
            guard let inner = table[part]?.map else { throw TemplateError("\(GoText.quoted(part)) is not a table") }
            table = inner
        }
        return table
    }

    private static func value(_ parts: [String], _ path: String, in map: TemplateMap) throws -> TemplateValue {
        if path.isEmpty { throw TemplateError("YAML path cannot be empty") }
        let key = parts[parts.count - 1]
        guard let table = try? table(parts.dropLast(), in: map), let found = table[key], found.map == nil else {
            throw TemplateError("\(GoText.quoted(key)) is not a value")
        }
        return found
    }
}
