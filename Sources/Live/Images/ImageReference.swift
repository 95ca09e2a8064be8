package import Crypto

/// The name of an image: `registry/repository:tag@digest`, read once and right from then on (the grammar of
/// distribution/reference; a name without a registry is Docker Hub's, as Kubernetes has it).
package struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// Host, and port where it has one: `docker.io`, `localhost`, `127.0.0.1:5000`.
    package let registry: String
    /// `library/nginx`.
    package let repository: String
    /// nil only beside a digest.
    package let tag: String?
    package let digest: Digest?

    /// - Throws: `ImageError.invalidName`, saying which part is wrong.
    package init(_ text: String) throws(ImageError) {
        func refusal(_ reason: String) -> ImageError {
            let shown = text.unicodeScalars.prefix(100).map { $0.value < 32 ? "?" : String($0) }.joined()
            return ImageError(.invalidName, "“\(shown)” is no image name: \(reason)")
        }
        guard !text.isEmpty, text.utf8.count <= 512 else { throw refusal("it is empty or too long") }
        var rest = text[...]
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            guard let parsed = Digest(rest[rest.index(after: at)...]), parsed.algorithm != .sha1 else {
                throw refusal("what follows @ is no digest, such as sha256: and 64 hexadecimal digits")
            }
            digest = parsed
            rest = rest[..<at]
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        if let tag, !Self.isTag(tag) { throw refusal("the tag may hold letters, digits, “_”, “.” and “-”") }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 1, let first = parts.first, Self.isRegistry(first) {
            guard Self.isHost(first) else { throw refusal("“\(first)” is no host") }
            registry = first.lowercased() == "index.docker.io" ? "docker.io" : first.lowercased()
            parts.removeFirst()
        } else {
            registry = "docker.io"
        }
        guard parts.allSatisfy(Self.isComponent), rest.utf8.count <= 255 else {
            throw refusal("its path may hold lower-case letters and digits, with “.”, “_” or “-” between them")
        }
        repository = registry == "docker.io" && parts.count == 1 ? "library/\(parts[0])" : parts.joined(separator: "/")
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    private init(registry: String, repository: String, tag: String?, digest: Digest?) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// The whole name: `docker.io/library/nginx:latest`.
    package var description: String {
        "\(registry)/\(repository)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// What a registry is asked for: the digest where there is one.
    package var target: String { digest.map(\.description) ?? tag ?? "latest" }

    /// The same repository by digest.
    package func at(_ digest: Digest) -> ImageReference {
        ImageReference(registry: registry, repository: repository, tag: nil, digest: digest)
    }

    /// Whether the name belongs to this machine alone: the host `localhost` without a port, where no registry is.
    package var isLocal: Bool { registry == "localhost" }

    /// The policy when a pod names none (`v1.Container.imagePullPolicy`).
    package var defaultPolicy: PullPolicy { digest == nil && tag == "latest" ? .always : .ifNotPresent }

    private static func isRegistry(_ text: String) -> Bool {
        text == "localhost" || text.contains(".") || text.contains(":") || text.contains { $0.isUppercase }
    }

    private static func isHost(_ text: String) -> Bool {
        var host = text[...]
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
            guard let port = Int(host[host.index(after: colon)...]), (1...65535).contains(port) else { return false }
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.dropFirst().dropLast().utf8.allSatisfy { isHex($0) || $0 == UInt8(ascii: ":") }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            let bytes = label.utf8
            guard let first = bytes.first, let last = bytes.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
    private static func isComponent(_ text: String) -> Bool {
        var separator: [UInt8] = []
        var isFirst = true
        for byte in text.utf8 {
            if isLower(byte) {
                let isAllowed = separator.count <= 1 || separator == [95, 95] || separator.allSatisfy { $0 == 45 }
                guard isAllowed, separator.isEmpty || !isFirst else { return false }
                separator = []
                isFirst = false
            } else {
                guard byte == 45 || byte == 46 || byte == 95 else { return false }
                separator.append(byte)
            }
        }
        return !isFirst && separator.isEmpty
    }

    private static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return (isAlphanumeric(first) || first == 95)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 95 || $0 == 45 || $0 == 46 }
    }

    private static func isLower(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
    private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || (65...90).contains(byte) }
    private static func isHex(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }
}
