import Document
import Git
import Glibc
import Render
import System

extension Verbs {
    static let upCommand = Command(
        name: "up", summary: "Run the service with its own cluster, in the foreground, for one repository",
        discussion: """
            REPO is a path or an address: /srv/shop.git, https://…, ssh://…. Ctrl-C stops the service only: containers go
            on, and the next `belay up` finds them. `belay down` ends everything.
            """,
        arguments: [Argument(name: "REPO", help: "a repository (default: the one of this folder)", isOptional: true)],
        options: [
            Option("branch", value: "NAME", "the branch to follow (default: the repository's)"),
            Option("poll", value: "TIME", "how often to look at a remote repository (default: 15s)"),
            AgeKeys.option,
            Option("verbose", short: "v", "say more"),
        ],
        run: { invocation in
            let address = try RemoteAddress(address(invocation.argument(0)))
            let repository = Service.Repository(
                remote: Remote(address), branch: invocation.value("branch"),
                poll: try invocation.duration("poll") ?? .seconds(15))
            let identities = try AgeKeys(invocation).identities()
            let service = Service(
                Paths(invocation), keys: .all(identities),
                log: Log("belay", least: invocation.has("verbose") ? .debug : .info))
            let socket = service.paths.socket
            try await Signals.cancelling {
                try await service.run([repository]) {
                    Terminal.current.message("belay: serving \(address) at \(socket); stop with Ctrl-C")
                }
            }
            return 0
        })

    /// A path is made absolute, so that the service follows the same repository wherever it is started.
    private static func address(_ word: String?) -> String {
        let word = word ?? "."
        let isRemote = word.contains("://") || (word.contains(":") && !word.hasPrefix("/") && !word.hasPrefix("."))
        return isRemote ? word : Paths.absolute(word)
    }
}
