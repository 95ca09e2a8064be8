import Crypto

/// Plausible values in the place of personal ones: of the same form, check digits right, and of nobody.
struct PersonalStandIn {
    private enum Kind {
        case email, phone, card, iban, ipv4, ipv6, mac, firstName, lastName, fullName, birth
    }

    private static let kinds: [String: Kind] = [
        "email": .email, "phone": .phone, "payment-card": .card, "iban": .iban, "ipv4": .ipv4, "ipv6": .ipv6,
        "mac-address": .mac, "first-name": .firstName, "last-name": .lastName, "person-name": .fullName,
        "date-of-birth": .birth,
    ]
    private static let firstNames = [
        "Alex", "Billie", "Casey", "Devin", "Emery", "Finley", "Harper", "Indra", "Jamie", "Kim", "Lou", "Marin",
        "Noor",
        "Oakley", "Pat", "Quinn", "Robin", "Sasha", "Toni", "Uli", "Val", "Wren", "Yael", "Zion",
    ]
    private static let lastNames = [
        "Ashdown", "Bellweather", "Copperfield", "Dunmore", "Eastlake", "Fairbairn", "Greenhalgh", "Hollowell",
        "Ironside", "Juniper", "Kestrel", "Larkspur", "Merriweather", "Northgate", "Oakenshaw", "Pemberton",
        "Quillfeather", "Rosewarne", "Silverton", "Thistlewood", "Underhill", "Vantongeren", "Wintergreen", "Yarrow",
    ]

    private let kind: Kind
    private let hmac: HMAC

    /// nil for types of which nothing more is known than their form.
    init?(type: String, hmac: HMAC) {
        guard let kind = Self.kinds[type] else { return nil }
        self.kind = kind
        self.hmac = hmac
    }

    /// nil where the value has not the form that it should have.
    func value(for bytes: [UInt8]) -> [UInt8]? {
        var stream = KeyStream(hmac, bytes)
        switch kind {
        case .email: return nil
        case .phone: return digits(bytes, &stream, keeps: bytes.first == 0x2B ? 2 : 1)
        case .card: return card(bytes, &stream)
        case .iban: return iban(bytes, &stream)
        // Blocks for documentation, where no machine answers (RFC 5737, RFC 3849), and a locally given address.
        case .ipv4:
            return Array("\(["192.0.2", "198.51.100", "203.0.113"][Int(stream.next()) % 3]).\(stream.next())".utf8)
        case .ipv6:
            return Array(
                "2001:db8::\(Hex.encode([stream.next(), stream.next()])):\(Hex.encode([stream.next(), stream.next()]))"
                    .utf8)
        case .mac:
            let separator = bytes.contains(0x2D) ? "-" : ":"
            let parts = [2, 0] + (0..<4).map { _ in stream.next() }
            return Array(parts.map { Hex.encode([$0]) }.joined(separator: separator).utf8)
        case .firstName: return Array(Self.pick(Self.firstNames, &stream).utf8)
        case .lastName: return Array(Self.pick(Self.lastNames, &stream).utf8)
        case .fullName:
            return Array("\(Self.pick(Self.firstNames, &stream)) \(Self.pick(Self.lastNames, &stream))".utf8)
        case .birth: return birth(bytes, &stream)
        }
    }

    private static func pick(_ names: [String], _ stream: inout KeyStream) -> String {
        names[(Int(stream.next()) << 8 | Int(stream.next())) % names.count]
    }

    /// Other digits, but for the first ones, which say the country or the kind of line.
    private func digits(_ bytes: [UInt8], _ stream: inout KeyStream, keeps: Int) -> [UInt8] {
        var kept = 0
        return bytes.map { byte in
            guard byte.isDigit else { return byte }
            kept += 1
            return kept <= keeps ? byte : 0x30 + stream.next() % 10
        }
    }

    /// The issuer's first digit stays; the last digit makes the sum right (ISO/IEC 7812-1).
    private func card(_ bytes: [UInt8], _ stream: inout KeyStream) -> [UInt8]? {
        var result = digits(bytes, &stream, keeps: 1)
        guard let last = result.lastIndex(where: \.isDigit) else { return nil }
        for digit in UInt8(0)...9 {
            result[last] = 0x30 + digit
            if CheckDigits.luhn(result.filter(\.isDigit).map { $0 - 0x30 }) { return result }
        }
        return nil
    }

    /// The country stays; the two digits behind it make the rest right (ISO 13616).
    private func iban(_ bytes: [UInt8], _ stream: inout KeyStream) -> [UInt8]? {
        var places = bytes.indices.filter { bytes[$0].isDigit || bytes[$0].isLetter }
        guard places.count >= 15 else { return nil }
        var result = bytes
        for place in places.dropFirst(4) where bytes[place].isDigit { result[place] = 0x30 + stream.next() % 10 }
        places = Array(places.prefix(4))
        let signs = { (text: [UInt8]) in text.filter { $0.isDigit || $0.isLetter }.map { $0.isLower ? $0 - 32 : $0 } }
        for check in 2...98 {
            result[places[2]] = 0x30 + UInt8(check / 10)
            result[places[3]] = 0x30 + UInt8(check % 10)
            if CheckDigits.iban(signs(result)[...]) { return result }
        }
        return nil
    }

    /// A date of the same form, within a year or two.
    private func birth(_ bytes: [UInt8], _ stream: inout KeyStream) -> [UInt8]? {
        // 1954-10-04: what has four digits is the year, and days up to 28 are in every month.
        let groups = bytes.indices.split { !bytes[$0].isDigit }
        guard groups.count == 3 else { return nil }
        var result = bytes
        for group in groups {
            guard let first = group.first, let last = group.last else { return nil }
            let number = bytes[first...last].reduce(0) { $0 * 10 + Int($1 - 0x30) }
            let new = group.count == 4 ? number - 1 + Int(stream.next() % 3) : 1 + Int(stream.next()) % 12
            let text = Array("\(new)".utf8)
            let padded = [UInt8](repeating: 0x30, count: max(0, group.count - text.count)) + text
            guard padded.count == group.count else { continue }
            result.replaceSubrange(first...last, with: padded)
        }
        return result
    }
}
