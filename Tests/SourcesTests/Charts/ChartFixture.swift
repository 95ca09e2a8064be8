import Crypto
import Render
import Sources
import System
import TestSupport
import Transport

/// Charts in archives, as `helm package` makes them, and a cache of a test's own.
final class ChartFixture: Sendable {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Files.makeFolders("\(folder.path)/www")
    }

    /// Where the HTTP repository has its files.
    var www: String { "\(folder.path)/www" }

    /// Packs a chart with one template, and gives the archive.
    ///
    /// - Parameter file: what it is called, where that is not what it is.
    @discardableResult
    func pack(_ name: String, _ version: String, as file: String? = nil, template: String = "kind: ConfigMap\n") throws
        -> [UInt8]
    {
        let place = try TemporaryFolder()
        let chart = "\(place.path)/\(name)"
        try Files.makeFolders("\(chart)/templates")
        try Files.replace(
            "\(chart)/Chart.yaml", with: Array("apiVersion: v2\nname: \(name)\nversion: \(version)\n".utf8))
        try Files.replace("\(chart)/templates/all.yaml", with: Array(template.utf8))
        let archive = "\(www)/\(file ?? "\(name)-\(version).tgz")"
        try Program.run(["tar", "czf", archive, "-C", place.path, name])
        return try Files.read(archive)
    }

    func write(_ name: String, _ text: String) throws { try Files.replace("\(www)/\(name)", with: Array(text.utf8)) }

    /// Writes an index with these charts: name, version, digest as the index says it, address of the archive.
    func index(_ entries: [(name: String, version: String, digest: String, url: String)]) throws {
        var text = "apiVersion: v1\nentries:\n"
        for name in Set(entries.map(\.name)).sorted() {
            text += "  \(name):\n"
            for entry in entries where entry.name == name {
                text += "  - name: \(name)\n    version: \(entry.version)\n    digest: \(entry.digest)\n"
                text += "    urls: [\"\(entry.url)\"]\n"
            }
        }
        try write("index.yaml", text)
    }

    func source(_ config: ChartConfig = ChartConfig()) throws -> ChartSource {
        ChartSource(
            folder: "\(folder.path)/cache", config: config, http: try HTTPClient(proxies: .none, retries: .never))
    }

    /// How many archives the cache holds.
    var kept: Int { (try? Files.names(in: "\(folder.path)/cache").filter { $0.hasSuffix(".tgz") }.count) ?? 0 }
}

/// nginx over a folder, with places that redirect, ask for a password, and give a web page.
final class ChartServer: Sendable {
    let address: String
    private let folder: TemporaryFolder
    private let program: Program

    /// - Parameter redirect: where `/away/…` leads.
    init(_ www: String, redirect: String = "http://127.0.0.1:9") async throws {
        folder = try TemporaryFolder()
        let port = try LoopbackPort.free()
        address = "http://127.0.0.1:\(port)"
        let path = folder.path
        try Files.replace("\(path)/users", with: Array("ada:{PLAIN}s3cret\n".utf8))
        let config = """
            daemon off; master_process off; user root; pid \(path)/pid; error_log \(path)/errors;
            events {}
            http {
              access_log \(path)/requests; client_body_temp_path \(path)/t; proxy_temp_path \(path)/p;
              fastcgi_temp_path \(path)/f; uwsgi_temp_path \(path)/u; scgi_temp_path \(path)/s;
              log_format seen '$uri $http_authorization'; access_log \(path)/seen seen;
              server {
                listen 127.0.0.1:\(port);
                location /charts/ { alias \(www)/; }
                location /private/ { auth_basic charts; auth_basic_user_file \(path)/users; alias \(www)/; }
                location /page/ { default_type text/html; return 200 "<!DOCTYPE html><html>hello</html>"; }
                location /broken/ { return 500; }
                location /away/ { rewrite ^/away/(.*)$ \(redirect)/$1 redirect; }
              }
            }
            """
        try Files.replace("\(path)/nginx.conf", with: Array(config.utf8))
        program = try Program(["nginx", "-e", "\(path)/errors", "-c", "\(path)/nginx.conf"])
        try await LoopbackPort.waitUntilListening(port)
    }

    /// Lines of path and `Authorization` header, of all requests so far.
    var seen: [String] {
        get throws { try Files.text("\(folder.path)/seen").split(separator: "\n").map(String.init) }
    }
}
