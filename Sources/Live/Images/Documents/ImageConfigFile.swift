package import Crypto
package import Document

/// An image's config file: how to run it, for what platform, and what its layers unpack to (config.md).
package struct ImageConfigFile: Sendable {
    /// As it was read, or as it is being made: fields that Belay does not know are kept.
    package private(set) var value: Value

    package static let limit = 8 << 20

    /// - Throws: `ImageError.corrupt`.
    package init(_ bytes: [UInt8], _ subject: String) throws(ImageError) {
        do { value = try JSON.parse(bytes, limits: YAML.Limits(bytes: Self.limit, nodes: 400_000, depth: 32)) } catch {
            throw ImageError(.corrupt, "\(subject): the config cannot be read: \(error.message)")
        }
        let texts = value[path: "rootfs", "diff_ids"]?.items ?? []
        guard texts.allSatisfy({ Digest($0.string ?? "") != nil }) else {
            throw ImageError(.corrupt, "\(subject): the config lists layers by what is no digest")
        }
    }

    /// An image without layers.
    package init(platform: Platform) {
        value = ["architecture": .string(platform.architecture), "os": .string(platform.os)]
        if !platform.variant.isEmpty { value["variant"] = .string(platform.variant) }
        value["config"] = .mapping(Mapping())
        value["rootfs"] = ["type": "layers", "diff_ids": []]
        value["history"] = []
    }

    package var bytes: [UInt8] { JSON.emit(value) }

    package var platform: Platform { Platform(value) }

    /// The digests of the layers' tars, lowest first.
    package var diffIDs: [Digest] {
        get { (value[path: "rootfs", "diff_ids"]?.strings ?? []).compactMap { Digest($0) } }
        set { value[path: "rootfs", "diff_ids"] = .sequence(newValue.map { .string($0.description) }) }
    }

    /// When it was made, in RFC 3339.
    package var created: String? {
        get { value["created"]?.string }
        set { value["created"] = newValue.map { .string($0) } }
    }

    /// Adds a line to the history.
    package mutating func addHistory(_ text: String, created: String, isEmptyLayer: Bool) {
        var entry: Value = ["created": .string(created), "created_by": .string(text), "comment": "belay"]
        if isEmptyLayer { entry["empty_layer"] = true }
        value["history"] = .sequence((value["history"]?.items ?? []) + [entry])
    }

    /// How to run it.
    package var config: ImageConfig {
        get {
            let config = value["config"] ?? .null
            return ImageConfig(
                entrypoint: config["Entrypoint"]?.strings ?? [], command: config["Cmd"]?.strings ?? [],
                environment: config["Env"]?.strings ?? [], user: config["User"]?.string ?? "",
                workingFolder: config["WorkingDir"]?.string ?? "", stopSignal: config["StopSignal"]?.string ?? "",
                labels: config["Labels"]?.dictionary ?? [:],
                exposedPorts: config["ExposedPorts"]?.fields?.keys.sorted() ?? [],
                volumes: config["Volumes"]?.fields?.keys.sorted() ?? [])
        }
        set {
            set("Entrypoint", newValue.entrypoint.isEmpty ? nil : .strings(newValue.entrypoint))
            set("Cmd", newValue.command.isEmpty ? nil : .strings(newValue.command))
            set("Env", newValue.environment.isEmpty ? nil : .strings(newValue.environment))
            set("User", newValue.user.isEmpty ? nil : .string(newValue.user))
            set("WorkingDir", newValue.workingFolder.isEmpty ? nil : .string(newValue.workingFolder))
            set("StopSignal", newValue.stopSignal.isEmpty ? nil : .string(newValue.stopSignal))
            set("Labels", newValue.labels.isEmpty ? nil : .strings(newValue.labels))
            set("ExposedPorts", newValue.exposedPorts.isEmpty ? nil : .set(newValue.exposedPorts))
            set("Volumes", newValue.volumes.isEmpty ? nil : .set(newValue.volumes))
        }
    }

    /// Sets a field of `config` that `ImageConfig` does not have: `Healthcheck`, `Shell`, `OnBuild`.
    package mutating func set(_ key: String, _ field: Value?) {
        var config = value["config"] ?? .mapping(Mapping())
        if config.fields == nil { config = .mapping(Mapping()) }
        config[key] = field
        value["config"] = config
    }
}

extension Value {
    package static func strings(_ items: [String]) -> Value { .sequence(items.map { .string($0) }) }

    /// A Go map with empty values.
    fileprivate static func set(_ keys: [String]) -> Value {
        .mapping(Mapping(keys.sorted().map { .init(key: .init($0), value: .mapping(Mapping())) }))
    }
}
