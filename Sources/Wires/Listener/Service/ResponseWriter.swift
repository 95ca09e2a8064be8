import CWebSockets

/// Puts answers on the wire through libwebsockets; confined to the service loop's thread.
final class ResponseWriter {
    enum Outcome {
        /// There is, or will be, more to send.
        case more
        case done
        /// The connection is to be closed.
        case failed
    }

    private let stallSeconds: Int32
    private let prefix = Int(lws_prefix_size())
    private var buffer: [UInt8]
    private static let portion = 64 << 10
    private static let headSize = 8192

    init(stallSeconds: Int32) {
        self.stallSeconds = stallSeconds
        buffer = [UInt8](repeating: 0, count: Int(lws_prefix_size()) + Self.headSize + Self.portion + 64)
    }

    /// Sends as much of an answer as there is and the connection takes.
    func write(_ exchange: Exchange, to wsi: OpaquePointer) -> Outcome {
        if let head = exchange.takeHead(), !writeHead(head, exchange, wsi) { return .failed }
        while true {
            let portion = exchange.outbox.take(Self.portion, splits: true)
            let bytes = portion.pieces.count == 1 ? portion.pieces[0] : Array(portion.pieces.joined())
            if portion.isLast, exchange.isCutOff { return .failed }
            if !writeBody(bytes, isLast: portion.isLast, exchange, wsi) { return .failed }
            if portion.isLast {
                lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0)
                return .done
            }
            if !exchange.outbox.hasWork {
                // Nothing to send is no stall.
                lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0)
                return .more
            }
            if lws_send_pipe_choked(wsi) != 0 {
                lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, stallSeconds)
                lws_callback_on_writable(wsi)
                return .more
            }
        }
    }

    private func writeHead(_ head: Exchange.Head, _ exchange: Exchange, _ wsi: OpaquePointer) -> Bool {
        guard let size = compose(head, chunked: exchange.isChunked, closes: exchange.closesAfter, wsi) else {
            return false
        }
        return send(from: prefix, size, LWS_WRITE_HTTP_HEADERS, wsi)
    }

    /// Puts the head into the buffer, behind the room that libwebsockets wants in front.
    private func compose(_ head: Exchange.Head, chunked: Bool, closes: Bool, _ wsi: OpaquePointer) -> Int? {
        buffer.withUnsafeMutableBufferPointer { buffer -> Int? in
            guard let start = buffer.baseAddress.map({ $0 + prefix }) else { return nil }
            let end = start + Self.headSize
            var position: UnsafeMutablePointer<UInt8>? = start
            guard lws_add_http_header_status(wsi, UInt32(head.status), &position, end) == 0 else { return nil }
            var headers = head.headers
            if let length = head.length { headers.append(("content-length", String(length))) }
            if chunked { headers.append(("transfer-encoding", "chunked")) }
            if closes { headers.append(("connection", "close")) }
            for (name, value) in headers {
                guard Self.isSafe(name), Self.isSafe(value) else { continue }
                let code = lws_add_http_header_by_name(
                    wsi, "\(name):", value, Int32(value.utf8.count), &position, end)
                guard code == 0 else { return nil }
            }
            guard lws_finalize_http_header(wsi, &position, end) == 0, let position else { return nil }
            return position - start
        }
    }

    /// A line break in a header would start another one.
    private static func isSafe(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 32 && $0 != 127 } }

    private func writeBody(_ bytes: [UInt8], isLast: Bool, _ exchange: Exchange, _ wsi: OpaquePointer) -> Bool {
        guard exchange.isChunked else { return bytes.isEmpty || send(bytes, LWS_WRITE_HTTP, wsi) }
        var framed: [UInt8] = []
        framed.reserveCapacity(bytes.count + 32)
        if !bytes.isEmpty {
            framed += Array("\(String(bytes.count, radix: 16))\r\n".utf8)
            framed += bytes
            framed += [13, 10]
        }
        if isLast { framed += Array("0\r\n\r\n".utf8) }
        return framed.isEmpty || send(framed, LWS_WRITE_HTTP, wsi)
    }

    /// Sends one WebSocket message.
    func writeMessage(_ bytes: [UInt8], to wsi: OpaquePointer) -> Bool {
        send(bytes, LWS_WRITE_BINARY, wsi)
    }

    /// Answers a request at once, instead of letting it become a WebSocket.
    func refuse(_ response: ServerResponse, on wsi: OpaquePointer) -> Bool {
        guard case .bytes(let bytes) = response.body else { return false }
        let head = Exchange.Head(status: response.status, headers: response.headers, length: bytes.count)
        guard let size = compose(head, chunked: false, closes: false, wsi) else { return false }
        guard send(from: prefix, size, LWS_WRITE_HTTP_HEADERS, wsi) else { return false }
        return bytes.isEmpty || send(bytes, LWS_WRITE_HTTP, wsi)
    }

    private func send(_ bytes: [UInt8], _ kind: lws_write_protocol, _ wsi: OpaquePointer) -> Bool {
        let size = bytes.count
        if buffer.count < prefix + size { buffer = [UInt8](repeating: 0, count: prefix + size) }
        buffer.withUnsafeMutableBytes { target in
            bytes.withUnsafeBytes { source in
                guard size > 0, let from = source.baseAddress else { return }
                (target.baseAddress.map { $0 + prefix })?.copyMemory(from: from, byteCount: size)
            }
        }
        defer {
            // One large answer must not keep its buffer for good.
            if buffer.count > 1 << 20 {
                buffer = [UInt8](repeating: 0, count: prefix + Self.headSize + Self.portion + 64)
            }
        }
        return send(from: prefix, size, kind, wsi)
    }

    private func send(from offset: Int, _ size: Int, _ kind: lws_write_protocol, _ wsi: OpaquePointer) -> Bool {
        buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress.map({ $0 + offset }) else { return false }
            return lws_write(wsi, start, size, kind) >= Int32(kind == LWS_WRITE_BINARY ? 0 : size)
        }
    }
}
