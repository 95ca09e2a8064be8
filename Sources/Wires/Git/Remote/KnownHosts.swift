internal import CCrypto

/// The lines of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
struct KnownHosts {
    /// What the file says of a host's key.
    enum Verdict: Equatable {
        case trusted
        /// The host is listed with another key of this type: it changed, or someone is in between.
        case changed
        /// The host is not listed, or with keys of other types only.
        case unknown
        case revoked
    }

    private struct Line {
        var marker: Substring
        var hosts: Substring
        var key: Substring
    }

    private let lines: [Line]

    init(_ text: String) {
        lines = text.split(whereSeparator: \.isNewline).prefix(10_000).compactMap { line in
            var words = line.split(whereSeparator: \.isWhitespace)
            guard let first = words.first, !first.hasPrefix("#") else { return nil }
            let marker = first.hasPrefix("@") ? words.removeFirst() : ""
            guard words.count >= 3 else { return nil }
            return Line(marker: marker, hosts: words[0], key: words[2])
        }
    }

    /// Judges the key that a host shows.
    ///
    /// - Parameter key: its wire form (RFC 4253 section 6.6): the type's name, then the key.
    func verdict(host: String, port: Int, key: [UInt8]) -> Verdict {
        let encoded = base64(key)
        let name = port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
        let listed = lines.filter { Self.matches($0.hosts, name) }
        if listed.contains(where: { $0.marker == "@revoked" && $0.key == encoded }) { return .revoked }
        let plain = listed.filter { $0.marker.isEmpty }
        if plain.contains(where: { $0.key == encoded }) { return .trusted }
        // Keys of one type start alike: the length of the type's name and the name.
        let type = base64(Array(key.prefix(keyTypeLength(key)))).prefix(8)
        return plain.contains { $0.key.hasPrefix(type) } ? .changed : .unknown
    }

    private func keyTypeLength(_ key: [UInt8]) -> Int {
        key.count >= 4 ? 4 + Int(key[3]) : key.count
    }

    private static func matches(_ patterns: Substring, _ name: String) -> Bool {
        if patterns.hasPrefix("|1|") { return matchesHash(patterns, name) }
        var found = false
        for pattern in patterns.split(separator: ",") {
            if pattern.hasPrefix("!") {
                if glob(Array(pattern.dropFirst().lowercased().utf8)[...], Array(name.utf8)[...]) { return false }
            } else if glob(Array(pattern.lowercased().utf8)[...], Array(name.utf8)[...]) {
                found = true
            }
        }
        return found
    }

    /// `*` and `?`, in time linear in the name for each star.
    private static func glob(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        var (pattern, name) = (pattern, name)
        var retry: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (pattern, name)
            } else if let byte = name.first, let want = pattern.first, want == byte || want == UInt8(ascii: "?") {
                (pattern, name) = (pattern.dropFirst(), name.dropFirst())
            } else if name.isEmpty, pattern.isEmpty {
                return true
            } else if let last = retry, !last.name.isEmpty {
                retry = (last.pattern, last.name.dropFirst())
                (pattern, name) = (last.pattern, last.name.dropFirst())
            } else {
                return false
            }
        }
    }

    /// `|1|salt|HMAC-SHA1(salt, name)`, as `HashKnownHosts` writes names.
    private static func matchesHash(_ entry: Substring, _ name: String) -> Bool {
        let parts = entry.split(separator: "|")
        guard parts.count == 3, let salt = decoded(parts[1]), let expected = decoded(parts[2]) else { return false }
        var code = [UInt8](repeating: 0, count: 20)
        let bytes = Array(name.utf8)
        let made = EVP_Q_mac(nil, "HMAC", nil, "SHA1", nil, salt, salt.count, bytes, bytes.count, &code, 20, nil)
        guard made != nil else { return false }
        return code == expected
    }
}

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// Base64 with padding (RFC 4648 section 4).
private func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
        for index in 0..<4 {
            text.append(index <= group.count ? alphabet[Int(bits >> (18 - 6 * UInt32(index))) & 63] : UInt8(ascii: "="))
        }
    }
    return String(decoding: text, as: UTF8.self)
}

private func decoded(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var (bits, count) = (UInt32(0), 0)
    for character in text.utf8 where character != UInt8(ascii: "=") {
        guard let value = alphabet.firstIndex(of: character) else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= (1 << UInt32(count)) - 1
        }
    }
    return bytes
}
