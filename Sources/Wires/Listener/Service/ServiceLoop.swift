import CLinux
import CWebSockets
import Glibc

/// The thread that libwebsockets serves all connections on. Everything here happens on it.
///
/// libwebsockets calls back for what comes in and when a connection can take more; other threads send `LoopCommands`.
final class ServiceLoop {
    let configuration: HTTPServer.Configuration
    let handlers: HTTPServer.Handlers
    let commands: LoopCommands
    private var connections: [OpaquePointer: Connection] = [:]
    private var byID: [UInt64: Connection] = [:]
    private var lastID: UInt64 = 0
    private var host: OpaquePointer?
    private var secureHost: OpaquePointer?
    /// Each listening socket, and whether its connections speak TLS.
    private var listeners: [OpaquePointer: Bool] = [:]
    private var isDraining = false
    private var isStopping = false
    private let hangUps = HangUpWatch()
    private var hangUpFile: OpaquePointer?
    private let lingering = LingeringSockets()
    private var lingeringFile: OpaquePointer?
    let writer: ResponseWriter

    init(_ configuration: HTTPServer.Configuration, _ handlers: HTTPServer.Handlers, _ commands: LoopCommands) {
        self.configuration = configuration
        self.handlers = handlers
        self.commands = commands
        writer = ResponseWriter(stallSeconds: Int32(configuration.stallSeconds))
    }

    /// Serves until it is told to stop.
    func run(sockets: [(descriptor: Int32, isTCP: Bool)]) {
        let protocols = ProtocolTable(names: ["http"] + configuration.subprotocols + [ProtocolTable.listener])
        defer { protocols.free() }
        guard let context = makeContext(protocols) else {
            for socket in sockets { close(socket.descriptor) }
            return
        }
        for socket in sockets {
            guard let wsi = lws_adopt_listener(host, socket.descriptor, ProtocolTable.listener) else { continue }
            listeners[wsi] = socket.isTCP && secureHost != nil
        }
        hangUpFile = lws_adopt_listener(host, hangUps.descriptor(), ProtocolTable.listener)
        lingeringFile = lws_adopt_listener(host, lingering.descriptor(), ProtocolTable.listener)
        commands.attach(context)
        while !isStopping, lws_service(context, 0) >= 0 {
            if isDraining, byID.values.allSatisfy({ $0.exchange == nil && $0.socket == nil }) { break }
        }
        commands.attach(nil)
        for connection in byID.values { connection.close() }
        lws_context_destroy(context)
    }

