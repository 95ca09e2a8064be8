package import Document

/// What the target cluster offers: `.Capabilities`.
package struct Capabilities: Sendable {
    /// The Kubernetes version, `v1.35.0`.
    package private(set) var kubeVersion: String
    /// `apps/v1`, and `apps/v1/Deployment` where kinds are known, in the order in which templates see them.
    package private(set) var apiVersions: [String]

    package init() {
        kubeVersion = "v1.35.0"
        apiVersions = Self.known
    }

    /// - Parameters:
    ///   - kubeVersion: `1.35` or `v1.35.0`; nil takes the default.
    ///   - extra: APIs that the cluster has beside those that all have; commas part several.
    ///   - origin: where the version is written; `.none` for a command line.
    /// - Throws: `Problem` for a version that is none.
    package init(kubeVersion: String?, extra: [String] = [], at origin: Origin = .none) throws(Problem) {
        self.kubeVersion =
            try kubeVersion.map { (text) throws(Problem) in
                guard let version = Self.version(text) else {
                    throw Problem(
                        "the Kubernetes version \"\(text)\" is none", at: origin, hint: "write it as in 1.35 or v1.35.0"
                    )
                }
                return version
            } ?? "v1.35.0"
        apiVersions = Self.known + extra.flatMap { $0.split(separator: ",").map(String.init) }
    }

    /// The same for another version of Kubernetes, unless that is nil, and with further APIs.
    ///
    /// - Throws: `Problem` for a version that is none.
    package func adapted(kubeVersion: String?, extra: [String], at origin: Origin) throws(Problem) -> Capabilities {
        var result = try Capabilities(kubeVersion: kubeVersion ?? self.kubeVersion, extra: extra, at: origin)
        result.apiVersions += apiVersions.dropFirst(Self.known.count)
        return result
    }

    /// The numbers of a version, as Kubernetes' own tools read them: what follows them does not count.
    private static func version(_ text: String) -> String? {
        var rest = text.drop { $0 == " " || $0 == "\t" }
        if rest.first == "v" { rest.removeFirst() }
        var numbers: [Substring] = []
        while true {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard !digits.isEmpty, digits.count < 10, digits.count == 1 || digits.first != "0" else { break }
            numbers.append(digits)
            rest = rest.dropFirst(digits.count)
            guard rest.first == ".", rest.dropFirst().first?.isNumber == true else { break }
            rest.removeFirst()
        }
        return numbers.count < 2 ? nil : "v" + numbers.joined(separator: ".")
    }

    /// The groups and versions that Kubernetes serves or has served, which charts ask for when no cluster is asked; the
    /// preferred version of each group first.
    private static let known: [String] = groups.flatMap { line -> [String] in
        let words = line.split(separator: " ")
        return words.dropFirst().map { words[0] == "-" ? String($0) : "\(words[0])/\($0)" }
    }

    private static let groups = [
        "- v1", "admissionregistration.k8s.io v1 v1alpha1 v1beta1", "internal.apiserver.k8s.io v1alpha1",
        "apps v1 v1beta1 v1beta2", "authentication.k8s.io v1 v1alpha1 v1beta1", "authorization.k8s.io v1 v1beta1",
        "autoscaling v1 v2 v2beta1 v2beta2", "batch v1 v1beta1", "certificates.k8s.io v1 v1beta1 v1alpha1",
        "coordination.k8s.io v1alpha2 v1beta1 v1", "discovery.k8s.io v1 v1beta1", "events.k8s.io v1 v1beta1",
        "extensions v1beta1", "flowcontrol.apiserver.k8s.io v1 v1beta1 v1beta2 v1beta3",
        "networking.k8s.io v1 v1beta1", "node.k8s.io v1 v1alpha1 v1beta1", "policy v1 v1beta1",
        "rbac.authorization.k8s.io v1 v1beta1 v1alpha1", "resource.k8s.io v1 v1beta2 v1beta1 v1alpha3",
        "scheduling.k8s.io v1alpha1 v1beta1 v1", "storage.k8s.io v1beta1 v1 v1alpha1",
        "storagemigration.k8s.io v1beta1", "apiextensions.k8s.io v1beta1 v1",
    ]
}
