import Document
import FileTree
import Render
import System

extension Verbs {
    static let scrubRotate = Command(
        name: "rotate", summary: "Give an environment new stand-ins for all that is scrubbed",
        discussion: """
            Counts up the environment's rotation in belay.yaml, comments and layout kept. Commit and merge it: from then on
            every password, key and pseudonym there is another one. It is in git so that everybody renders the same, and
            history says who rotated, and when.
            """,
        arguments: [
            Argument(name: "ENV", help: "an environment that is scrubbed"),
            Argument(name: "PATH", help: "the project's folder (default: this one)", isOptional: true),
        ],
        run: { invocation in
            let rotation = try Rotation(invocation)
            let count = try await onThread(named: "belay-rotate") { try rotation.run() }
            Terminal.current.message(
                "\(rotation.file): environment \(rotation.environment) has rotation \(count) now; commit it")
            return 0
        })

    /// One run of `belay scrub rotate`.
    private struct Rotation: Sendable {
        let environment: String
        let folder: String

        init(_ invocation: Invocation) throws {
            environment = invocation.argument(0) ?? ""
            folder = invocation.argument(1) ?? "."
        }

        var file: String { folder == "." ? Project.fileName : "\(folder)/\(Project.fileName)" }

        /// - Returns: the new count.
        func run() throws -> Int {
            let project = try Project.read(from: try DirectoryTree(folder, displayedAs: folder == "." ? nil : folder))
            let found = try project.environment(environment)
            guard found.dataClass == .scrubbed else {
                throw Problem(
                    "environment \(environment) holds production's own data, which nothing stands in for",
                    at: found.origin, hint: "rotate the secrets themselves")
            }
            let count = found.charts.rotation + 1
            var edit = try SourceEdit(try Files.read(file, limit: 16 << 20), file: SourceFile(file))
            let path = EditPath([
                .key("spec"), .key("environments"), .item(field: "name", value: environment), .key("rotation"),
            ])
            try edit.set(path, to: .int(count))
            try Files.replace(file, with: edit.bytes)
            return count
        }
    }
}
