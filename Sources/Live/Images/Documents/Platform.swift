import Document
import Glibc

/// What an image runs on (image-index.md, `platform`).
package struct Platform: Sendable, Hashable, CustomStringConvertible {
    package var os: String
    /// As Go names it: `amd64`, `arm64`.
    package var architecture: String
    /// `v7`, `v8`; empty for the usual one.
    package var variant: String

    package init(os: String, architecture: String, variant: String = "") {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// This machine's.
    package static let machine: Platform = {
        var name = utsname()
        uname(&name)
        let machine = withUnsafeBytes(of: name.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Platform(os: "linux", architecture: goNames[machine] ?? machine)
    }()

    private static let goNames = ["x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"]

    /// Reads `linux/arm64/v8`; nil when it is no platform.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let architecture = Self.goNames[parts[1]] ?? parts[1]
        self.init(os: parts[0], architecture: architecture, variant: parts.count == 3 ? parts[2] : "")
    }

    init(_ value: Value) {
        self.init(
            os: value["os"]?.string ?? "", architecture: value["architecture"]?.string ?? "",
            variant: value["variant"]?.string ?? "")
    }

    package var description: String { "\(os)/\(architecture)" + (variant.isEmpty ? "" : "/\(variant)") }

    /// Whether an image for `other` runs here. Variants only count where both say one.
    func runs(_ other: Platform) -> Bool {
        os == other.os && architecture == other.architecture
            && (variant.isEmpty || other.variant.isEmpty || variant == other.variant
                || (architecture == "arm64" && other.variant == "v8"))
    }
}
