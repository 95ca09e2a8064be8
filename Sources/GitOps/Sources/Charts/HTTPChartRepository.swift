internal import Crypto
internal import Document
internal import Transport

/// A chart repository over HTTP: an `index.yaml`, and archives where it says.
///
/// The index may name any host. A name and password go to the repository's own origin alone.
struct HTTPChartRepository: ChartRepository {
    let address: String
    let login: ChartConfig.Login?
    let http: HTTPClient

    private static let indexLimit = 64 << 20

    /// One version in the index.
    private struct Entry {
        var version: String
        var urls: [String]
        var digest: String
    }

    func versions(of name: String) async throws -> [String] {
        try await entries(of: name).map(\.version)
    }

    func fetch(
        _ name: String, _ version: String, expecting digest: Digest?, withProvenance: Bool
    ) async throws -> ChartOffer {
        let entries = try await entries(of: name)
        guard let entry = entries.first(where: { $0.version == version }) else {
            throw ChartError(
                "\(address) has no version \(version) of \(name)",
                hint:
                    "it has: \(entries.prefix(8).map(\.version).joined(separator: ", "))\(entries.count > 8 ? ", …" : "")"
            )
        }
        let said = Digest(entry.digest) ?? Digest("sha256:\(entry.digest)")
        if let digest, let said, said != digest {
            throw ChartError(
                "\(address) says that \(name) \(version) has the digest \(said), and belay.yaml pins \(digest)",
                hint: "the chart was changed under its version: look at what changed before you pin the new digest")
        }
        guard let reference = entry.urls.first else {
            throw ChartError("the index of \(address) gives no address for \(name) \(version)")
        }
        let url = try resolve(reference)
        let archive = try await get(url, limit: ChartCache.limit, "the archive of \(name) \(version)")
        var provenance: [UInt8]?
        if withProvenance {
            let place = try resolve("\(url.absolute).prov")
            provenance = try await get(place, limit: Provenance.limit, "the provenance of \(name) \(version)")
        }
        return ChartOffer(digest: said, archive: archive, provenance: provenance)
    }

    private func resolve(_ reference: String) throws -> WebURL {
        do {
            return try WebURL(reference, relativeTo: try WebURL("\(address)/"))
        } catch {
            throw ChartError("the index of \(address) names no address that can be asked: \(error)")
        }
    }

    private func entries(of name: String) async throws -> [Entry] {
        let url = try resolve("index.yaml")
        let bytes = try await get(url, limit: Self.indexLimit, "its index")
        let index = try index(bytes, url)
        let items = index["entries"]?[name]?.items ?? []
        guard !items.isEmpty else {
            let names = (index["entries"]?.fields?.entries ?? []).map(\.key.text)
            let nearest = Spelling.nearest(to: name, among: names).map { "did you mean \($0)?" }
            throw ChartError(
                "\(address) has no chart \(name)",
                hint: nearest ?? "it has \(names.count): \(names.sorted().prefix(8).joined(separator: ", "))")
        }
        return items.map { item in
            Entry(
                version: item["version"]?.scalar?.text ?? "",
                urls: (item["urls"]?.items ?? []).compactMap(\.string),
                digest: item["digest"]?.scalar?.text ?? "")
        }
    }

    private func index(_ bytes: [UInt8], _ url: WebURL) throws -> Value {
        let start = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        guard start != UInt8(ascii: "<") else {
            throw ChartError(
                "\(url) is a web page and no index of charts", hint: "check the repository's address, and its login")
        }
        let value: Value
        do {
            value = try YAML.parse(bytes, file: SourceFile("\(url)"), repeatedKeys: .lastCounts).first ?? .null
        } catch {
            throw ChartError("\(url) is no index of charts: \(error.message)")
        }
        guard value["entries"]?.fields != nil else {
            throw ChartError("\(url) is no index of charts: it has no entries")
        }
        return value
    }

    private func get(_ url: WebURL, limit: Int, _ what: String) async throws -> [UInt8] {
        var request = HTTPRequest("GET", url)
        // Long enough for a slow line, and not for one that trickles.
        request.timeouts = .init(connect: .seconds(15), idle: .seconds(30), total: .seconds(300))
        if let login, try resolve("index.yaml").hasOrigin(of: url) {
            request.authorize(user: login.username, password: login.password)
        }
        let response: HTTPResponse
        let bytes: [UInt8]
        do {
            response = try await http.send(request)
            bytes = response.isSuccess ? try await response.collect(limit: limit) : []
        } catch let error as HTTPError {
            throw ChartError("\(what) cannot be fetched: \(error)", isAnswer: error.code == .tooLarge)
        }
        guard response.isSuccess else { throw refusal(response, what, url) }
        return bytes
    }

    private func refusal(_ response: HTTPResponse, _ what: String, _ asked: WebURL) -> ChartError {
        let place = response.url
        switch response.status {
        case 401, 403:
            let elsewhere = !place.hasOrigin(of: asked) || (try? resolve("index.yaml").hasOrigin(of: place)) != true
            let hint =
                elsewhere && login != nil
                ? "the repository sends to \(place.authority), and its login is not handed on to another host"
                : "name a login under spec.charts.credentials of the server's config"
            return ChartError("\(what): \(place) refuses access (\(response.status))", hint: hint)
        case 404, 410: return ChartError("\(what): \(place) is not there (\(response.status))")
        default:
            return ChartError("\(what): \(place) answers \(response.status)", isAnswer: response.status < 500)
        }
    }
}
