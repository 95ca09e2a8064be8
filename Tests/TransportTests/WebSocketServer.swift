@testable import Transport

/// The server's side of RFC 6455 as steps of a `ScriptedServer`, as much as the tests need.
enum WebSocketServer {
    typealias Step = ScriptedServer.Step

    /// Agrees to become a WebSocket.
    static func accept(_ request: ScriptedServer.Request, subprotocol: String? = nil) -> Step {
        let key = (request.headers["sec-websocket-key"] ?? "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let chosen = subprotocol.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? ""
        return .text(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(Base64.encode(SHA1.digest(Array(key.utf8))))\r\n\(chosen)\r\n")
    }

    static func frame(_ bytes: [UInt8], opcode: UInt8 = 2, isFinal: Bool = true) -> Step {
        var head: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        switch bytes.count {
        case ..<126: head.append(UInt8(bytes.count))
        case ..<65536: head += [126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        default: head += [127] + (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (56 - $0 * 8)) }
        }
        return .write(head + bytes)
    }
}

/// SHA-1 (RFC 3174), for the handshake alone.
private enum SHA1 {
    static func digest(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: (message.count * 8) >> (56 - $0 * 8)) }
        for start in stride(from: 0, to: bytes.count, by: 64) { round(bytes[start..<start + 64], &state) }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - $0 * 8)) } }
    }

    private static func round(_ block: ArraySlice<UInt8>, _ state: inout [UInt32]) {
        let bytes = Array(block)
        var words = (0..<16).map { place in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[place * 4 + $1]) } }
        for place in 16..<80 {
            words.append(rotate(words[place - 3] ^ words[place - 8] ^ words[place - 14] ^ words[place - 16], 1))
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for place in 0..<80 {
            let (mix, constant): (UInt32, UInt32) =
                switch place {
                case ..<20: (b & c | ~b & d, 0x5a82_7999)
                case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
                case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let next = rotate(a, 5) &+ mix &+ e &+ constant &+ words[place]
            (e, d, c, b, a) = (d, c, rotate(b, 30), a, next)
        }
        for (place, value) in [a, b, c, d, e].enumerated() { state[place] = state[place] &+ value }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
