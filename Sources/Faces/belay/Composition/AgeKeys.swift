import Crypto
import Document
import FileTree
import Glibc
import Render
import Scrub
import System

/// The private keys of age that a person at a command line has, where users of SOPS keep them.
struct AgeKeys {
    static let option = Option(
        "age-key-file", value: "FILE",
        "private keys that open files of SOPS (default: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, ~/.config/sops/age/keys.txt)")

    private let invocation: Invocation

    init(_ invocation: Invocation) {
        self.invocation = invocation
    }

    /// All keys of the places that are named; none where there are none.
    ///
    /// - Throws: `Problem` at a line of a file that is no key; what cannot be read.
    func identities() throws -> [AgeIdentity] {
        if let file = invocation.value("age-key-file") { return try Self.identities(in: file) }
        var found: [AgeIdentity] = []
        if let text = Self.environment("SOPS_AGE_KEY") {
            found += try Self.identities(text, named: "the environment variable SOPS_AGE_KEY")
        }
        if let file = Self.environment("SOPS_AGE_KEY_FILE") { found += try Self.identities(in: file) }
        if let folder = Self.environment("XDG_CONFIG_HOME") ?? Self.environment("HOME").map({ "\($0)/.config" }) {
            let file = "\(folder)/sops/age/keys.txt"
            if Files.exists(file) { found += try Self.identities(in: file) }
        }
        return found
    }

    /// A tree with files of SOPS decrypted in it.
    func decrypted(_ tree: any FileTree) throws -> DecryptedTree {
        DecryptedTree(tree.reading(remembersIDs: false), with: try identities())
    }

    /// Refuses what a folder by itself became if it holds ciphertext, as an environment's rendering does. Who has no key at
    /// all gets it as other tools print it, and a line that says so.
    static func check(_ objects: @autoclosure () -> [Value], of tree: DecryptedTree) throws(Problem) {
        guard tree.holdsCiphertext else { return }
        for object in objects() {
            do throws(Problem) {
                try tree.check(object)
            } catch {
                guard !tree.hasKeys else { throw error }
                Terminal.current.message("belay: warning: values stay encrypted: \(error)")
                return
            }
        }
    }

    /// A file's text, decrypted where it is one of SOPS.
    func plain(_ bytes: [UInt8], of file: SourceFile) throws -> [UInt8] {
        guard let format = SopsFile.format(of: bytes, name: file.path) else { return bytes }
        return try SopsFile(bytes, format, file: file).opened(with: try identities()).bytes
    }

    /// The keys of a file; of a folder, as a mounted Secret is, those of every file in it.
    static func identities(in path: String) throws -> [AgeIdentity] {
        guard Files.isFolder(path) else {
            return try identities(try Files.text(path, limit: 1 << 20), named: path)
        }
        // A mounted Secret has its files behind links, and a folder that begins with two dots.
        return try Files.names(in: path).filter { !$0.hasPrefix(".") && !Files.isFolder("\(path)/\($0)") }.flatMap {
            try identities(try Files.text("\(path)/\($0)", limit: 1 << 20), named: "\(path)/\($0)")
        }
    }

    private static func identities(_ text: String, named name: String) throws -> [AgeIdentity] {
        do throws(AgeFileError) {
            return try AgeIdentity.identities(in: text)
        } catch {
            throw Problem(
                "\(error.error)", at: Origin(SourceFile(name), line: error.line),
                hint: "a key file has a line AGE-SECRET-KEY-1… for each key; belay secrets keygen makes one")
        }
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The private keys that a server has for its projects' environments.
struct ServerKeys: Sendable {
    /// One of them.
    struct Key: Sendable {
        var name: String
        /// Read anew for each rendering, so that a key that was exchanged holds at once.
        var file: String
        /// Which environments may use it: the one of its name unless others are listed.
        var environments: [String]
    }

    var all: [Key] = []

    var decryption: DecryptionKeys {
        let all = all
        return DecryptionKeys { environment in
            guard let wanted = environment.decryption?.key else {
                return try all.filter { $0.environments.contains(environment.name) }
                    .flatMap { try AgeKeys.identities(in: $0.file) }
            }
            let origin = environment.decryption?.origin ?? environment.origin
            guard let key = all.first(where: { $0.name == wanted }) else {
                throw Problem(
                    "the server has no key named \"\(wanted)\"", at: origin,
                    hint: "name it in the server's config: spec.keys: [{name: \(wanted), file: …}]")
            }
            guard key.environments.contains(environment.name) else {
                throw Problem(
                    "environment \(environment.name) may not use the key \"\(wanted)\"", at: origin,
                    hint: "the server's config lists who may: spec.keys[].environments")
            }
            return try AgeKeys.identities(in: key.file)
        }
    }
}
