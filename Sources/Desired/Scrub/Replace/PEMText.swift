import Crypto

/// Texts of PEM blocks (RFC 7468).
enum PEMText {
    enum Part {
        case between([UInt8])
        case block([UInt8])
    }

    static func isOne(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "-----BEGIN ".utf8) }

    static func holdsPrivateKey(_ bytes: [UInt8]) -> Bool {
        bytes.contains("private key", in: 0..<bytes.count) || bytes.contains("secret key", in: 0..<bytes.count)
    }

    static func holdsCertificate(_ bytes: [UInt8]) -> Bool {
        bytes.contains("begin certificate-----", in: 0..<bytes.count)
    }

    /// The blocks of a text, and what is between them, in order.
    static func parts(_ bytes: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var done = 0
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x2D, bytes.has("-----BEGIN ", at: place), let end = end(bytes, place) else {
                place += 1
                continue
            }
            if place > done { parts.append(.between(Array(bytes[done..<place]))) }
            parts.append(.block(Array(bytes[place..<end])))
            done = end
            place = end
        }
        if done < bytes.count { parts.append(.between(Array(bytes[done...]))) }
        return parts
    }

    private static func end(_ bytes: [UInt8], _ start: Int) -> Int? {
        var place = start + 11
        while place < bytes.count {
            if bytes[place] == 0x2D, bytes.has("-----END ", at: place) {
                var end = place + 9
                while end < bytes.count, bytes[end] != 0x2D { end += 1 }
                return min(bytes.count, end + 5)
            }
            place += 1
        }
        return nil
    }

    /// What is between the first and the last line of each block, without line breaks.
    static func bodies(_ bytes: [UInt8]) -> [(isPrivate: Bool, body: [UInt8])] {
        parts(bytes).compactMap { part in
            guard case .block(let text) = part, let label = text.firstRange(of: Array("-----".utf8), from: 11),
                let last = text.firstRange(of: Array("-----END ".utf8), from: label + 5)
            else { return nil }
            let isPrivate = holdsPrivateKey(Array(text[..<label]))
            return (isPrivate, text[(label + 5)..<last].filter { !$0.isSpace })
        }
    }

    /// Identifiers of the keys in a text: of private ones, and of certificates with those that signed them.
    static func keys(_ bytes: [UInt8]) -> (own: [[UInt8]], signers: [[UInt8]]) {
        var own: [[UInt8]] = []
        var signers: [[UInt8]] = []
        for part in parts(bytes) {
            guard case .block(let text) = part else { continue }
            let string = String(decoding: text, as: UTF8.self)
            if string.contains("BEGIN CERTIFICATE-----") {
                guard let block = PEM.decode(string), let certificate = try? CertificateParts(block.bytes) else {
                    continue
                }
                own.append(certificate.keyIdentifier)
                if !certificate.issuerIdentifier.isEmpty { signers.append(certificate.issuerIdentifier) }
            } else if let identity = try? PrivateKey.publicIdentity(ofPEM: string) {
                own.append(identity.identifier)
            }
        }
        return (own, signers)
    }
}

extension [UInt8] {
    /// The place of a sequence at or after `start`.
    func firstRange(of other: [UInt8], from start: Int) -> Int? {
        guard !other.isEmpty, count >= other.count, start <= count - other.count else { return nil }
        for place in start...(count - other.count) where self[place] == other[0] {
            if self[place..<place + other.count].elementsEqual(other) { return place }
        }
        return nil
    }
}
