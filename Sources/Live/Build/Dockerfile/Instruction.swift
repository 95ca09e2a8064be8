import Document

/// One instruction of a Dockerfile, with the place where it begins.
struct Instruction: Sendable {
    /// What it says.
    enum Kind: Sendable {
        case from(image: String, platform: String?, name: String?)
        case run(Command, heredocs: [Heredoc])
        case copy(Copy)
        case env([Pair])
        case arg([Argument])
        case label([Pair])
        case workdir(String)
        case user(String)
        case cmd(Command)
        case entrypoint(Command)
        case expose([String])
        case volume([String])
        case stopSignal(String)
        case shell([String])
        case healthcheck(Healthcheck)
        case onBuild(String)
        case maintainer(String)
    }

    var kind: Kind
    /// In one line, as it is shown.
    var text: String
    var origin: Origin

    /// `NAME=value`, not yet expanded.
    struct Pair: Sendable, Hashable {
        var name: String
        var value: String
    }

    /// `NAME` or `NAME=default`.
    struct Argument: Sendable, Hashable {
        var name: String
        var value: String?
    }

    /// COPY or ADD.
    struct Copy: Sendable, Hashable {
        var sources: [String]
        var target: String
        /// Files written in the Dockerfile itself.
        var heredocs: [Heredoc] = []
        /// A stage or an image; nil for the context.
        var from: String?
        var owner: String?
        var mode: String?
        /// ADD: tars among the sources are unpacked.
        var unpacks: Bool
    }

    /// HEALTHCHECK; `test` nil for NONE.
    struct Healthcheck: Sendable, Hashable {
        var test: Command?
        /// Nanoseconds by the names of the config's fields.
        var durations: [String: Int] = [:]
        var retries: Int?
    }
}

/// A command line: for a shell, or as it is.
enum Command: Sendable, Hashable {
    case shell(String)
    case exec([String])
}

/// A text in a Dockerfile between `<<NAME` and `NAME`.
struct Heredoc: Sendable, Hashable {
    var name: String
    var content: String
    /// Whether variables in it stand for their values: not when the name was quoted.
    var expands: Bool
}
