import Cluster
import Document
import Listener
import Manifest

/// A patch in one of the API's four forms.
enum Patch {
    case json(JSONPatch)
    case merge(Value)
    case strategic(Value)
    case apply

    init(_ asked: ResourceRequest) throws {
        let type = asked.request.headers["content-type"]?.split(separator: ";").first.map(String.init) ?? ""
        switch type {
        case "application/json-patch+json": self = .json(try JSONPatch(try asked.body()))
        case "application/merge-patch+json": self = .merge(try asked.body())
        case "application/strategic-merge-patch+json": self = .strategic(try asked.body())
        case "application/apply-patch+yaml":
            guard asked.request[query: "fieldManager"]?.isEmpty == false else {
                throw ClusterError(
                    .badRequest,
                    "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch"
                )
            }
            self = .apply
        default:
            throw ClusterError(
                .unsupportedMediaType,
                "the body of the request was in an unknown format - accepted media types include: "
                    + "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, "
                    + "application/apply-patch+yaml")
        }
    }

    func apply(to object: Manifest, kind: KindDescription) throws -> Manifest {
        do {
            switch self {
            case .json(let patch): return Manifest(try patch.apply(to: object.value))
            case .merge(let patch): return Manifest(MergePatch.apply(patch, to: object.value))
            case .strategic(let patch):
                return Manifest(try StrategicMergePatch.apply(patch, to: object.value, schema: kind.schema ?? .any))
            case .apply: return object
            }
        } catch {
            throw ClusterError(.invalid, "the patch does not fit \(object.key): \(error.message)", object: object.key)
        }
    }
}