    private func makeContext(_ protocols: ProtocolTable) -> OpaquePointer? {
        // libwebsockets' own words are for its developers; what matters comes back as errors and closed connections.
        lws_set_log_level(0, nil)
        var info = lws_context_creation_info()
        info.port = CONTEXT_PORT_NO_LISTEN
        info.protocols = UnsafePointer(protocols.table)
        info.options = UInt64(LWS_SERVER_OPTION_EXPLICIT_VHOSTS) | UInt64(LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME)
        if configuration.tls != nil { info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT) }
        info.gid = -1
        info.uid = -1
        info.max_http_header_data = UInt16(clamping: configuration.headLimit)
        info.max_http_header_data2 = UInt32(configuration.headLimit)
        info.max_http_header_pool = UInt16(clamping: configuration.connectionLimit)
        info.fd_limit_per_thread = UInt32(configuration.connectionLimit + 16)
        info.timeout_secs = UInt32(configuration.requestSeconds)
        info.keepalive_timeout = Int32(configuration.idleSeconds)
        info.user = Unmanaged.passUnretained(self).toOpaque()
        guard let context = lws_create_context(&info) else { return nil }
        host = lws_create_vhost(context, &info)
        if let identity = configuration.tls { secureHost = makeSecureHost(context, &info, identity) }
        guard host != nil, configuration.tls == nil || secureHost != nil else {
            lws_context_destroy(context)
            return nil
        }
        return context
    }

    private func makeSecureHost(
        _ context: OpaquePointer, _ info: inout lws_context_creation_info, _ identity: HTTPServer.TLSIdentity
    ) -> OpaquePointer? {
        identity.certificates.withUnsafeBytes { certificates in
            identity.key.withUnsafeBytes { key in
                "http/1.1".withCString { versions in
                    // "No listen" alone would be a host of clients, without a certificate.
                    info.port = CONTEXT_PORT_NO_LISTEN_SERVER
                    info.vhost_name = versions
                    info.alpn = versions
                    info.server_ssl_cert_mem = certificates.baseAddress
                    info.server_ssl_cert_mem_len = UInt32(certificates.count)
                    info.server_ssl_private_key_mem = key.baseAddress
                    info.server_ssl_private_key_mem_len = UInt32(key.count)
                    return lws_create_vhost(context, &info)
                }
            }
        }
    }

    // MARK: Callbacks

    /// - Returns: what libwebsockets wants: 0 to go on, else to close the connection.
    func handle(
        _ wsi: OpaquePointer, _ reason: lws_callback_reasons, _ bytes: UnsafeMutableRawPointer?, _ size: Int
    ) -> Int32 {
        switch reason {
        case LWS_CALLBACK_RAW_RX_FILE: return readable(wsi)
        case LWS_CALLBACK_EVENT_WAIT_CANCELLED: return carryOut()
        case LWS_CALLBACK_HTTP: return begin(wsi)
        case LWS_CALLBACK_HTTP_BODY: return receiveBody(wsi, bytes, size)
        case LWS_CALLBACK_HTTP_BODY_COMPLETION: return endBody(wsi)
        case LWS_CALLBACK_HTTP_WRITEABLE: return writeHTTP(wsi)
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return confirmUpgrade(wsi, bytes)
        case LWS_CALLBACK_ESTABLISHED: return establish(wsi)
        case LWS_CALLBACK_RECEIVE: return receive(wsi, bytes, size)
        case LWS_CALLBACK_SERVER_WRITEABLE: return writeSocket(wsi)
        case LWS_CALLBACK_CLOSED_HTTP, LWS_CALLBACK_CLOSED, LWS_CALLBACK_WSI_DESTROY: return forget(wsi)
        case LWS_CALLBACK_ADD_HEADERS: return 0
        default: return lws_callback_http_dummy(wsi, reason, nil, bytes, size)
        }
    }

    private func readable(_ file: OpaquePointer) -> Int32 {
        switch file {
        case hangUpFile: dropGone()
        case lingeringFile: lingering.serve()
        default: accept(file)
        }
        return 0
    }

    /// Takes the connections that wait on a listening socket.
    private func accept(_ wsi: OpaquePointer) {
        let listening = lws_get_socket_fd(wsi)
        for _ in 0..<64 {
            guard byID.count < configuration.connectionLimit else { return }
            let socket = linux_accept(listening)
            guard socket >= 0 else { return }
            // A socket that cannot be adopted is closed by libwebsockets.
            let isSecure = listeners[wsi] == true
            _ = lws_adopt_http(isSecure ? secureHost : host, socket, isSecure ? 1 : 0)
        }
    }

    /// Closes the connections whose clients have gone.
    private func dropGone() {
        for id in hangUps.take() {
            guard let connection = byID[id] else { continue }
            lws_set_timeout(connection.wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC)
        }
    }

    private static func socket(of wsi: OpaquePointer) -> Int32 { lws_get_socket_fd(lws_get_network_wsi(wsi)) }

    /// Does what other threads asked for.
    private func carryOut() -> Int32 {
        for command in commands.take() {
            switch command {
            case .write(let id):
                if let connection = byID[id] { lws_callback_on_writable(connection.wsi) }
            case .read(let id):
                if let connection = byID[id] { lws_rx_flow_control(connection.wsi, 1) }
            case .drain: drain()
            case .stop: isStopping = true
            }
        }
        return 0
    }

    private func drain() {
        isDraining = true
        for wsi in listeners.keys { lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC) }
        listeners = [:]
        for connection in byID.values {
            connection.exchange?.cancel()
            connection.socketTask?.cancel()
        }
    }

    private func connection(of wsi: OpaquePointer) -> Connection {
        if let known = connections[wsi] { return known }
        lastID += 1
        let connection = Connection(id: lastID, wsi: wsi)
        connections[wsi] = connection
        byID[lastID] = connection
        return connection
    }

    private func forget(_ wsi: OpaquePointer) -> Int32 {
        guard let connection = connections.removeValue(forKey: wsi) else { return 0 }
        byID[connection.id] = nil
        connection.close()
        if let socket = connection.lingering { lingering.add(socket) }
        return 0
    }

    private func outbox(for connection: Connection) -> Outbox {
        let (id, commands) = (connection.id, commands)
        return Outbox(limit: 256 << 10) { commands.send(.write(id)) }
    }

    // MARK: Requests

    private func readRequest(_ wsi: OpaquePointer) -> ServerRequest? {
        var request = RequestReader(wsi: wsi, extraHeaders: configuration.headers).read()
        request?.peer = PeerOf.socket(Self.socket(of: wsi))
        return request
    }

    private func begin(_ wsi: OpaquePointer) -> Int32 {
        let connection = connection(of: wsi)
        guard let request = readRequest(wsi) else { return -1 }
        let length = request.headers["content-length"].map { Int($0) ?? -1 }
        if request.headers["transfer-encoding"] != nil {
            return refuse(connection, request, 411, "a body needs a Content-Length")
        }
        if let length, length < 0 || length > configuration.bodyLimit {
            return refuse(connection, request, 413, "the body is larger than \(configuration.bodyLimit) bytes")
        }
        if isDraining { return refuse(connection, request, 503, "the service stops") }
        if request.method == "OPTIONS" {
            // libwebsockets does not hand over a body of OPTIONS.
            dispatch(connection, request, closesAfter: length != nil)
        } else if let length, length > 0 {
            connection.incoming = request
        } else {
            // Without a length libwebsockets would wait for a body: the connection cannot be used again.
            let expectsBody = length == nil && ["POST", "PUT", "PATCH"].contains(request.method)
            dispatch(connection, request, closesAfter: expectsBody)
        }
        return 0
    }

    private func receiveBody(_ wsi: OpaquePointer, _ bytes: UnsafeMutableRawPointer?, _ size: Int) -> Int32 {
        guard let connection = connections[wsi], connection.incoming != nil, let bytes else { return 0 }
        connection.incoming?.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size))
        return (connection.incoming?.body.count ?? 0) > configuration.bodyLimit ? -1 : 0
    }

    private func endBody(_ wsi: OpaquePointer) -> Int32 {
        guard let connection = connections[wsi], let request = connection.incoming else { return 0 }
        connection.incoming = nil
        dispatch(connection, request, closesAfter: false)
        return 0
    }

    private func dispatch(_ connection: Connection, _ request: ServerRequest, closesAfter: Bool) {
        // From here the answer may take as long as it takes.
        lws_set_timeout(connection.wsi, NO_PENDING_TIMEOUT, 0)
        let exchange = Exchange(
            isHead: request.method == "HEAD", closesAfter: closesAfter, outbox: outbox(for: connection))
        connection.exchange = exchange
        hangUps.add(Self.socket(of: connection.wsi), id: connection.id, data: false)
        let handler = handlers.request
        exchange.start { await handler(request) }
    }

    private func refuse(_ connection: Connection, _ request: ServerRequest, _ status: Int, _ message: String) -> Int32 {
        let exchange = Exchange(isHead: request.method == "HEAD", closesAfter: true, outbox: outbox(for: connection))
        connection.exchange = exchange
        exchange.start { .text("\(message)\n", status: status) }
        return 0
    }

    private func writeHTTP(_ wsi: OpaquePointer) -> Int32 {
        guard let connection = connections[wsi], let exchange = connection.exchange else { return 0 }
        switch writer.write(exchange, to: wsi) {
        case .more:
            // Who speaks on while an answer streams would make libwebsockets spin.
            if exchange.isChunked { hangUps.add(Self.socket(of: wsi), id: connection.id, data: true) }
            return 0
        case .failed: return -1
        case .done:
            connection.exchange = nil
            hangUps.remove(Self.socket(of: wsi))
            if exchange.closesAfter { connection.lingering = lingering.keep(Self.socket(of: wsi)) }
            guard !exchange.closesAfter, !isDraining else { return -1 }
            return lws_http_transaction_completed(wsi) == 0 ? 0 : -1
        }
    }

    // MARK: WebSockets

    private func confirmUpgrade(_ wsi: OpaquePointer, _ bytes: UnsafeMutableRawPointer?) -> Int32 {
        // The new protocol's name comes as a C string, without its length.
        let name = bytes.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) } ?? ""
        guard name.lowercased().hasPrefix("websocket") else { return 0 }
        guard let request = readRequest(wsi) else { return -1 }
        if let refusal = handlers.admitWebSocket(request) { return writer.refuse(refusal, on: wsi) ? 1 : -1 }
        connection(of: wsi).upgrade = request
        return 0
    }

    private func establish(_ wsi: OpaquePointer) -> Int32 {
        let connection = connection(of: wsi)
        guard let request = connection.upgrade, !isDraining else { return -1 }
        let (id, commands) = (connection.id, commands)
        let name = lws_get_protocol(wsi)?.pointee.name.map { String(cString: $0) } ?? ""
        let session = WebSocketSession(
            request: request, subprotocol: name == "http" ? "" : name, outbox: outbox(for: connection),
            inbox: Inbox(limit: 256 << 10) { commands.send(.read(id)) })
        connection.socket = session
        let handler = handlers.webSocket
        // Owned by the connection: cancelled when it closes.
        connection.socketTask = Task {
            await handler(session)
            session.outbox.finish()
        }
        return 0
    }

    private func receive(_ wsi: OpaquePointer, _ bytes: UnsafeMutableRawPointer?, _ size: Int) -> Int32 {
        guard let connection = connections[wsi], let session = connection.socket else { return -1 }
        if let bytes { connection.fragments.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: size)) }
        guard connection.fragments.count <= configuration.messageLimit else {
            lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, nil, 0)
            return -1
        }
        guard lws_is_final_fragment(wsi) != 0, lws_remaining_packet_payload(wsi) == 0 else { return 0 }
        let message = WebSocketMessage(connection.fragments, isText: lws_frame_is_binary(wsi) == 0)
        connection.fragments = []
        if !session.inbox.add(message) { lws_rx_flow_control(wsi, 0) }
        return 0
    }

    private func writeSocket(_ wsi: OpaquePointer) -> Int32 {
        guard let session = connections[wsi]?.socket else { return 0 }
        let portion = session.outbox.take(0, splits: false)
        for piece in portion.pieces where !writer.writeMessage(piece, to: wsi) { return -1 }
        if portion.isLast {
            lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, nil, 0)
            return -1
        }
        if session.outbox.hasWork { lws_callback_on_writable(wsi) }
        return 0
    }
}

/// The subprotocols in the form that libwebsockets keeps a pointer to.
struct ProtocolTable {
    static let listener = "belay-listener"
    let table: UnsafeMutablePointer<lws_protocols>
    private let names: [UnsafeMutablePointer<CChar>?]

    init(names texts: [String]) {
        names = texts.map { strdup($0) }
        table = .allocate(capacity: texts.count + 1)
        table.initialize(repeating: lws_protocols(), count: texts.count + 1)
        for (index, name) in names.enumerated() {
            table[index].name = UnsafePointer(name)
            table[index].callback = serviceCallback
            table[index].rx_buffer_size = 65536
        }
    }

    func free() {
        for name in names { Glibc.free(name) }
        table.deallocate()
    }
}

/// libwebsockets' way in: finds the loop and hands the event to it.
private func serviceCallback(
    _ wsi: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutableRawPointer?, _ size: Int
) -> Int32 {
    guard let wsi, let context = lws_get_context(wsi), let pointer = lws_context_user(context) else { return 0 }
    return Unmanaged<ServiceLoop>.fromOpaque(pointer).takeUnretainedValue().handle(wsi, reason, bytes, size)
}
