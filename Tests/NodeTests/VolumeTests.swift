import Document
import Glibc
import Manifest
import System
import TestSupport
import Testing

@testable import Node

@Suite struct VolumeTests {
    private static func file(_ text: String, mode: Int = 0o644) -> ProjectedFile {
        ProjectedFile(bytes: Array(text.utf8), mode: mode)
    }

    private static func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test func `files appear at once through one link, and change with it`() throws {
        let folder = try TemporaryFolder()
        let writer = AtomicWriter(folder: "\(folder.path)/v")
        #expect(try writer.write(["a": Self.file("1"), "sub/b": Self.file("2", mode: 0o400)], stamp: "one"))
        #expect(try Files.text("\(folder.path)/v/a") == "1")
        #expect(try Files.text("\(folder.path)/v/sub/b") == "2")
        #expect(Self.mode("\(folder.path)/v/sub/b") == 0o400)
        #expect(try Files.names(in: "\(folder.path)/v") == ["..data", "..one", "a", "sub"])

        let same = ["a": Self.file("1"), "sub/b": Self.file("2", mode: 0o400)]
        #expect(try !writer.write(same, stamp: "two"))
        #expect(try writer.write(["a": Self.file("9"), "c": Self.file("3")], stamp: "three"))
        #expect(try Files.text("\(folder.path)/v/a") == "9")
        #expect(try Files.names(in: "\(folder.path)/v") == ["..data", "..three", "a", "c"])
    }

    @Test func `an empty set of files leaves an empty volume`() throws {
        let folder = try TemporaryFolder()
        let writer = AtomicWriter(folder: "\(folder.path)/v")
        try writer.write(["a": Self.file("1")], stamp: "one")
        #expect(try writer.write([:], stamp: "two"))
        #expect(try Files.names(in: "\(folder.path)/v") == ["..data", "..two"])
    }

