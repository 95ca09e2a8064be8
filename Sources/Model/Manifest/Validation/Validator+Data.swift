import Document

/// Volumes, claims, ConfigMaps and Secrets.
extension Validator {
    private static let volumeSources = [
        "emptyDir", "configMap", "secret", "hostPath", "persistentVolumeClaim", "downwardAPI", "projected", "ephemeral",
        "csi", "nfs", "image", "iscsi", "fc", "glusterfs", "rbd", "cephfs", "flexVolume", "cinder", "flocker",
        "awsElasticBlockStore", "gcePersistentDisk", "azureDisk", "azureFile", "vsphereVolume", "quobyte",
        "portworxVolume", "scaleIO", "storageos", "photonPersistentDisk", "gitRepo",
    ]

    /// Checks volumes and returns their names.
    mutating func volumes(_ volumes: Field) -> Set<String> {
        var names: [(String, Field)] = []
        for volume in list(volumes) {
            if let name = dnsLabel(volume["name"], isRequired: true) { names.append((name, volume["name"])) }
            let given = Self.volumeSources.filter { volume[$0].exists }
            if given.count > 1 {
                add(.forbidden, volume, "must have only one source, and has \(given.joined(separator: " and "))")
            }
            // A volume of no source is an empty directory; one of an unknown source is left to the node.
            switch given.first {
            case "hostPath": _ = text(volume["hostPath"]["path"], isRequired: true)
            case "secret": _ = text(volume["secret"]["secretName"], isRequired: true)
            case "configMap": _ = text(volume["configMap"]["name"], isRequired: true)
            case "persistentVolumeClaim": _ = text(volume["persistentVolumeClaim"]["claimName"], isRequired: true)
            case "emptyDir": quantity(volume["emptyDir"]["sizeLimit"])
            default: break
            }
            for source in ["configMap", "secret"] { keyPaths(volume[source]) }
        }
        unique(names) { "\"\($0)\"" }
        return Set(names.map(\.0))
    }

    /// Which keys become which files.
    private mutating func keyPaths(_ source: Field) {
        number(source["defaultMode"], 0...0o777)
        for item in list(source["items"]) {
            _ = text(item["key"], isRequired: true)
            number(item["mode"], 0...0o777)
            if let path = text(item["path"], isRequired: true),
                path.hasPrefix("/") || path.split(separator: "/").contains("..")
            {
                add(.invalid, item["path"], "is \"\(path)\" and must be a relative path without \"..\"")
            }
        }
    }

    private static let mebibyte = 1_048_576

    mutating func configMap(_ root: Field) {
        data(root["data"])
        data(root["binaryData"])
        flag(root["immutable"])
        for (key, field) in root["binaryData"].entries where root["data"][key].exists {
            add(.invalid, field, "has a key that data has too")
        }
        size(of: [root["data"], root["binaryData"]], root)
    }

    mutating func secret(_ root: Field) {
        data(root["data"])
        data(root["stringData"])
        flag(root["immutable"])
        _ = text(root["type"])
        for (_, field) in root["data"].entries {
            guard let text = field.string, !Self.isBase64(text) else { continue }
            add(.invalid, field, "must be base64; put plain text under stringData")
        }
        size(of: [root["data"], root["stringData"]], root)
        let wanted: [String: [String]] = [
            "kubernetes.io/tls": ["tls.crt", "tls.key"], "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
            "kubernetes.io/ssh-auth": ["ssh-privatekey"],
        ]
        for key in wanted[root["type"].string ?? ""] ?? []
        where root["data"].value?[key] == nil && root["stringData"].value?[key] == nil {
            add(.required, root["data"], "must have the key \(key), as a secret of type \(root["type"].string ?? "")")
        }
    }

    private mutating func data(_ data: Field) {
        textMap(data)
        for (key, field) in data.entries where !LabelSyntax.isDataKey(key) {
            add(
                .invalid, field,
                "has the key \"\(key)\", which must be letters, digits, \"-\", \"_\" and \".\", at most 253")
        }
    }

    private mutating func size(of data: [Field], _ root: Field) {
        let size = data.flatMap(\.entries).reduce(0) { $0 + ($1.field.string?.utf8.count ?? 0) }
        if size > Self.mebibyte { add(.tooLong, data[0], "take \(size) bytes together, more than \(Self.mebibyte)") }
    }

    /// Whether a text is standard base64 with padding; line breaks may stand in it.
    private static func isBase64(_ text: String) -> Bool {
        let bytes = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return bytes.count % 4 == 0 && padding <= 2
            && bytes.dropLast(padding).allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
            }
    }

    private static let accessModes = ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]

    mutating func claim(_ spec: Field) {
        guard require(spec) else { return }
        for mode in list(spec["accessModes"], isRequired: true) { choice(mode, Self.accessModes) }
        choice(spec["volumeMode"], ["Filesystem", "Block"])
        let storage = spec["resources"]["requests"]["storage"]
        if require(storage), quantity(storage) == Quantity(0) { add(.invalid, storage, "must be more than 0") }
        selector(spec["selector"])
    }

    mutating func persistentVolume(_ spec: Field) {
        guard require(spec) else { return }
        for mode in list(spec["accessModes"], isRequired: true) { choice(mode, Self.accessModes) }
        choice(spec["persistentVolumeReclaimPolicy"], ["Retain", "Delete", "Recycle"])
        if require(spec["capacity"]["storage"]) { quantity(spec["capacity"]["storage"]) }
    }
}
