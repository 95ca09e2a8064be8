package import Manifest

/// Why a cluster refused, with Kubernetes' reasons and HTTP codes (`metav1.Status`).
package struct ClusterError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `metav1.StatusReason`.
    package enum Reason: String, Sendable {
        case notFound = "NotFound"
        case alreadyExists = "AlreadyExists"
        case conflict = "Conflict"
        case invalid = "Invalid"
        case badRequest = "BadRequest"
        case forbidden = "Forbidden"
        case unauthorized = "Unauthorized"
        case expired = "Expired"
        case methodNotAllowed = "MethodNotAllowed"
        case unsupportedMediaType = "UnsupportedMediaType"
        case requestEntityTooLarge = "RequestEntityTooLarge"
        case timeout = "Timeout"
        case tooManyRequests = "TooManyRequests"
        case serviceUnavailable = "ServiceUnavailable"
        case internalError = "InternalError"

        /// The HTTP status that Kubernetes answers with.
        package var httpStatus: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .alreadyExists, .conflict: 409
            case .expired: 410
            case .requestEntityTooLarge: 413
            case .unsupportedMediaType: 415
            case .invalid: 422
            case .tooManyRequests: 429
            case .internalError: 500
            case .serviceUnavailable: 503
            case .timeout: 504
            }
        }
    }

    /// One field that is at fault (`metav1.StatusCause`).
    package struct Cause: Sendable, Hashable {
        /// `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict` and their like.
        package var reason: String
        package var message: String
        /// `spec.replicas`, `spec.containers[0].image`.
        package var field: String

        package init(reason: String, message: String, field: String) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    package var reason: Reason
    package var message: String
    package var object: ObjectKey?
    package var causes: [Cause]

    package init(_ reason: Reason, _ message: String, object: ObjectKey? = nil, causes: [Cause] = []) {
        self.reason = reason
        self.message = message
        self.object = object
        self.causes = causes
    }

    package static func notFound(_ key: ObjectKey) -> ClusterError {
        ClusterError(.notFound, "\(key) not found", object: key)
    }

    /// Fields that other managers own (server-side apply).
    package var isOwnershipConflict: Bool {
        reason == .conflict && causes.contains { $0.reason == "FieldManagerConflict" }
    }

    package var description: String {
        causes.isEmpty ? message : message + causes.map { "\n  \($0.field): \($0.message)" }.joined()
    }
}