    @Test func `a writer that was killed half way is gone on from`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/v"
        try AtomicWriter(folder: path).write(["a": Self.file("1")], stamp: "one")
        try Files.makeFolders("\(path)/..two")
        _ = symlink("..two", "\(path)/..data_tmp")
        try AtomicWriter(folder: path).write(["a": Self.file("2")], stamp: "three")
        #expect(try Files.text("\(path)/a") == "2")
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../../b", "..data/x", "", "a//b", String(repeating: "x", count: 300)])
    func `a path that leaves its volume is refused`(path: String) throws {
        let folder = try TemporaryFolder()
        #expect(throws: NodeError.self) {
            try AtomicWriter(folder: "\(folder.path)/v").write([path: Self.file("1")], stamp: "one")
        }
    }

    @Test func `a group that is given may read`() throws {
        let folder = try TemporaryFolder()
        let writer = AtomicWriter(folder: "\(folder.path)/v", group: 1234)
        try writer.write(["a": Self.file("1", mode: 0o400)], stamp: "one")
        #expect(Self.mode("\(folder.path)/v/a") == 0o440)
        #expect(try !writer.write(["a": Self.file("1", mode: 0o400)], stamp: "two"))
    }

    @Test func `a sub-path is made beneath its volume`() throws {
        let folder = try TemporaryFolder()
        _ = try SubPath.open("a/b", in: folder.path)
        #expect(Files.exists("\(folder.path)/a/b"))
    }

    @Test(arguments: ["out", "out/new", "loop/x", "deep/out"])
    func `a link that leads out of its volume is not followed`(path: String) throws {
        let folder = try TemporaryFolder()
        let volume = "\(folder.path)/volume"
        try Files.makeFolders("\(volume)/deep")
        try Files.makeFolders("\(folder.path)/secret")
        _ = symlink("../secret", "\(volume)/out")
        _ = symlink("/etc", "\(volume)/deep/out")
        _ = symlink("loop", "\(volume)/loop")
        #expect(throws: NodeError.self) { _ = try SubPath.open(path, in: volume) }
        #expect(try Files.names(in: "\(folder.path)/secret").isEmpty)
    }

    @Test(arguments: ["../x", "/etc", "a/../../x"]) func `a sub-path with dots is refused`(path: String) throws {
        let folder = try TemporaryFolder()
        #expect(throws: NodeError.self) { _ = try SubPath.open(path, in: folder.path) }
    }

    @Test func `a link that stays inside is followed`() throws {
        let folder = try TemporaryFolder()
        try Files.makeFolders("\(folder.path)/real")
        _ = symlink("real", "\(folder.path)/link")
        _ = try SubPath.open("link/new", in: folder.path)
        #expect(Files.exists("\(folder.path)/real/new"))
    }

    @Test(arguments: [
        ("Directory", "missing"), ("File", "folder"), ("Socket", "file"), ("Directory", "file"), ("Odd", "folder"),
    ])
    func `a path of the machine that is not what its type says is refused`(type: String, name: String) throws {
        let folder = try TemporaryFolder()
        try Files.makeFolders("\(folder.path)/folder")
        try Files.replace("\(folder.path)/file", with: [])
        #expect(throws: NodeError.self) { try HostPath.prepare("\(folder.path)/\(name)", type: type) }
        #expect(throws: NodeError.self) { try HostPath.prepare("relative", type: "") }
    }

    @Test func `what a type lets be made is made`() throws {
        let folder = try TemporaryFolder()
        try HostPath.prepare("\(folder.path)/a/b", type: "DirectoryOrCreate")
        try HostPath.prepare("\(folder.path)/c", type: "FileOrCreate")
        #expect(Files.exists("\(folder.path)/a/b"))
        #expect(Files.exists("\(folder.path)/c"))
    }

    @Test func `volumes are made, renewed and removed, and no mount is left`() async throws {
        let folder = try TemporaryFolder()
        let folders = NodeFolders(state: "\(folder.path)/state", run: "\(folder.path)/run")
        let keeper = VolumeKeeper(folders, random: { 7 })
        var manifest = samplePod { spec in
            spec["volumes"] = [
                ["name": "cache", "emptyDir": ["medium": "Memory", "sizeLimit": "1Mi"]],
                ["name": "work", "emptyDir": [:]],
                ["name": "config", "configMap": ["name": "settings", "items": [["key": "a", "path": "sub/a"]]]],
                ["name": "token", "secret": ["secretName": "keys", "defaultMode": 256]],
            ]
        }
        manifest.value[path: "metadata", "uid"] = "pod-1"
        let pod = PodSpec(manifest)
        var settings = Manifest(apiVersion: "v1", kind: "ConfigMap", name: "settings", namespace: "shop")
        settings.value["data"] = ["a": "one", "b": "two"]
        var keys = Manifest(apiVersion: "v1", kind: "Secret", name: "keys", namespace: "shop")
        keys.value["data"] = ["key": "aHVudGVyMg=="]
        let payload = { (settings: Manifest) in
            VolumePayload(
                pod: pod,
                fields: DownwardFields(
                    pod: pod, podAddress: "", hostAddress: "", capacity: (cpu: 1000, memory: 1 << 30)),
                configMaps: ["settings": settings], secrets: ["keys": keys])
        }
        try await keeper.prepare(pod, payload: payload(settings), claims: [:])
        let places = keeper.places(of: pod, claims: [:])
        let config = try #require(places["config"])
        #expect(try Files.text("\(config.path)/sub/a") == "one")
        #expect(config.isReadOnly)
        let token = try #require(places["token"])
        #expect(try Files.text("\(token.path)/key") == "hunter2")
        #expect(Self.mode("\(token.path)/key") == 0o400)
        #expect(token.path.hasPrefix(folders.run))
        let cache = try #require(places["cache"])
        #expect(MountTable.isMountPoint(cache.path))
        #expect(Self.mode(cache.path) == 0o777)

        var next = settings
        next.value["data"] = ["a": "changed"]
        try await keeper.renew(pod, payload: payload(next))
        #expect(try Files.text("\(config.path)/sub/a") == "changed")

        let work = try #require(places["work"])
        let part = try await keeper.bind(subPath: "deep/er", of: work, pod: "pod-1", name: "web-0-0")
        try Files.replace("\(part)/kept", with: [])
        #expect(Files.exists("\(work.path)/deep/er/kept"))

        try await keeper.remove(pod: "pod-1")
        #expect(!Files.exists(folders.pod("pod-1")))
        #expect(await keeper.podsWithFolders().isEmpty)
        try await keeper.removeAll()
        #expect(try MountTable.points(beneath: folder.path).isEmpty)
    }

    @Test func `removing a pod never reaches through a bound sub-path into what it shows`() async throws {
        let folder = try TemporaryFolder()
        let folders = NodeFolders(state: "\(folder.path)/state", run: "\(folder.path)/run")
        let keeper = VolumeKeeper(folders, random: { 7 })
        try Files.makeFolders("\(folder.path)/host/data")
        try Files.replace("\(folder.path)/host/data/precious", with: "x".utf8)
        let place = VolumeKeeper.Place(path: "\(folder.path)/host", isReadOnly: false)
        let part = try await keeper.bind(subPath: "data", of: place, pod: "pod-2", name: "web-0-0")
        #expect(Files.exists("\(part)/precious"))
        try await keeper.remove(pod: "pod-2")
        #expect(Files.exists("\(folder.path)/host/data/precious"))
    }

    @Test func `missing objects stop a volume unless they are optional`() throws {
        let pod = PodSpec(samplePod())
        let payload = VolumePayload(
            pod: pod, fields: DownwardFields(pod: pod, podAddress: "", hostAddress: "", capacity: (cpu: 1, memory: 1)),
            configMaps: [:], secrets: [:])
        #expect(throws: NodeError(reason: "FailedMount", "configmap \"gone\" not found")) {
            _ = try payload.files([.configMap(name: "gone", items: nil, isOptional: false)], mode: 0o644)
        }
        #expect(try payload.files([.secret(name: "gone", items: nil, isOptional: true)], mode: 0o644).isEmpty)
        let labels = FileSource(
            "downwardAPI", ["items": [["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]]])
        let files = try payload.files([labels], mode: 0o644)
        #expect(files["labels"].map { String(decoding: $0.bytes, as: UTF8.self) } == "app=\"web\"")
    }
}
