import Crypto
import Document
import Scrub
import System

extension Verbs {
    static let secretsCommand = Command(
        name: "secrets", summary: "Keep secrets in git as ciphertext: files of SOPS, opened with age keys",
        discussion: """
            Who may open a new file is said by .sops.yaml above it (creation_rules), or by --age. Private keys are found as
            SOPS finds them: --age-key-file, SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, ~/.config/sops/age/keys.txt.
            """,
        commands: [
            Command(
                name: "encrypt", summary: "Encrypt a file",
                discussion: """
                    YAML, JSON, dotenv and INI keep their keys, comments and layout; any other file is encrypted as one value.
                    """,
                arguments: [Argument(name: "FILE", help: "the file, in plain text")],
                options: [inPlace, output, age, type] + selection,
                run: { invocation in
                    try await onThread(named: "belay-secrets") { try SecretsVerb(invocation).encrypt() }
                }),
            Command(
                name: "decrypt", summary: "Write a file's plain text",
                arguments: [Argument(name: "FILE", help: "the encrypted file")],
                options: [inPlace, output, AgeKeys.option, ignoreMAC],
                run: { invocation in
                    try await onThread(named: "belay-secrets") { try SecretsVerb(invocation).decrypt() }
                }),
            Command(
                name: "edit", summary: "Change a file's plain text in an editor",
                discussion: """
                    The text is in memory alone while SOPS_EDITOR, EDITOR or vi has it. Values that stay as they are keep
                    their ciphertext, so that a diff shows what changed. A file that is not there yet is made.
                    """,
                arguments: [Argument(name: "FILE", help: "the encrypted file")],
                options: [AgeKeys.option, age, type, ignoreMAC] + selection,
                run: { invocation in try await onThread(named: "belay-secrets") { try SecretsVerb(invocation).edit() } }
            ),
            Command(
                name: "rotate", summary: "Give a file a new key, and other recipients",
                discussion: """
                    Every value gets another ciphertext. Who could open the old file still can: change what it protects too.
                    """,
                arguments: [Argument(name: "FILE", help: "the encrypted file")],
                options: [
                    inPlace, output, AgeKeys.option,
                    Option("add-age", value: "RECIPIENT,…", repeats: true, "also encrypt it to these"),
                    Option("rm-age", value: "RECIPIENT,…", repeats: true, "no longer encrypt it to these"),
                    Option("by-rules", "encrypt it to those whom .sops.yaml names now"),
                ],
                run: { invocation in try await onThread(named: "belay-secrets") { try SecretsVerb(invocation).rotate() }
                }),
            Command(
                name: "keygen", summary: "Make a private key of age",
                discussion: "Prints the key; with --output into a file that only its owner reads. Never commit it.",
                options: [Option("output", short: "o", value: "FILE", "a file, which must not be there yet")],
                run: { invocation in try SecretsVerb(invocation).makeKey() }),
        ])

    private static let inPlace = Option("in-place", short: "i", "write into the file itself")
    private static let output = Option(
        "output", short: "o", value: "FILE", "write into a file (default: standard output)")
    private static let age = Option(
        "age", value: "RECIPIENT,…", repeats: true, "who may open it (default: whom .sops.yaml names)")
    private static let type = Option(
        "input-type", value: "TYPE", "yaml, json, dotenv, ini or binary (default: by the file's name)")
    private static let ignoreMAC = Option("ignore-mac", "take a file that was changed by hand, as after a merge")

    /// What is encrypted, by the names of SOPS's own options.
    static let selection = [
        Option("encrypted-regex", value: "REGEX", "encrypt what is under keys that match: '^(data|stringData)$'"),
        Option("unencrypted-regex", value: "REGEX", "encrypt all but what is under keys that match"),
        Option("encrypted-suffix", value: "TEXT", "encrypt what is under keys that end so"),
        Option(
            "unencrypted-suffix", value: "TEXT",
            "encrypt all but what is under keys that end so (default: _unencrypted)"),
        Option("mac-only-encrypted", "let values that are not encrypted be changed by hand"),
    ]
}
