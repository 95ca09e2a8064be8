import Foundation

/// A program that did not end as the test wanted.
package struct GitProgramFailure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Runs a program and returns what it wrote on standard output.
///
/// - Throws: `GitProgramFailure` with its standard error when it ends with another code than 0.
@discardableResult
package func runProgram(
    _ arguments: [String], in folder: String? = nil, environment: [String: String] = [:], input: String = ""
) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    let (standardInput, output) = (Pipe(), Pipe())
    let errorPath = "/tmp/belay-stderr-\(UUID().uuidString)"
    try Data().write(to: URL(fileURLWithPath: errorPath))
    defer { try? FileManager.default.removeItem(atPath: errorPath) }
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    try process.run()
    standardInput.fileHandleForWriting.write(Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        let message = (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? ""
        throw GitProgramFailure(
            description: "\(arguments.joined(separator: " ")) ended with \(process.terminationStatus): \(message)")
    }
    return text
}

/// A repository with a working tree, made and changed by the real git, in a temporary folder that goes with it.
package final class GitFixture: Sendable {
    /// The temporary folder; `work` and what else a test makes is in it.
    package var folder: String { temporary.path }
    private let temporary: TemporaryFolder
    /// The working tree.
    package var work: String { folder + "/work" }

    package init() throws {
        temporary = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
        try git("init", "-q", "-b", "main")
    }

    /// Runs git in the working tree, untouched by the user's configuration.
    @discardableResult
    package func git(_ arguments: String..., at time: Int? = nil, input: String = "") throws -> String {
        try git(arguments, in: work, at: time, input: input)
    }

    /// Runs git in a folder.
    @discardableResult
    package func git(_ arguments: [String], in folder: String, at time: Int? = nil, input: String = "") throws -> String
    {
        var environment = [
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": self.folder,
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Grace",
            "GIT_COMMITTER_EMAIL": "grace@example.com", "GIT_TERMINAL_PROMPT": "0",
        ]
        if let time {
            environment["GIT_AUTHOR_DATE"] = "@\(time) +0000"
            environment["GIT_COMMITTER_DATE"] = "@\(time) +0000"
        }
        let text = try runProgram(["git"] + arguments, in: folder, environment: environment, input: input)
        return text.trimmingCharacters(in: .newlines)
    }

    /// Writes a file of the working tree, its folders included.
    package func write(_ path: String, _ text: String) throws {
        let url = URL(fileURLWithPath: work + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// Writes files, commits everything and returns the commit's id.
    @discardableResult
    package func commit(_ message: String, _ files: [String: String] = [:], at time: Int? = nil) throws -> String {
        for (path, text) in files { try write(path, text) }
        try git("add", "-A")
        try git("commit", "-q", "--allow-empty", "-m", message, at: time)
        return try git("rev-parse", "HEAD")
    }

    /// A bare clone beside the working tree, which becomes its `origin`.
    @discardableResult
    package func makeOrigin(_ name: String = "origin.git") throws -> String {
        let path = folder + "/" + name
        try git(["clone", "-q", "--bare", work, path], in: folder)
        _ = try? git("remote", "remove", "origin")
        try git("remote", "add", "origin", path)
        return path
    }
}
