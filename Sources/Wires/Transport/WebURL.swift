import CCurl
import System

/// An `http` or `https` address, parsed and normalised by libcurl's URL parser (RFC 3986), so that what is checked is
/// what is fetched.
package struct WebURL: Sendable, Hashable, CustomStringConvertible {
    package let scheme: String
    /// In lower case; IPv6 in brackets.
    package let host: String
    package let port: Int
    /// Starts with `/`.
    package let path: String
    /// Without `?`; nil when there is none.
    package let query: String?
    /// Name and password that stood before the host; never part of `absolute` or `description`.
    package let user: String?
    package let password: String?

    /// - Parameter base: what a relative reference is relative to.
    /// - Throws: `HTTPError` when this is no address, or has another scheme than http and https.
    package init(_ text: String, relativeTo base: WebURL? = nil) throws(HTTPError) {
        SharedLibrary.curl.load()
        guard text.utf8.count <= 16384, let handle = curl_url() else {
            throw HTTPError(.request, "a URL of \(text.utf8.count) bytes is too long")
        }
        defer { curl_url_cleanup(handle) }
        if let base { curl_url_set(handle, CURLUPART_URL, base.absolute, 0) }
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE)
        let code = curl_url_set(handle, CURLUPART_URL, text, flags)
        guard code == CURLUE_OK, let scheme = Self.part(CURLUPART_SCHEME, of: handle),
            let host = Self.part(CURLUPART_HOST, of: handle)
        else {
            throw HTTPError(.request, "“\(Self.redacted(text))” is no URL: \(String(cString: curl_url_strerror(code)))")
        }
        guard scheme == "http" || scheme == "https" else {
            throw HTTPError(.request, "“\(Self.redacted(text))”: the scheme \(scheme) is neither http nor https")
        }
        self.scheme = scheme
        self.host = host.lowercased()
        port = Self.part(CURLUPART_PORT, of: handle).flatMap { Int($0) } ?? (scheme == "https" ? 443 : 80)
        path = Self.part(CURLUPART_PATH, of: handle) ?? "/"
        query = Self.part(CURLUPART_QUERY, of: handle)
        user = Self.part(CURLUPART_USER, of: handle, UInt32(CURLU_URLDECODE))
        password = Self.part(CURLUPART_PASSWORD, of: handle, UInt32(CURLU_URLDECODE))
    }

    /// Host, and port where it is not the scheme's own.
    package var authority: String {
        port == (scheme == "https" ? 443 : 80) ? host : "\(host):\(port)"
    }

    /// The address as it is asked for: without credentials and fragment.
    package var absolute: String {
        "\(scheme)://\(authority)\(path)\(query.map { "?\($0)" } ?? "")"
    }

    /// The address as it may be shown: signed URLs carry their secret in the query, so that is left out.
    package var description: String { "\(scheme)://\(authority)\(path)" }

    /// Whether both have one origin (RFC 6454): scheme, host and port.
    package func hasOrigin(of other: WebURL) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is this machine, by name or address.
    package var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// A text with everything escaped that is not unreserved (RFC 3986 §2.3), for one part of a path or query.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return result
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// What is before `?` and after an `@`, cut to a length that a message can bear.
    private static func redacted(_ text: String) -> String {
        let plain = text.prefix { $0 != "?" && $0 != "#" }.prefix(200)
        guard let at = plain.lastIndex(of: "@") else { return String(plain) }
        return String(plain[plain.index(after: at)...])
    }
}
