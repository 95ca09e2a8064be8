import Foundation
import System
import TestSupport

/// What all tests share: the binary as it was built beside them, and a root file system to make an image of.
enum Binary {
    /// `belay`, in the folder that the tests were built into.
    static let path: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let arguments = CommandLine.arguments
        // The tests are a bundle beside the binary; who runs it may be SwiftPM's helper from the toolchain.
        let bundles = arguments.filter { $0.hasSuffix(".xctest") } + [own]
        let folders = bundles.map { URL(filePath: $0).deletingLastPathComponent().path }
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized.path
        let all = folders + ["\(root)/.build/debug", "\(root)/.build/release"]
        return all.map { "\($0)/belay" }.first { FileManager.default.isExecutableFile(atPath: $0) } ?? "belay"
    }()

    private static let programs = [
        "sh", "cat", "echo", "false", "hostname", "httpd", "id", "kill", "ls", "nslookup", "sleep", "touch", "true",
        "wget",
    ]

    /// Makes the tar of a root file system that holds busybox and nothing else.
    static func makeRoot(in folder: String) async throws -> String {
        let root = "\(folder)/root"
        for name in ["bin", "etc", "proc", "dev", "sys", "tmp", "www"] { try Files.makeFolders("\(root)/\(name)") }
        try Files.replace("\(root)/bin/busybox", with: try Files.read("/bin/busybox"), mode: 0o755)
        for name in programs {
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/bin/\(name)", withDestinationPath: "busybox")
        }
        try Files.replace("\(root)/etc/passwd", with: "root:x:0:0:root:/:/bin/sh\n".utf8)
        let tar = "\(folder)/root.tar"
        let outcome = try await Programs.run(["tar", "-C", root, "-cf", tar, "."])
        guard outcome.code == 0 else { throw Failure("tar: \(outcome)") }
        return tar
    }
}
