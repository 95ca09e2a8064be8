internal import Crypto
internal import Images
internal import Transport

/// Charts in an OCI registry: each a repository beneath a path, each version a tag.
struct OCIChartRepository: ChartRepository {
    let address: String
    let login: ChartConfig.Login?
    let registry: RegistryClient

    private static let chartType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    private static let provenanceType = "application/vnd.cncf.helm.chart.provenance.v1.prov"

    private func reference(_ name: String, tag: String) throws -> ImageReference {
        // Tags may not hold the “+” of a version with build metadata; Helm writes “_” for it.
        let tag = tag.replacing("+", with: "_")
        do {
            return try ImageReference("\(address.dropFirst("oci://".count))/\(name):\(tag)")
        } catch {
            throw ChartError("\(address)/\(name) is no name in a registry: \(error.message)")
        }
    }

    private func credentials(_ reference: ImageReference) -> [RegistryCredential] {
        login.map { [.init(registry: reference.registry, username: $0.username, password: $0.password)] } ?? []
    }

    func versions(of name: String) async throws -> [String] {
        let reference = try reference(name, tag: "latest")
        do {
            let tags = try await registry.tags(of: reference, credentials: credentials(reference))
            return tags.map { $0.replacing("_", with: "+") }
        } catch let error as ImageError {
            throw Self.error(error, "\(address) has no list of versions of \(name)")
        }
    }

    func fetch(
        _ name: String, _ version: String, expecting digest: Digest?, withProvenance: Bool
    ) async throws -> ChartOffer {
        let reference = try reference(name, tag: version)
        let types = [Self.chartType] + (withProvenance ? [Self.provenanceType] : [])
        let artifact: Artifact
        do {
            artifact = try await registry.artifact(
                reference, types: types, credentials: credentials(reference), limit: ChartCache.limit
            ) { layers in
                let layer = layers.first { $0.mediaType == Self.chartType }
                guard let digest, let layer, layer.digest != digest else { return }
                throw ChartError(
                    "\(address) has \(name) \(version) with the digest \(layer.digest), and belay.yaml pins \(digest)",
                    hint: "the chart was changed under its version: look at what changed before you pin the new digest")
            }
        } catch let error as ImageError {
            throw Self.error(error, "\(name) \(version) cannot be fetched from \(address)")
        }
        guard let archive = artifact.layers[Self.chartType] else {
            throw ChartError("\(reference) is no chart: it holds \(artifact.kinds.joined(separator: ", "))")
        }
        return ChartOffer(
            digest: Digest.sha256(archive), archive: archive, provenance: artifact.layers[Self.provenanceType])
    }

    private static func error(_ error: ImageError, _ what: String) -> ChartError {
        let hint =
            error.code == .denied
            ? "name a login under spec.charts.credentials of the server's config"
            : error.code == .notFound ? "check the name and the version" : error.hint
        return ChartError("\(what): \(error.message)", hint: hint, isAnswer: error.code != .unreachable)
    }
}
