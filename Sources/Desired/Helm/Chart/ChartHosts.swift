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
            let pattern = Array(try argument().utf8)
            let found = files.filter { Glob.matches(Array($0.name.utf8), pattern, crossesFolders: false) }
            return .host(ChartFilesObject(files: found))
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

/// What the target cluster offers: `.Capabilities`.
package struct Capabilities: Sendable {
    /// The Kubernetes version, `v1.35.0`.
    package var kubeVersion: String
    /// `apps/v1`, and `apps/v1/Deployment` where kinds are known.
    package var apiVersions: Set<String>

    package init(kubeVersion: String = "v1.35.0", extra: [String] = []) {
        self.kubeVersion = kubeVersion.hasPrefix("v") ? kubeVersion : "v" + kubeVersion
        apiVersions = Self.known.union(extra)
    }

    /// The groups and versions that Kubernetes serves or has served, which charts ask for when no cluster is asked.
    private static let known: Set<String> = {
        var all: Set<String> = ["v1"]
        for line in groups {
            let words = line.split(separator: " ")
            for version in words.dropFirst() { all.insert("\(words[0])/\(version)") }
        }
        return all
    }()

    private static let groups = [
        "admissionregistration.k8s.io v1 v1alpha1 v1beta1", "internal.apiserver.k8s.io v1alpha1",
        "apps v1 v1beta1 v1beta2", "authentication.k8s.io v1 v1alpha1 v1beta1", "authorization.k8s.io v1 v1beta1",
        "autoscaling v1 v2 v2beta1 v2beta2", "batch v1 v1beta1", "certificates.k8s.io v1 v1alpha1 v1beta1",
        "coordination.k8s.io v1 v1alpha2 v1beta1", "discovery.k8s.io v1 v1beta1", "events.k8s.io v1 v1beta1",
        "extensions v1beta1", "flowcontrol.apiserver.k8s.io v1 v1beta1 v1beta2 v1beta3",
        "networking.k8s.io v1 v1beta1", "node.k8s.io v1 v1alpha1 v1beta1", "policy v1 v1beta1",
        "rbac.authorization.k8s.io v1 v1alpha1 v1beta1", "resource.k8s.io v1 v1alpha3 v1beta1 v1beta2",
        "scheduling.k8s.io v1 v1alpha1 v1beta1", "storage.k8s.io v1 v1alpha1 v1beta1",
        "storagemigration.k8s.io v1alpha1 v1beta1", "apiextensions.k8s.io v1 v1beta1",
    ]
}

/// `.Capabilities` and its parts.
enum CapabilityObjects {
    static func all(_ capabilities: Capabilities) -> TemplateValue {
        .map([
            "KubeVersion": .host(KubeVersion(version: capabilities.kubeVersion)),
            "APIVersions": .host(VersionSet(versions: capabilities.apiVersions)),
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
            let parsed = SemanticVersion(version)
            switch name {
            case "Version", "GitVersion", "String": return .string(version)
            case "Major": return .string(parsed.map { String($0.major) } ?? "")
            case "Minor": return .string(parsed.map { String($0.minor) } ?? "")
            default: return nil
            }
        }
    }

    struct VersionSet: HostObject {
        let versions: Set<String>

        var typeName: String { "chartutil.VersionSet" }
        var text: String { GoText.of(plain) }
        var plain: TemplateValue { .list(versions.sorted(by: GoText.precedes).map(TemplateValue.string)) }

        func member(_ name: String, _ arguments: [TemplateValue]) throws -> TemplateValue? {
            guard name == "Has" else { return nil }
            return .bool(versions.contains(arguments.first?.string ?? ""))
        }
    }
}
