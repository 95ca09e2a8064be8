package import Images

/// What is to be built.
package struct BuildRequest: Sendable {
    /// The folder that COPY and ADD take from.
    package var context: String
    /// The Dockerfile's path; `Dockerfile` in the context when nil.
    package var dockerfile: String?
    /// Names that the image gets.
    package var tags: [ImageReference]
    /// Values for ARG.
    package var arguments: [String: String]
    /// The stage to build; the last one when nil.
    package var target: String?
    /// Whether steps that were done before are done again.
    package var ignoresCache: Bool
    /// When to ask registries for base images.
    package var pull: PullPolicy
    package var credentials: [RegistryCredential]
    /// Labels set on the image beside the Dockerfile's.
    package var labels: [String: String]

    package init(
        context: String, dockerfile: String? = nil, tags: [ImageReference], arguments: [String: String] = [:],
        target: String? = nil, ignoresCache: Bool = false, pull: PullPolicy = .ifNotPresent,
        credentials: [RegistryCredential] = [], labels: [String: String] = [:]
    ) {
        self.context = context
        self.dockerfile = dockerfile
        self.tags = tags
        self.arguments = arguments
        self.target = target
        self.ignoresCache = ignoresCache
        self.pull = pull
        self.credentials = credentials
        self.labels = labels
    }
}

/// How far a build is; told in order.
package enum BuildProgress: Sendable, Hashable {
    /// A step begins: the `number`th of `total`, or is skipped because it was done before.
    case step(number: Int, total: Int, text: String, isCached: Bool)
    /// A line of a RUN's output, without its line break.
    case output(String)
    /// A base image is fetched.
    case image(ImageProgress)
    /// Something that a person should know: an argument that nothing uses.
    case warning(String)
    /// The image is there.
    case done(digest: String)

    /// Who is told.
    package typealias Report = @Sendable (BuildProgress) -> Void
}
