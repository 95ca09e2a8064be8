/// What becomes of one message: answered here, asked elsewhere, or left alone.
enum DNSResolution: Sendable, Equatable {
    case reply([UInt8])
    case forward(DNSQuestion)
    case silence

    /// - Parameters:
    ///   - message: as it came.
    ///   - zone: nil while it is not known yet which names there are.
    ///   - domain: the cluster's, known before its names are.
    ///   - isDatagram: whether the answer must fit the asker's limit for one.
    ///   - turn: which of several addresses comes first.
    init(_ message: [UInt8], zone: DNSZone?, domain: DNSName, isDatagram: Bool, turn: Int) {
        let question: DNSQuestion
        do {
            question = try DNSQuestion(message)
        } catch {
            switch error {
            case .silence: self = .silence
            case .code(let code): self = .reply(Self.bare(message, code: code))
            }
            return
        }
        let limit = isDatagram ? question.datagramLimit : 65535
        guard let zone else {
            // "No such name" now could be remembered for a name that is there in a moment; who gets nothing asks again.
            self = question.name.isWithin(domain) ? .silence : .forward(question)
            return
        }
        var reply = DNSReply(question: question)
        switch zone.answer(question.name, type: question.type) {
        case .addresses(let addresses):
            let first = turn % max(addresses.count, 1)
            reply.addresses = Array(addresses[first...] + addresses[..<first])
        case .pointer(let name): reply.pointer = name
        case .authority:
            reply.zone = zone.domain
            reply.isAuthority = true
        case .nothing: reply.zone = zone.domain
        case .noSuchName:
            reply.zone = zone.domain
            reply.code = 3
        case .foreign:
            self = .forward(question)
            return
        }
        self = .reply(reply.bytes(limit: limit))
    }

    /// An answer that only repeats the header, for a message whose question cannot be read or served.
    static func bare(_ message: [UInt8], code: UInt8) -> [UInt8] {
        guard message.count >= 12 else { return [] }
        return [message[0], message[1], 0x80 | message[2] & 0x79, 0x80 | code, 0, 0, 0, 0, 0, 0, 0, 0]
    }
}
