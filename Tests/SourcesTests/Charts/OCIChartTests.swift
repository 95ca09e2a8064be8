import Crypto
import Document
import Render
import Sources
import System
import TestSupport
import Testing

/// Charts from a real registry.
@Suite struct OCIChartTests {
    /// Puts a chart into a registry as `helm push` does: a manifest with a config, the archive, and its provenance.
    private func push(
        _ fixture: ChartFixture, to registry: LocalRegistry, archive: String, tag: String, provenance: String? = nil,
        type: String = "application/vnd.cncf.helm.chart.content.v1.tar+gzip", password: Bool = false
    ) throws {
        let script = """
            import sys, json, hashlib, base64, urllib.request
            host, repository, tag, layertype, login, *files = sys.argv[1:]
            base = f'http://{host}/v2/{repository}'
            def call(method, url, data=None, kind='application/octet-stream'):
                request = urllib.request.Request(url, data=data, method=method, headers={'Content-Type': kind})
                if login == 'yes':
                    request.add_header('Authorization', 'Basic ' + base64.b64encode(b'user:secret').decode())
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                return opener.open(request)
            def blob(data, kind):
                digest = 'sha256:' + hashlib.sha256(data).hexdigest()
                place = call('POST', base + '/blobs/uploads/', b'').headers['Location']
                call('PUT', place + ('&' if '?' in place else '?') + 'digest=' + digest, data)
                return {'mediaType': kind, 'digest': digest, 'size': len(data)}
            kinds = [layertype, 'application/vnd.cncf.helm.chart.provenance.v1.prov']
            layers = [blob(open(f, 'rb').read(), k) for f, k in zip(files, kinds)]
            config = blob(b'{}', 'application/vnd.cncf.helm.config.v1+json')
            kind = 'application/vnd.oci.image.manifest.v1+json'
            manifest = {'schemaVersion': 2, 'mediaType': kind, 'config': config, 'layers': layers}
            call('PUT', base + '/manifests/' + tag, json.dumps(manifest).encode(), kind)
            """
        let path = "\(fixture.folder.path)/push.py"
        try Files.replace(path, with: Array(script.utf8))
        try Program.run(
            ["python3", path, registry.host, "charts/app", tag, type, password ? "yes" : "no", archive]
                + [provenance].compactMap { $0 })
    }

    private func pin(_ registry: LocalRegistry, _ digest: Digest, version: String = "1.2.3+7") -> ChartPin {
        ChartPin(repository: "oci://\(registry.host)/charts", name: "app", version: version, digest: digest)
    }

    @Test func `a chart in a registry is fetched by its version`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3+7")
        let registry = try await LocalRegistry()
        try push(fixture, to: registry, archive: "\(fixture.www)/app-1.2.3+7.tgz", tag: "1.2.3_7")
        let source = try fixture.source()
        let pin = pin(registry, .sha256(bytes))
        #expect(try await source.fetch([pin]))
        #expect(try source.archive(pin) == bytes)
        #expect(try await source.versions(of: "app", in: pin.repository) == ["1.2.3+7"])
        #expect(try await source.pin("app", "1.2.3+7", in: pin.repository).digest == pin.digest)
    }

    @Test func `another digest, no such version, no chart: each says so`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3+7")
        let registry = try await LocalRegistry()
        let archive = "\(fixture.www)/app-1.2.3+7.tgz"
        try push(fixture, to: registry, archive: archive, tag: "1.2.3_7")
        try push(fixture, to: registry, archive: archive, tag: "2.0.0", type: "application/zip")
        let cases: [(ChartPin, String)] = [
            (pin(registry, .sha256("other")), "and belay.yaml pins"),
            (pin(registry, .sha256(bytes), version: "3.0.0"), "cannot be fetched"),
            (pin(registry, .sha256(bytes), version: "2.0.0"), "is no chart: it holds application/zip"),
        ]
        for (pin, message) in cases {
            let source = try fixture.source()
            let problem = await #expect(throws: Problem.self) { try await source.fetch([pin]) }
            #expect(problem?.message.contains(message) == true, "\(problem?.message ?? "")")
        }
        #expect(fixture.kept == 0)
    }

    @Test func `a registry that asks for a password gets the one of the server's config`() async throws {
        let fixture = try ChartFixture()
        let bytes = try fixture.pack("app", "1.2.3+7")
        let registry = try await LocalRegistry(asksForPassword: true)
        try push(fixture, to: registry, archive: "\(fixture.www)/app-1.2.3+7.tgz", tag: "1.2.3_7", password: true)
        let pin = pin(registry, .sha256(bytes))
        let stranger = try fixture.source()
        let problem = await #expect(throws: Problem.self) { try await stranger.fetch([pin]) }
        #expect(problem?.hint.contains("spec.charts.credentials") == true)
        let login = ChartConfig.Login(repository: "oci://\(registry.host)", username: "user", password: "secret")
        #expect(try await fixture.source(ChartConfig(logins: [login])).fetch([pin]))
    }

    @Test func `provenance comes with the chart`() async throws {
        let fixture = try ChartFixture()
        let signer = try Signer()
        let bytes = try fixture.pack("app", "1.2.3+7")
        let archive = "\(fixture.www)/app-1.2.3+7.tgz"
        try signer.sign("app-1.2.3+7.tgz", Digest.sha256(bytes), to: "\(archive).prov")
        let registry = try await LocalRegistry()
        try push(fixture, to: registry, archive: archive, tag: "1.2.3_7", provenance: "\(archive).prov")
        var pin = pin(registry, .sha256(bytes))
        pin.isVerified = true
        #expect(try await fixture.source(ChartConfig(keyring: signer.keyring)).fetch([pin]))
    }
}
