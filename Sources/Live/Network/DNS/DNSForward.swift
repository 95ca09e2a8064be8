import Glibc

/// A question that was passed on to one of the host's name servers.
struct DNSForward {
    /// Who waits for the answer.
    enum Asker {
        case datagram(sockaddr_in)
        case stream(UInt64)
    }

    /// Each server is given this long, in milliseconds.
    static let patience: Int64 = 1500
    /// Over all servers.
    static let attempts = 3

    let asker: Asker
    let question: DNSQuestion
    /// With an identifier of its own.
    let message: [UInt8]
    var attempt = 0
    var link: Link?
    var deadline: Int64 = 0

    /// The way to a server: a socket of its own for each question, so that a forged answer must guess its port too.
    enum Link {
        case datagram(Int32)
        case stream(DNSStream)

        var socket: Int32 {
            switch self {
            case .datagram(let socket): socket
            case .stream(let stream): stream.socket
            }
        }

        var isStream: Bool {
            if case .stream = self { true } else { false }
        }
    }

    /// - Parameter id: by chance; what answers must repeat it.
    init(_ asker: Asker, _ question: DNSQuestion, _ message: [UInt8], id: UInt16) {
        self.asker = asker
        self.question = question
        self.message = [UInt8(id >> 8), UInt8(id & 255)] + message.dropFirst(2)
    }

    /// The answer as the asker wants it; nil when it does not answer this question.
    func answer(from reply: [UInt8]) -> [UInt8]? {
        let asked = 12 + question.wire.count + 4
        guard reply.count >= 12, reply[0] == message[0], reply[1] == message[1], reply[2] & 0x80 != 0 else {
            return nil
        }
        // An error may leave the question out.
        if reply[4] != 0 || reply[5] != 0 {
            guard reply.count >= asked, message.count >= asked,
                DNSName(wire: Array(reply[12..<asked - 4])) == DNSName(wire: Array(message[12..<asked - 4])),
                reply[asked - 4..<asked] == message[asked - 4..<asked]
            else { return nil }
        }
        return [UInt8(question.id >> 8), UInt8(question.id & 255)] + reply.dropFirst(2)
    }

    /// Whether a server's answer says only that this server cannot tell (RFC 1035: failure, not implemented, refused).
    static func isExcuse(_ reply: [UInt8]) -> Bool { [2, 4, 5].contains(reply[3] & 15) }
}
