import CWebSockets
import Glibc
import System

/// The thread of one WebSocket connection, as libwebsockets' client sees it. Everything here happens on it.
final class WebSocketLoop {
    private let request: HTTPRequest
    private let subprotocols: [String]
    private let tls: TLSSettings
    private let link: WebSocketLink
    private var wsi: OpaquePointer?
    private var isDone = false
    private var isOpen = false
    /// What the server chose.
    private var subprotocol = ""
    /// The message whose fragments are coming.
    private var partial: [UInt8] = []

    init(_ request: HTTPRequest, subprotocols: [String], tls: TLSSettings, _ link: WebSocketLink) {
        self.request = request
        self.subprotocols = subprotocols
        self.tls = tls
        self.link = link
    }

    /// Connects, and serves the connection until it ends.
    func run() {
        // libwebsockets' own name for how it calls back; what is agreed upon with the server is in the answer's header.
        let name = strdup("belay")
        let table = UnsafeMutablePointer<lws_protocols>.allocate(capacity: 2)
        table.initialize(repeating: lws_protocols(), count: 2)
        table[0].name = UnsafePointer(name)
        table[0].callback = dispatch
        table[0].rx_buffer_size = 64 << 10
        defer {
            free(name)
            table.deallocate()
        }
        guard let context = makeContext(UnsafePointer(table)) else {
            return fail(HTTPError(.request, "\(request.url): libwebsockets cannot be started"))
        }
        link.attach(context)
        if !isDone, !link.isClosing, !connect(context), !isDone {
            fail(HTTPError(.connection, "\(request.url): no connection"))
        }
        while !isDone, !(link.isClosing && !isOpen), lws_service(context, 0) >= 0 {}
        link.attach(nil)
        lws_context_destroy(context)
        fail(HTTPError(.transfer, "\(request.url): the connection ended"))
    }

    private func makeContext(_ protocols: UnsafePointer<lws_protocols>) -> OpaquePointer? {
        // libwebsockets' own words are for its developers.
        lws_set_log_level(0, nil)
        var info = lws_context_creation_info()
        info.port = CONTEXT_PORT_NO_LISTEN
        info.protocols = protocols
        info.gid = -1
        info.uid = -1
        info.options = UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
        info.connect_timeout_secs = UInt32(max(1, request.timeouts.connect.components.seconds))
        info.timeout_secs = info.connect_timeout_secs
        info.user = Unmanaged.passUnretained(self).toOpaque()
        return withMemory(tls.authorities) { authorities in
            withMemory(tls.certificate) { certificate in
                withMemory(tls.key) { key in
                    (info.client_ssl_ca_mem, info.client_ssl_ca_mem_len) = authorities
                    (info.client_ssl_cert_mem, info.client_ssl_cert_mem_len) = certificate
                    (info.client_ssl_key_mem, info.client_ssl_key_mem_len) = key
                    return lws_create_context(&info)
                }
            }
        }
    }

    private func connect(_ context: OpaquePointer) -> Bool {
        let url = request.url
        let path = url.path + (url.query.map { "?\($0)" } ?? "")
        let address = request.unixSocket.map { "+\($0)" } ?? url.host.filter { $0 != "[" && $0 != "]" }
        var flags = 0
        if url.scheme == "https", request.unixSocket == nil {
            flags = Int(LCCSCF_USE_SSL.rawValue)
            if !tls.verifies {
                flags |= Int((LCCSCF_ALLOW_SELFSIGNED.rawValue | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK.rawValue))
                flags |= Int((LCCSCF_ALLOW_EXPIRED.rawValue | LCCSCF_ALLOW_INSECURE.rawValue))
            }
        }
        let list = subprotocols.isEmpty ? nil : subprotocols.joined(separator: ",")
        return withText(address) { address in
            withText(path) { path in
                withText(url.authority) { host in
                    withTexts(list, "belay") { list, local in
                        var info = lws_client_connect_info()
                        info.context = context
                        info.address = address
                        info.port = Int32(url.port)
                        info.ssl_connection = Int32(flags)
                        info.path = path
                        info.host = host
                        info.protocol = list
                        info.local_protocol_name = local
                        wsi = lws_client_connect_via_info(&info)
                        return wsi != nil
                    }
                }
            }
        }
    }

    // MARK: callbacks

    /// - Returns: what libwebsockets wants: 0 to go on, else to close the connection.
    fileprivate func handle(
        _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ bytes: UnsafeMutableRawPointer?, _ size: Int
    ) -> Int32 {
        switch reason {
        case LWS_CALLBACK_EVENT_WAIT_CANCELLED: return carryOut()
        case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return addHeaders(wsi, bytes, size)
        case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: return noteSubprotocol(wsi)
        case LWS_CALLBACK_CLIENT_ESTABLISHED: return establish(wsi)
        case LWS_CALLBACK_CLIENT_RECEIVE: return receive(wsi, UnsafeRawBufferPointer(start: bytes, count: size))
        case LWS_CALLBACK_CLIENT_WRITEABLE: return write(wsi)
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: return refuse(bytes, size)
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            end(.success(()))
            return 0
        case LWS_CALLBACK_CLIENT_CLOSED:
            // Without a closing handshake of either side, the connection broke.
            end(link.isClosing ? .success(()) : .failure(HTTPError(.transfer, "\(request.url): the connection broke")))
            isDone = true
            return 0
        default: return 0
        }
    }

