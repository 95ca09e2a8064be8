package import Document

/// What `belay.yaml` says of all charts of one environment.
package struct EnvironmentCharts: Sendable, Equatable {
    /// Values of all of them, over the charts' own; nil when there are none.
    package var values: Value?
    /// The version of Kubernetes that templates are told; nil for the default.
    package var kubeVersion: Value?
    /// APIs that the cluster has beside those that all have.
    package var apiVersions: [String]
    /// How often the passwords, keys and certificates that they make were renewed.
    package var rotation: Int
    /// Whether their templates may look up what is live.
    package var looksUp: Bool

    package init(
        values: Value? = nil, kubeVersion: Value? = nil, apiVersions: [String] = [], rotation: Int = 0,
        looksUp: Bool = false
    ) {
        self.values = values
        self.kubeVersion = kubeVersion
        self.apiVersions = apiVersions
        self.rotation = rotation
        self.looksUp = looksUp
    }

    /// Whether both say the same in the same places: origins are part of a rendering.
    package static func == (left: Self, right: Self) -> Bool {
        Signature(left.values) == Signature(right.values) && Signature(left.kubeVersion) == Signature(right.kubeVersion)
            && left.apiVersions == right.apiVersions && left.rotation == right.rotation
            && left.looksUp == right.looksUp
    }

    private struct Signature: Equatable {
        private var text = ""
        private var origins: [Origin] = []

        init(_ value: Value?) {
            guard let value else { return }
            text = JSON.text(value)
            collect(value)
        }

        private mutating func collect(_ value: Value) {
            origins.append(value.origin)
            for item in value.items ?? [] { collect(item) }
            for entry in value.fields?.entries ?? [] { collect(entry.value) }
        }
    }
}
