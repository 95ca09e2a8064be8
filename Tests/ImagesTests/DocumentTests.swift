import Crypto
import Document
import Testing

@testable import Images

@Suite struct ManifestDocumentTests {
    private static let digest = "sha256:" + String(repeating: "0", count: 64)
    private static let descriptor = #"{"mediaType":"m","digest":"\#(digest)","size":1}"#

    private func read(_ text: String, _ type: String? = nil) throws -> ManifestDocument {
        try ManifestDocument(Array(text.utf8), mediaType: type, "image x")
    }

    @Test func `manifests of both families are read`() throws {
        for type in [MediaType.manifest, MediaType.dockerManifest, nil] {
            let text = #"{"schemaVersion":2,"config":\#(Self.descriptor),"layers":[\#(Self.descriptor)]}"#
            guard case .manifest(let manifest) = try read(text, type) else { Issue.record("no manifest"); continue }
            #expect(manifest.layers.count == 1)
        }
    }

    @Test(arguments: [
        #"{"schemaVersion":2,"config":D,"layers":[],"manifests":[]}"#, #"{"schemaVersion":1,"config":D,"layers":[]}"#,
        #"{"schemaVersion":2}"#, #"{"schemaVersion":2,"config":D}"#, #"{"schemaVersion":2,"layers":[]}"#, "[]", "", "{",
        #"{"schemaVersion":2,"config":{"digest":"sha256:../../etc","size":1},"layers":[]}"#,
        #"{"schemaVersion":2,"config":{"digest":"D","size":-1},"layers":[]}"#,
        #"{"schemaVersion":2,"config":D,"config":D,"layers":[]}"#,
    ])
    func `what is none, or two things at once, is refused`(text: String) {
        let error = #expect(throws: ImageError.self) { try read(text.replacing("D", with: Self.descriptor)) }
        #expect(error?.code == .corrupt)
    }

    @Test func `a media type that contradicts the content is refused`() throws {
        let manifest = #"{"schemaVersion":2,"config":\#(Self.descriptor),"layers":[]}"#
        #expect(throws: ImageError.self) { try read(manifest, MediaType.index) }
        let typed =
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.manifest)","config":\#(Self.descriptor),"layers":[]}"#
        #expect(throws: ImageError.self) { try read(typed, MediaType.dockerManifest) }
        #expect(throws: ImageError.self) { try read(#"{"schemaVersion":2,"manifests":[]}"#, MediaType.manifest) }
    }

    @Test func `layers that their registry does not hold are refused`() {
        let layer =
            #"{"mediaType":"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip","digest":"\#(Self.digest)","size":1,"urls":["http://169.254.169.254/"]}"#
        let error = #expect(throws: ImageError.self) {
            try read(#"{"schemaVersion":2,"config":\#(Self.descriptor),"layers":[\#(layer)]}"#)
        }
        #expect(error?.code == .refused)
    }
}

@Suite struct ImageConfigFileTests {
    @Test func `a config comes back as it was set`() throws {
        var file = ImageConfigFile(platform: Platform(os: "linux", architecture: "amd64"))
        let config = ImageConfig(
            entrypoint: ["/e"], command: ["c", "d"], environment: ["A=b"], user: "u:g", workingFolder: "/w",
            stopSignal: "SIGINT", labels: ["l": "v"], exposedPorts: ["80/tcp"], volumes: ["/data"])
        file.config = config
        file.diffIDs = [.sha256("x")]
        file.set("Shell", .strings(["/bin/ash"]))
        let read = try ImageConfigFile(file.bytes, "image x")
        #expect(read.config == config)
        #expect(read.diffIDs == [.sha256("x")])
        #expect(read.value[path: "config", "Shell"]?.strings == ["/bin/ash"])
    }

    @Test(arguments: [
        ("linux/amd64", "linux/amd64", true), ("linux/arm64", "linux/arm64/v8", true),
        ("linux/arm/v7", "linux/arm/v6", false),
        ("linux/amd64", "linux/arm64", false), ("linux/amd64", "windows/amd64", false),
        ("linux/x86_64", "linux/amd64", true),
    ])
    func `platforms fit or do not`(machine: String, image: String, fits: Bool) throws {
        #expect(try #require(Platform(machine)).runs(#require(Platform(image))) == fits)
    }
}
