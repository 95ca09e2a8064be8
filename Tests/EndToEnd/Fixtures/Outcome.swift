import Foundation
import System

/// How a program ended, and what it wrote.
struct Outcome: Sendable, CustomStringConvertible {
    var code: Int32
    var output: String
    var errors: String

    var description: String { "exit \(code)\n\(output)\(errors)" }

    /// The standard output as JSON.
    func json() throws -> [String: Any] {
        guard let value = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any] else {
            throw Failure("no JSON object: \(self)")
        }
        return value
    }
}

/// Something did not happen that the test waited for.
struct Failure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Programs that end by themselves.
enum Programs {
    /// Runs a program to its end, for a minute at most (exit code 124 then), on a thread of its own.
    static func run(_ words: [String], input: String = "") async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            // Waiting is not for the cooperative pool.
            Thread.detachNewThread {
                continuation.resume(with: Result { try wait(words, input: input) })
            }
        }
    }

    private static func wait(_ words: [String], input: String) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["-k", "1", "60"] + words
        let (standardInput, output) = (Pipe(), Pipe())
        let errors = FileManager.default.temporaryDirectory.appending(path: "belay-errors-\(UUID().uuidString)")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, output: text,
            errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }
}

/// Asks until the answer is yes.
///
/// - Throws: `Failure` with what `explain` says, when that takes longer than `seconds`.
func eventually(
    _ what: String, within seconds: Double = 120, explain: () async throws -> String = { "" },
    _ isTrue: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !isTrue() {
        guard ContinuousClock.now < deadline else {
            throw Failure("not after \(seconds) s: \(what)\n\((try? await explain()) ?? "")")
        }
        try await Task.sleep(for: .milliseconds(50))
    }
}