    private func carryOut() -> Int32 {
        guard let wsi, isOpen else { return 0 }
        if link.takesAgain() { lws_rx_flow_control(wsi, 1) }
        if link.isClosing || link.hasMessagesToSend { lws_callback_on_writable(wsi) }
        return 0
    }

    private func addHeaders(_ wsi: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int) -> Int32 {
        guard let place = bytes?.assumingMemoryBound(to: UnsafeMutablePointer<UInt8>?.self), let start = place.pointee
        else { return -1 }
        let end = start + size
        for field in request.headers.fields {
            let value = Array(field.value.utf8)
            guard lws_add_http_header_by_name(wsi, "\(field.name):", value, Int32(value.count), place, end) == 0 else {
                fail(HTTPError(.request, "\(request.url): the headers are too long"))
                return -1
            }
        }
        return 0
    }

    private func noteSubprotocol(_ wsi: OpaquePointer?) -> Int32 {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = lws_hdr_copy(wsi, &buffer, Int32(buffer.count), WSI_TOKEN_PROTOCOL)
        subprotocol =
            count > 0 ? String(decoding: buffer.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
        return 0
    }

    private func establish(_ wsi: OpaquePointer?) -> Int32 {
        self.wsi = wsi
        isOpen = true
        link.opened.give(.success(subprotocol))
        return carryOut()
    }

    private func receive(_ wsi: OpaquePointer?, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        if lws_is_first_fragment(wsi) != 0 { partial = [] }
        guard partial.count + bytes.count <= link.messageLimit else {
            end(.failure(HTTPError(.tooLarge, "\(request.url): a message is longer than \(link.messageLimit) bytes")))
            return -1
        }
        partial.append(contentsOf: bytes)
        guard lws_is_final_fragment(wsi) != 0, lws_remaining_packet_payload(wsi) == 0 else { return 0 }
        let message = WebSocketClient.Message(partial, isText: lws_frame_is_binary(wsi) == 0)
        partial = []
        if !link.receive(message) { lws_rx_flow_control(wsi, 0) }
        return 0
    }

    private func write(_ wsi: OpaquePointer?) -> Int32 {
        guard let (message, hasMore) = link.nextToSend() else {
            guard link.isClosing else { return 0 }
            lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, nil, 0)
            return -1
        }
        let prefix = Int(lws_prefix_size())
        var buffer = [UInt8](repeating: 0, count: prefix) + message.bytes
        let kind = message.isText ? LWS_WRITE_TEXT : LWS_WRITE_BINARY
        let written = buffer.withUnsafeMutableBufferPointer { buffer in
            lws_write(wsi, buffer.baseAddress?.advanced(by: prefix), buffer.count - prefix, kind)
        }
        if written < 0 { return -1 }
        if hasMore || link.isClosing { lws_callback_on_writable(wsi) }
        return 0
    }

    private func refuse(_ bytes: UnsafeMutableRawPointer?, _ size: Int) -> Int32 {
        let reason = String(
            decoding: UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : size), as: UTF8.self)
        let text = reason.isEmpty ? "no connection" : reason
        let isTLS = text.contains("tls") || text.contains("SSL") || text.contains("cert")
        let code: HTTPError.Code = text.hasPrefix("HS:") ? .transfer : isTLS ? .tls : .connection
        let place = request.unixSocket.map { "\($0): " } ?? ""
        fail(HTTPError(code, "\(request.url): \(place)\(text)"))
        isDone = true
        return 0
    }

    private func end(_ result: Result<Void, any Error>) {
        link.finish(result)
    }

    /// Ends whatever still waits; what has ended already stays as it is.
    private func fail(_ error: HTTPError) {
        link.opened.give(.failure(error))
        link.finish(.failure(error))
    }
}

/// libwebsockets' callback: the loop hangs at the context.
private func dispatch(
    _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ session: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> Int32 {
    guard let wsi, let context = lws_get_context(wsi), let user = lws_context_user(context) else { return 0 }
    return Unmanaged<WebSocketLoop>.fromOpaque(user).takeUnretainedValue().handle(wsi, reason, bytes, size)
}

private func withText<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}

private func withTexts<Result>(
    _ first: String?, _ second: String, _ body: (UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Result
) -> Result {
    withText(first) { first in withText(second) { second in body(first, second) } }
}

private func withMemory<Result>(_ bytes: [UInt8]?, _ body: ((UnsafeRawPointer?, UInt32)) -> Result) -> Result {
    guard let bytes else { return body((nil, 0)) }
    return bytes.withUnsafeBytes { body(($0.baseAddress, UInt32($0.count))) }
}
