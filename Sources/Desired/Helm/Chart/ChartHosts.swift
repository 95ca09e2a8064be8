import Crypto
import Document

/// `.Files`: what a chart holds beside its templates.
package struct ChartFilesObject: HostObject {
    let files: [Chart.File]

    /// Files by their names, as templates see them.
    package static func value(_ files: [String: [UInt8]]) -> TemplateValue {
        let files = files.sorted { GoText.precedes($0.key, $1.key) }
        return .host(ChartFilesObject(files: files.map { Chart.File(name: $0.key, bytes: $0.value, source: $0.key) }))
    }

    package var typeName: String { "engine.files" }
    package var text: String { GoText.of(plain) }
    package var isTrue: Bool { !files.isEmpty }
    package var kindName: String { "map" }
    package var plain: TemplateValue {
        .map(Dictionary(files.map { ($0.name, .text($0.bytes)) }, uniquingKeysWith: { first, _ in first }))
    }

    package func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
        func argument() throws -> String {
            guard let text = arguments.first?.string else {
                throw ArgumentError("wrong number of args for \(name): want 1 got \(arguments.count)")
            }
            return text
        }
        switch name {
        case "Get": return find(try argument()).map { .text($0.bytes) } ?? .string("")
        case "GetBytes": return .bytes(find(try argument())?.bytes ?? [])
        case "Lines":
            guard let file = find(try argument()) else { return .list([]) }
            var lines = Search.split(String(decoding: file.bytes, as: UTF8.self), "\n")
            if lines.last?.isEmpty == true { lines.removeLast() }
            return .list(lines.map(TemplateValue.string))
        case "Glob":
            // A pattern that is none stands for all files, as in Helm.
            guard let pattern = FilePattern(try argument(), .trees) else { return .host(self) }
            return .host(ChartFilesObject(files: files.filter { pattern.matches($0.name) }))
        case "AsConfig": return .string(document { String(decoding: $0, as: UTF8.self) })
        case "AsSecrets": return .string(document { Base64.encode($0) })
        default: return find(name).map { .text($0.bytes) } ?? TemplateValue.none
        }
    }

    private func find(_ name: String) -> Chart.File? { files.first { $0.name == name } }

    /// The files as a mapping, by their last names.
    private func document(_ content: ([UInt8]) -> String) -> String {
        let map = TemplateMap()
        for file in files { map[PathFunctions.base(file.name)] = .string(content(file.bytes)) }
        let text = YAML.text(TemplateValue.map(map).value)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

/// `.Capabilities` and its parts.
enum CapabilityObjects {
    static func all(_ capabilities: Capabilities) -> TemplateValue {
        .map([
            "KubeVersion": .host(KubeVersion(version: capabilities.kubeVersion)),
            "APIVersions": .host(VersionSet(versions: capabilities.apiVersions, set: Set(capabilities.apiVersions))),
            "HelmVersion": .map([
                "Version": .string("v3.20.1"), "GitCommit": .string(""), "GitTreeState": .string("clean"),
                "GoVersion": .string("go1.25"),
            ]),
        ])
    }

    struct KubeVersion: HostObject {
        let version: String

        var typeName: String { "common.KubeVersion" }
        var text: String { version }
        var plain: TemplateValue { .map(["Version": .string(version)]) }

        func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
            switch name {
            case "Version", "GitVersion", "String": return .string(version)
            case "Major", "Minor":
                let numbers = version.drop { $0 == "v" }.split(separator: ".")
                return .string(numbers.dropFirst(name == "Major" ? 0 : 1).first.map(String.init) ?? "")
            default: return nil
            }
        }
    }

    struct VersionSet: HostObject {
        let versions: [String]
        let set: Set<String>

        var typeName: String { "chartutil.VersionSet" }
        var kindName: String { "slice" }
        var text: String { GoText.of(plain) }
        var plain: TemplateValue { .list(versions.map(TemplateValue.string)) }

        func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
            guard name == "Has" else { return nil }
            return .bool(set.contains(arguments.first?.string ?? ""))
        }
    }
}
