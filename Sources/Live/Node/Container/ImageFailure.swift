import Images

/// A pull that failed, in Kubernetes' words.
struct ImageFailure: Equatable {
    /// `ErrImagePull`, `ErrImageNeverPull`, `InvalidImageName`.
    var reason: String
    var message: String
    /// Whether trying again cannot help until the pod is another one.
    var isPermanent: Bool

    init(_ error: any Error, image: String) {
        guard let error = error as? ImageError else {
            self.init(reason: "ErrImagePull", message: "\(error)", isPermanent: false)
            return
        }
        let message = error.hint.isEmpty ? error.message : "\(error.message) (\(error.hint))"
        switch error.code {
        case .invalidName:
            self.init(
                reason: "InvalidImageName", message: "Failed to apply default image tag \"\(image)\": \(message)",
                isPermanent: true)
        case .neverPull:
            self.init(
                reason: "ErrImageNeverPull",
                message: "Container image \"\(image)\" is not present with pull policy of Never: \(message)",
                isPermanent: false)
        default: self.init(reason: "ErrImagePull", message: message, isPermanent: false)
        }
    }

    private init(reason: String, message: String, isPermanent: Bool) {
        self.reason = reason
        self.message = message
        self.isPermanent = isPermanent
    }
}
