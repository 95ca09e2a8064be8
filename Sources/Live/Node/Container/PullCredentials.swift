import Crypto
import Document
import Images
import Manifest

/// The names and passwords of a pod's `imagePullSecrets`.
enum PullCredentials {
    static func read(_ pod: PodSpec, _ services: PodServices) async throws -> [RegistryCredential] {
        guard !pod.pullSecrets.isEmpty else { return [] }
        let secrets = try await services.objects("Secret", Set(pod.pullSecrets), in: pod.namespace)
        return pod.pullSecrets.compactMap { secrets[$0] }.flatMap(credentials)
    }

    /// Those of a secret of type `kubernetes.io/dockerconfigjson` or `dockercfg`.
    static func credentials(_ secret: Manifest) -> [RegistryCredential] {
        let text = ObjectData.text(secret, ".dockerconfigjson") ?? ObjectData.text(secret, ".dockercfg")
        guard let text, let config = try? JSON.parse(Array(text.utf8)) else { return [] }
        let entries = (config["auths"] ?? config).fields?.entries ?? []
        return entries.compactMap { entry in
            credential(registry: host(entry.key.text), entry.value)
        }
    }

    private static func credential(registry: String, _ value: Value) -> RegistryCredential? {
        if let name = value["username"]?.string, let password = value["password"]?.string {
            return RegistryCredential(registry: registry, username: name, password: password)
        }
        guard let bytes = value["auth"]?.string.flatMap({ Base64.decode($0) }) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        return RegistryCredential(registry: registry, username: String(parts[0]), password: String(parts[1]))
    }

    /// `https://index.docker.io/v1/` → `index.docker.io`.
    private static func host(_ key: String) -> String {
        let bare = key.split(separator: "://").last.map(String.init) ?? key
        return String(bare.prefix { $0 != "/" })
    }
}
