import Cluster
import Document
import Listener
import Manifest

/// Answers in the form of `metav1.Status`, and of JSON at large.
enum Answer {
    static func json(_ value: Value, status: Int = 200, type: String = "application/json") -> ServerResponse {
        ServerResponse(status: status, type: type, JSON.emit(value) + [10])
    }

    static func failure(_ error: any Error, resource: String = "") -> ServerResponse {
        let refusal = refusal(of: error)
        return json(status(of: refusal, resource: resource), status: refusal.reason.httpStatus)
    }

    /// The refusal that an error is; what nobody foresaw is an internal error.
    static func refusal(of error: any Error) -> ClusterError {
        switch error {
        case let error as ClusterError: error
        case let problem as Problem: ClusterError(.badRequest, problem.description)
        case is CancellationError: ClusterError(.timeout, "the request was given up")
        default: ClusterError(.internalError, "\(error)")
        }
    }

    /// `metav1.Status` of a failure.
    static func status(of error: ClusterError, resource: String = "") -> Value {
        var details = Mapping()
        if let object = error.object {
            details["name"] = .string(object.name)
            if !object.group.isEmpty { details["group"] = .string(object.group) }
            details["kind"] = .string(resource.isEmpty ? object.kind : resource)
        }
        if !error.causes.isEmpty {
            details["causes"] = .sequence(
                error.causes.map {
                    ["reason": .string($0.reason), "message": .string($0.message), "field": .string($0.field)]
                })
        }
        var value: Value = [
            "kind": "Status", "apiVersion": "v1", "metadata": .mapping(Mapping()), "status": "Failure",
            "message": .string(error.message), "reason": .string(error.reason.rawValue),
            "code": .int(error.reason.httpStatus),
        ]
        if !details.isEmpty { value["details"] = .mapping(details) }
        return value
    }

    /// `metav1.Status` of what went well and left nothing to show.
    static func success(_ object: Manifest, resource: String) -> Value {
        [
            "kind": "Status", "apiVersion": "v1", "metadata": .mapping(Mapping()), "status": "Success",
            "details": [
                "name": .string(object.name), "group": .string(object.groupVersionKind.group),
                "kind": .string(resource),
                "uid": .string(object.uid),
            ],
        ]
    }
}
