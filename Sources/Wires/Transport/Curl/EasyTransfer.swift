import CCurl
import Glibc
import System

/// A libcurl easy handle set up for one transfer; lives on the loop's thread.
final class EasyTransfer {
    let handle: UnsafeMutableRawPointer
    let transfer: Transfer
    /// Why the handle could not be set up.
    private(set) var refusal: HTTPError?
    private var lists: UnsafeMutablePointer<curl_slist>?
    private let message: UnsafeMutablePointer<CChar>

    init?(_ transfer: Transfer, settings: CurlSettings) {
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.transfer = transfer
        message = .allocate(capacity: Int(CURL_ERROR_SIZE))
        message.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        do {
            try setUp(transfer.request, settings)
        } catch {
            refusal = error
        }
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(lists)
        message.deallocate()
    }

    private func setUp(_ request: HTTPRequest, _ settings: CurlSettings) throws(HTTPError) {
        try request.headers.check()
        try text(CURLOPT_URL, request.url.absolute)
        try text(CURLOPT_PROTOCOLS_STR, "http,https")
        try long(CURLOPT_FOLLOWLOCATION, 0)
        try long(CURLOPT_NOSIGNAL, 1)
        try long(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        try long(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try long(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        try long(CURLOPT_PIPEWAIT, 1)
        try long(CURLOPT_TCP_KEEPALIVE, 1)
        try long(CURLOPT_BUFFERSIZE, 512 << 10)
        try text(CURLOPT_USERAGENT, settings.userAgent)
        if request.decompresses { try text(CURLOPT_ACCEPT_ENCODING, "") }
        try setUpTimeouts(request.timeouts)
        try setUpRoute(request, settings)
        try setUpTLS(settings.tls)
        try setUpMethod(request)
        try setUpHeaders(request)
        try setUpCallbacks()
    }

    private func setUpTimeouts(_ timeouts: HTTPRequest.Timeouts) throws(HTTPError) {
        try long(CURLOPT_CONNECTTIMEOUT_MS, Int(max(1, timeouts.connect.wholeMilliseconds)))
        if let total = timeouts.total { try long(CURLOPT_TIMEOUT_MS, Int(max(1, total.wholeMilliseconds))) }
        if let idle = timeouts.idle {
            try long(CURLOPT_LOW_SPEED_LIMIT, 1)
            try long(CURLOPT_LOW_SPEED_TIME, Int(max(1, idle.components.seconds)))
        }
    }

    private func setUpRoute(_ request: HTTPRequest, _ settings: CurlSettings) throws(HTTPError) {
        if let socket = request.unixSocket {
            try text(CURLOPT_UNIX_SOCKET_PATH, socket)
            return try text(CURLOPT_PROXY, "")
        }
        // Set in any case: libcurl would look into the environment by its own rules otherwise.
        try text(CURLOPT_PROXY, settings.proxies.proxy(for: request.url) ?? "")
        try text(CURLOPT_NOPROXY, settings.proxies.exceptions)
    }

    private func setUpTLS(_ tls: TLSSettings) throws(HTTPError) {
        try long(CURLOPT_SSL_VERIFYPEER, tls.verifies ? 1 : 0)
        try long(CURLOPT_SSL_VERIFYHOST, tls.verifies ? 2 : 0)
        try long(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let authorities = tls.authorities {
            try blob(CURLOPT_CAINFO_BLOB, authorities)
            try text(CURLOPT_CAPATH, nil)
        }
        if let certificate = tls.certificate {
            try text(CURLOPT_SSLCERTTYPE, "PEM")
            try blob(CURLOPT_SSLCERT_BLOB, certificate)
        }
        if let key = tls.key {
            try text(CURLOPT_SSLKEYTYPE, "PEM")
            try blob(CURLOPT_SSLKEY_BLOB, key)
        }
    }

    private func setUpMethod(_ request: HTTPRequest) throws(HTTPError) {
        switch request.body {
        case .none where request.method == "GET": try long(CURLOPT_HTTPGET, 1)
        case .none where request.method == "HEAD": try long(CURLOPT_NOBODY, 1)
        case .none where !["POST", "PUT", "PATCH"].contains(request.method):
            try text(CURLOPT_CUSTOMREQUEST, request.method)
        case .none: try setUpBody([], request.method)
        case .bytes(let bytes): try setUpBody(bytes, request.method)
        case .stream(let length, _):
            try long(CURLOPT_UPLOAD, 1)
            try text(CURLOPT_CUSTOMREQUEST, request.method)
            try check(curl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, length.map { curl_off_t($0) } ?? -1))
        }
    }

    private func setUpBody(_ bytes: [UInt8], _ method: String) throws(HTTPError) {
        try long(CURLOPT_POST, 1)
        try text(CURLOPT_CUSTOMREQUEST, method)
        try check(curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
        let code = bytes.withUnsafeBufferPointer { buffer in
            // An empty array may have no address at all, which libcurl would take for “no body set”.
            var nothing: UInt8 = 0
            return withUnsafeMutablePointer(to: &nothing) { nothing in
                let start = buffer.baseAddress.map { UnsafeMutableRawPointer(mutating: $0) }
                return curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start ?? UnsafeMutableRawPointer(nothing))
            }
        }
        try check(code)
    }

    private func setUpHeaders(_ request: HTTPRequest) throws(HTTPError) {
        var lines = request.headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines.append("Expect:")  // no second's wait for servers that do not know 100-continue
        if request.headers["Accept"] == nil { lines.append("Accept: */*") }
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        for line in lines {
            guard let longer = curl_slist_append(lists, line) else { throw HTTPError(.request, "out of memory") }
            lists = longer
        }
        try check(curl_set_list(handle, CURLOPT_HTTPHEADER, lists))
    }

    /// The callbacks get the transfer unretained: this object holds it for as long as the handle lives.
    private func setUpCallbacks() throws(HTTPError) {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        try check(curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        try check(curl_set_pointer(handle, CURLOPT_READDATA, context))
        try check(curl_set_pointer(handle, CURLOPT_ERRORBUFFER, message))
        try check(curl_set_function(handle, CURLOPT_WRITEFUNCTION, receive))
        try check(curl_set_function(handle, CURLOPT_HEADERFUNCTION, receiveHeader))
        try check(curl_set_function(handle, CURLOPT_READFUNCTION, provide))
    }

    private func long(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try check(curl_set_long(handle, option, value))
    }

    private func text(_ option: CURLoption, _ value: String?) throws(HTTPError) {
        try check(curl_set_text(handle, option, value))
    }

    private func blob(_ option: CURLoption, _ bytes: [UInt8]) throws(HTTPError) {
        var bytes = bytes
        let code = bytes.withUnsafeMutableBytes { buffer in
            var blob = curl_blob(data: buffer.baseAddress, len: buffer.count, flags: UInt32(CURL_BLOB_COPY))
            return curl_set_blob(handle, option, &blob)
        }
        try check(code)
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code != CURLE_OK else { return }
        throw HTTPError(.request, "\(transfer.request.url): \(String(cString: curl_easy_strerror(code)))")
    }

    /// What libcurl's code and message say of how the transfer ended.
    func result(_ code: CURLcode) -> Result<Void, any Error> {
        guard code != CURLE_OK else { return .success(()) }
        let detail = String(cString: message)
        let reason = detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
        let request = transfer.request
        let place = request.unixSocket.map { "\($0): " } ?? ""
        return .failure(HTTPError(Self.kind(of: code), "\(request.method) \(request.url): \(place)\(reason)"))
    }

    private static func kind(of code: CURLcode) -> HTTPError.Code {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .connection
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            .tls
        default: .transfer
        }
    }
}

private func receive(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return transfer.received(bytes) ? size * count : Int(CURL_WRITEFUNC_PAUSE)
}

private func receiveHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.headerLine(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
}

private func provide(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return Int(CURL_READFUNC_ABORT) }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    switch transfer.outbound.take(into: UnsafeMutableRawBufferPointer(start: data, count: size * count)) {
    case .bytes(let count): return count
    case .wait: return Int(CURL_READFUNC_PAUSE)
    case .end: return 0
    case .failed: return Int(CURL_READFUNC_ABORT)
    }
}
