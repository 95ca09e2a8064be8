import Cluster
import Crypto
import Document

/// Objects in Kubernetes' protobuf form, which `kubectl create namespace|configmap|secret|serviceaccount` sends.
///
/// The envelope is `k8s\0` and a `runtime.Unknown`; the fields are those of `generated.proto` in k8s.io/api. Only these
/// small kinds are known; a field or kind that is not ends in 415, never in an object that lacks something.
enum ProtobufObject {
    private indirect enum Form: Sendable {
        case string
        case bytes
        case integer
        case bool
        case time
        case message([Int: (String, Form)])
        case list(Form)
        case map(Form)
    }

    private static let magic = Array("k8s\u{0}".utf8)

    /// - Throws: `ClusterError.unsupportedMediaType` for a kind or a field that is not known here.
    static func value(of bytes: [UInt8]) throws(ClusterError) -> Value {
        guard bytes.starts(with: magic) else { throw refusal("the body does not begin like Kubernetes' protobuf") }
        let envelope = try fields(of: bytes[4...])
        guard let types = envelope.first(where: { $0.number == 1 }), let raw = envelope.first(where: { $0.number == 2 })
        else { throw refusal("the envelope is incomplete") }
        var apiVersion = ""
        var kind = ""
        for field in try fields(of: types.bytes) {
            if field.number == 1 { apiVersion = String(decoding: field.bytes, as: UTF8.self) }
            if field.number == 2 { kind = String(decoding: field.bytes, as: UTF8.self) }
        }
        guard apiVersion == "v1", let form = kinds[kind] else { throw refusal("\(apiVersion) \(kind) is not read") }
        var object = try message(raw.bytes, form)
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        return object
    }

    // MARK: Kinds

    private static let owner: [Int: (String, Form)] = [
        5: ("apiVersion", .string), 1: ("kind", .string), 3: ("name", .string), 4: ("uid", .string),
        6: ("controller", .bool), 7: ("blockOwnerDeletion", .bool),
    ]

    private static let metadata: [Int: (String, Form)] = [
        1: ("name", .string), 2: ("generateName", .string), 3: ("namespace", .string), 4: ("selfLink", .string),
        5: ("uid", .string), 6: ("resourceVersion", .string), 7: ("generation", .integer),
        8: ("creationTimestamp", .time), 9: ("deletionTimestamp", .time), 10: ("deletionGracePeriodSeconds", .integer),
        11: ("labels", .map(.string)), 12: ("annotations", .map(.string)),
        13: ("ownerReferences", .list(.message(owner))),
        14: ("finalizers", .list(.string)),
    ]

    private static let kinds: [String: [Int: (String, Form)]] = [
        "Namespace": [
            1: ("metadata", .message(metadata)), 2: ("spec", .message([1: ("finalizers", .list(.string))])),
            3: ("status", .message([1: ("phase", .string)])),
        ],
        "ConfigMap": [
            1: ("metadata", .message(metadata)), 2: ("data", .map(.string)), 3: ("binaryData", .map(.bytes)),
            4: ("immutable", .bool),
        ],
        "Secret": [
            1: ("metadata", .message(metadata)), 2: ("data", .map(.bytes)), 3: ("type", .string),
            4: ("stringData", .map(.string)), 5: ("immutable", .bool),
        ],
        "ServiceAccount": [
            1: ("metadata", .message(metadata)), 3: ("imagePullSecrets", .list(.message([1: ("name", .string)]))),
            4: ("automountServiceAccountToken", .bool),
        ],
    ]

    // MARK: Values

    private static func message(_ bytes: ArraySlice<UInt8>, _ form: [Int: (String, Form)]) throws(ClusterError) -> Value
    {
        var mapping = Mapping()
        for field in try fields(of: bytes) {
            guard let (name, form) = form[field.number] else { throw refusal("field \(field.number) is not known") }
            switch form {
            case .list(let item):
                let items = mapping[name]?.items ?? []
                mapping[name] = .sequence(items + [try scalar(field, item) ?? ""])
            case .map(let item):
                var map = mapping[name]?.fields ?? Mapping()
                let entry = try fields(of: field.bytes)
                let key = entry.first { $0.number == 1 }.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
                let empty = Field(number: 2, integer: 0, bytes: [])
                map[key] = try scalar(entry.first { $0.number == 2 } ?? empty, item) ?? ""
                mapping[name] = .mapping(map)
            default:
                mapping[name] = try scalar(field, form)
            }
        }
        return .mapping(mapping)
    }

    /// nil for Go's zero values, which its JSON leaves out too.
    private static func scalar(_ field: Field, _ form: Form) throws(ClusterError) -> Value? {
        switch form {
        case .string: return field.bytes.isEmpty ? nil : .string(String(decoding: field.bytes, as: UTF8.self))
        case .bytes: return .string(Base64.encode(field.bytes))
        case .integer: return field.integer == 0 ? nil : .int(Int64(bitPattern: field.integer))
        case .bool: return .bool(field.integer != 0)
        case .time: return nil
        case .message(let form):
            let value = try message(field.bytes, form)
            return value.fields?.isEmpty == true ? nil : value
        case .list, .map: throw refusal("a list within a list")
        }
    }

    // MARK: The wire

    private struct Field {
        var number: Int
        var integer: UInt64
        var bytes: ArraySlice<UInt8>
    }

    private static func fields(of bytes: ArraySlice<UInt8>) throws(ClusterError) -> [Field] {
        var rest = bytes
        var found: [Field] = []
        while !rest.isEmpty {
            let tag = try varint(&rest)
            let number = Int(tag >> 3 & 0x1fff_ffff)
            switch tag & 7 {
            case 0: found.append(Field(number: number, integer: try varint(&rest), bytes: []))
            case 2:
                let size = try varint(&rest)
                guard size <= UInt64(rest.count) else { throw refusal("a field is longer than the body") }
                found.append(Field(number: number, integer: 0, bytes: rest.prefix(Int(size))))
                rest = rest.dropFirst(Int(size))
            default: throw refusal("wire type \(tag & 7) is not read")
            }
        }
        return found
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws(ClusterError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw refusal("the body ends within a number") }
            value |= UInt64(byte & 127) << shift
            if byte < 128 { return value }
        }
        throw refusal("a number is too long")
    }

    private static func refusal(_ why: String) -> ClusterError {
        ClusterError(
            .unsupportedMediaType,
            "this protobuf is not read here (\(why)): send application/json or application/yaml, as kubectl apply -f does"
        )
    }
}
