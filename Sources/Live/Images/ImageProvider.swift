/// Where a node gets its images; the image store is one, tests hand in another.
package protocol ImageProvider: Sendable {
    /// Finds an image, from the store or its registry as `policy` says, unpacked and ready to mount.
    ///
    /// Several callers that want one image share one pull.
    func image(_ reference: String, policy: PullPolicy, credentials: [RegistryCredential]) async throws -> ReadyImage
}

/// When to ask the registry (`v1.PullPolicy`).
package enum PullPolicy: String, Sendable {
    case always = "Always"
    case ifNotPresent = "IfNotPresent"
    case never = "Never"
}

/// A name and password for one registry.
package struct RegistryCredential: Sendable {
    /// Host, with port where it has one.
    package var registry: String
    package var username: String
    package var password: String

    package init(registry: String, username: String, password: String) {
        self.registry = registry
        self.username = username
        self.password = password
    }
}

/// An image that can be started: its config, and its layers as folders.
package struct ReadyImage: Sendable {
    /// `sha256:…` of the manifest.
    package var digest: String
    /// As it was asked for.
    package var reference: String
    package var config: ImageConfig
    /// Unpacked layers for overlayfs' `lowerdir`, the uppermost first. Read-only and shared.
    package var lowerFolders: [String]

    package init(digest: String, reference: String, config: ImageConfig, lowerFolders: [String]) {
        self.digest = digest
        self.reference = reference
        self.config = config
        self.lowerFolders = lowerFolders
    }
}

/// What an image says of how to run it (OCI image-spec, `config`). Untrusted: only a default for what the pod says.
package struct ImageConfig: Sendable, Equatable {
    package var entrypoint: [String]
    package var command: [String]
    /// `NAME=value`, in order.
    package var environment: [String]
    /// `user`, `uid`, `user:group`, `uid:gid`; empty for root.
    package var user: String
    package var workingFolder: String
    package var stopSignal: String
    package var labels: [String: String]
    /// `8080/tcp`.
    package var exposedPorts: [String]
    package var volumes: [String]

    package init(
        entrypoint: [String] = [], command: [String] = [], environment: [String] = [], user: String = "",
        workingFolder: String = "", stopSignal: String = "", labels: [String: String] = [:],
        exposedPorts: [String] = [], volumes: [String] = []
    ) {
        self.entrypoint = entrypoint
        self.command = command
        self.environment = environment
        self.user = user
        self.workingFolder = workingFolder
        self.stopSignal = stopSignal
        self.labels = labels
        self.exposedPorts = exposedPorts
        self.volumes = volumes
    }
}
