import CWebSockets

/// Reads a request's head from libwebsockets' header table.
struct RequestReader {
    let wsi: OpaquePointer
    /// Headers beyond the usual ones.
    let extraHeaders: [String]

    private static let methods: [Int32: String] = [
        0: "GET", 1: "POST", 2: "OPTIONS", 3: "PUT", 4: "PATCH", 5: "DELETE", 6: "CONNECT", 7: "HEAD",
    ]

    private static let known: [(String, lws_token_indexes)] = [
        ("host", WSI_TOKEN_HOST), ("accept", WSI_TOKEN_HTTP_ACCEPT), ("content-type", WSI_TOKEN_HTTP_CONTENT_TYPE),
        ("content-length", WSI_TOKEN_HTTP_CONTENT_LENGTH), ("authorization", WSI_TOKEN_HTTP_AUTHORIZATION),
        ("user-agent", WSI_TOKEN_HTTP_USER_AGENT), ("accept-encoding", WSI_TOKEN_HTTP_ACCEPT_ENCODING),
        ("origin", WSI_TOKEN_ORIGIN), ("cookie", WSI_TOKEN_HTTP_COOKIE), ("if-match", WSI_TOKEN_HTTP_IF_MATCH),
        ("if-none-match", WSI_TOKEN_HTTP_IF_NONE_MATCH), ("transfer-encoding", WSI_TOKEN_HTTP_TRANSFER_ENCODING),
        ("range", WSI_TOKEN_HTTP_RANGE), ("referer", WSI_TOKEN_HTTP_REFERER), ("expect", WSI_TOKEN_HTTP_EXPECT),
        ("content-encoding", WSI_TOKEN_HTTP_CONTENT_ENCODING), ("x-forwarded-for", WSI_TOKEN_X_FORWARDED_FOR),
    ]

    /// - Returns: nil for a method that is not served.
    func read() -> ServerRequest? {
        var path: UnsafeMutablePointer<CChar>?
        var length: Int32 = 0
        let method = lws_http_get_uri_and_method(wsi, &path, &length)
        guard let name = Self.methods[method], let path else { return nil }
        let text = UnsafeBufferPointer(start: path, count: Int(length)).map { UInt8(bitPattern: $0) }
        var request = ServerRequest(method: name, path: String(decoding: text, as: UTF8.self))
        request.query = query()
        for (header, token) in Self.known {
            if let value = value(of: token) { request.headers[header] = value }
        }
        for header in extraHeaders {
            if let value = custom(header) { request.headers[header] = value }
        }
        return request
    }

    private func value(of token: lws_token_indexes) -> String? {
        let length = lws_hdr_total_length(wsi, token)
        guard length > 0 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(length) + 1)
        guard lws_hdr_copy(wsi, &buffer, length + 1, token) >= 0 else { return nil }
        return Self.text(buffer, length)
    }

    /// libwebsockets cuts the query at each `&` before it decodes the parts.
    private func query() -> [(name: String, value: String)] {
        var parts: [(name: String, value: String)] = []
        while true {
            let length = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, Int32(parts.count))
            guard length > 0 else { return parts }
            var buffer = [CChar](repeating: 0, count: Int(length) + 1)
            let code = lws_hdr_copy_fragment(wsi, &buffer, length + 1, WSI_TOKEN_HTTP_URI_ARGS, Int32(parts.count))
            guard code >= 0 else { return parts }
            let text = Self.text(buffer, length)
            let sign = text.firstIndex(of: "=") ?? text.endIndex
            parts.append((String(text[..<sign]), sign == text.endIndex ? "" : String(text[text.index(after: sign)...])))
        }
    }

    private func custom(_ name: String) -> String? {
        let key = "\(name):"
        let length = lws_hdr_custom_length(wsi, key, Int32(key.utf8.count))
        guard length > 0 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(length) + 1)
        guard lws_hdr_custom_copy(wsi, &buffer, length + 1, key, Int32(key.utf8.count)) >= 0 else { return nil }
        return Self.text(buffer, length)
    }

    private static func text(_ buffer: [CChar], _ length: Int32) -> String {
        String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
