import Document
import Foundation
import Glibc
import System
import TestSupport

@testable import ContainerRuntime

/// A bundle with a root of busybox, driven by the OCI command line's own words; what programs print they put into
/// `/out/text`, which is a folder of the machine.
final class OCIFixture: Sendable {
    let folder: TemporaryFolder
    let id: String

    var root: String { "\(folder.path)/state" }
    var bundle: String { "\(folder.path)/bundle" }
    var rootfs: String { "\(bundle)/rootfs" }
    var out: String { "\(folder.path)/out" }

    init() throws {
        folder = try TemporaryFolder()
        id = "test-\(UInt32.random(in: 0..<UInt32.max))"
        try Files.makeFolders(bundle)
        try Files.makeFolders(out)
        chmod(out, 0o777)
        try RuntimeFixture.makeLayer(at: rootfs)
    }

    deinit {
        command("delete", "--force", id)
    }

    /// A config that runs a line of shell; `change` makes of it what a test is about.
    static func config(_ line: String, out: String, change: (inout Value) -> Void = { _ in }) -> Value {
        var value = ConfigTemplate.value(isRootless: false)
        value[path: "process", "terminal"] = false
        value[path: "process", "args"] = ["/bin/sh", "-c", .string("{ \(line)\n} >/out/text 2>&1")]
        value[path: "process", "env"] = ["PATH=/bin"]
        var mounts = value["mounts"]?.items ?? []
        mounts.append([
            "destination": "/out", "type": "bind", "source": .string(out), "options": ["bind", "rw"],
        ])
        value["mounts"] = .sequence(mounts)
        change(&value)
        return value
    }

    func write(_ line: String, change: (inout Value) -> Void = { _ in }) throws {
        let text = JSON.text(Self.config(line, out: out, change: change))
        try Data(text.utf8).write(to: URL(filePath: "\(bundle)/config.json"))
    }

    /// Runs a command; its exit code, and what it said.
    @discardableResult
    func command(_ words: String...) -> (code: Int32, message: String) {
        let log = "\(folder.path)/log-\(UInt32.random(in: 0..<UInt32.max))"
        defer { unlink(log) }
        let code = OCIRuntime.main(["--root", root, "--log", log] + words)
        return (code, (try? Files.text(log)) ?? "")
    }

    func create() -> (code: Int32, message: String) { command("create", "--bundle", bundle, id) }

    var status: String { (try? OCIStore(root: root).peek(id).status.rawValue) ?? "none" }
    var pid: Int32 { (try? OCIStore(root: root).peek(id).state.pid) ?? 0 }

    /// Makes a container of a line of shell, starts it and waits for its end.
    ///
    /// - Throws: `OCIFailure` with what the command said when it does not come to be.
    func run(_ line: String, change: (inout Value) -> Void = { _ in }) throws -> (code: Int32, output: String) {
        try write(line, change: change)
        let created = create()
        guard created.code == 0 else { throw OCIFailure(message: created.message) }
        defer { command("delete", "--force", id) }
        let pid = pid
        let started = command("start", id)
        guard started.code == 0 else { throw OCIFailure(message: started.message) }
        return (wait(for: pid), (try? Files.text("\(out)/text")) ?? "")
    }

    /// A container's process is a child of who asked for it.
    func wait(for pid: Int32) -> Int32 {
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        return status & 0x7f != 0 ? 128 + status & 0x7f : status >> 8 & 0xff
    }
}

struct OCIFailure: Error {
    var message: String
}
