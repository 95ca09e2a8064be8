import Document
import Manifest

/// The files of a configMap, secret, downwardAPI or projected volume, from the objects that they are taken from.
struct VolumePayload {
    let pod: PodSpec
    let fields: DownwardFields
    let configMaps: [String: Manifest]
    let secrets: [String: Manifest]

    /// The names of ConfigMaps and Secrets that a pod's volumes need.
    static func needs(_ volumes: [VolumeDefinition]) -> (configMaps: Set<String>, secrets: Set<String>) {
        var needs = (configMaps: Set<String>(), secrets: Set<String>())
        for volume in volumes {
            guard case .files(let sources, _, _) = volume.source else { continue }
            for source in sources {
                switch source {
                case .configMap(let name, _, _): needs.configMaps.insert(name)
                case .secret(let name, _, _): needs.secrets.insert(name)
                case .downward, .unknown: continue
                }
            }
        }
        return needs
    }

    /// - Throws: `NodeError` naming what is missing and not optional.
    func files(_ sources: [FileSource], mode: Int) throws -> [String: ProjectedFile] {
        var files: [String: ProjectedFile] = [:]
        for source in sources {
            switch source {
            case .configMap(let name, let items, let isOptional):
                let object = try object(name, in: configMaps, kind: "configmap", isOptional)
                try add(object, items, isOptional, mode, to: &files)
            case .secret(let name, let items, let isOptional):
                let object = try object(name, in: secrets, kind: "secret", isOptional)
                try add(object, items, isOptional, mode, to: &files)
            case .downward(let items):
                for item in items { files[item.path] = try downward(item, mode) }
            case .unknown(let kind):
                throw NodeError(reason: "FailedMount", "a projected volume's source \(kind) is not supported")
            }
        }
        return files
    }

    private func object(
        _ name: String, in objects: [String: Manifest], kind: String, _ isOptional: Bool
    ) throws -> Manifest? {
        if let object = objects[name] { return object }
        if isOptional { return nil }
        throw NodeError(reason: "FailedMount", "\(kind) \"\(name)\" not found")
    }

    private func add(
        _ object: Manifest?, _ items: [FileSource.Item]?, _ isOptional: Bool, _ mode: Int,
        to files: inout [String: ProjectedFile]
    ) throws {
        guard let object else { return }
        guard let items else {
            for key in ObjectData.keys(of: object) {
                if let bytes = ObjectData.bytes(object, key) { files[key] = ProjectedFile(bytes: bytes, mode: mode) }
            }
            return
        }
        for item in items {
            if let bytes = ObjectData.bytes(object, item.key) {
                files[item.path] = ProjectedFile(bytes: bytes, mode: item.mode ?? mode)
            } else if !isOptional {
                throw NodeError(
                    reason: "FailedMount",
                    "references non-existent key \(item.key) of \(object.kind.lowercased()) \"\(object.name)\"")
            }
        }
    }

    private func downward(_ item: FileSource.Item, _ mode: Int) throws -> ProjectedFile {
        guard let reference = item.reference else {
            throw NodeError(reason: "FailedMount", "the downward API's file \(item.path) names no field")
        }
        let kind = reference["fieldPath"] != nil ? "fieldRef" : "resourceFieldRef"
        guard let text = fields.value(Value(dictionaryLiteral: (kind, reference)), of: nil) else {
            throw NodeError(reason: "FailedMount", "the field of the downward API's file \(item.path) is not there")
        }
        return ProjectedFile(bytes: Array(text.utf8), mode: item.mode ?? mode)
    }
}
