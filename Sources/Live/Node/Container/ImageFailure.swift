import Images

/// A pull that failed, in Kubernetes' words.
struct ImageFailure: Equatable {
    /// `ErrImagePull`, `ErrImageNeverPull`, `InvalidImageName`.
    var reason: String
    var message: String
    /// Whether trying again cannot help until the pod is another one.
    var isPermanent: Bool

    init(_ error: any Error, image: String) {
        reason = "ErrImagePull"
        message = "\(error)"
        isPermanent = false
    }
}
