/// What a registry asks for when it answers 401 (RFC 9110 §11.6.1; distribution's token specification).
enum Challenge: Equatable {
    case basic
    case bearer(realm: String, service: String?, scope: String?)

    /// The strongest challenge of a `WWW-Authenticate` header that is understood; nil when there is none.
    init?(_ headers: [String]) {
        let all = headers.flatMap(Self.parse)
        if let bearer = all.first(where: { if case .bearer = $0 { true } else { false } }) {
            self = bearer
        } else if let first = all.first {
            self = first
        } else {
            return nil
        }
    }

    private static func parse(_ header: String) -> [Challenge] {
        var reader = Reader(Array(header.utf8.prefix(8192)))
        var challenges: [(scheme: String, parameters: [String: String])] = []
        while let word = reader.token() {
            if reader.skip("=") {
                guard let value = reader.value(), !challenges.isEmpty else { break }
                challenges[challenges.count - 1].parameters[word.lowercased()] = value
                _ = reader.skip(",")
            } else {
                challenges.append((word.lowercased(), [:]))
            }
        }
        return challenges.compactMap { challenge in
            switch challenge.scheme {
            case "basic": return .basic
            case "bearer":
                guard let realm = challenge.parameters["realm"] else { return nil }
                return .bearer(
                    realm: realm, service: challenge.parameters["service"], scope: challenge.parameters["scope"])
            default: return nil
            }
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func skipBlanks() {
            while index < bytes.count, [32, 9, 44].contains(bytes[index]) { index += 1 }
        }

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            while index < bytes.count, bytes[index] == 32 { index += 1 }
            guard index < bytes.count, bytes[index] == UInt8(character.value) else { return false }
            index += 1
            return true
        }

        mutating func token() -> String? {
            skipBlanks()
            let start = index
            while index < bytes.count, ![32, 9, 44, 61, 34].contains(bytes[index]) { index += 1 }
            return start == index ? nil : String(decoding: bytes[start..<index], as: UTF8.self)
        }

        mutating func value() -> String? {
            guard skip("\"") else { return token() }
            var text: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == 34 { return String(decoding: text, as: UTF8.self) }
                if byte == 92, index < bytes.count {
                    text.append(bytes[index])
                    index += 1
                } else {
                    text.append(byte)
                }
            }
            return nil
        }
    }
}
