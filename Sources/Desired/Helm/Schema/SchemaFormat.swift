/// The formats that JSON Schema names ("Defined Formats"); one that is unknown allows every text.
enum SchemaFormat {
    static func allows(_ text: String, _ format: String) -> Bool {
        switch format {
        case "regex": (try? Regex(text)) != nil
        case "uuid": isUUID(text)
        case "ipv4": isIPv4(text)
        case "ipv6": isIPv6(text)
        case "hostname": isHostname(text)
        case "email", "idn-email": isEmail(text)
        case "date": isDate(text)
        case "time": isTime(text)
        case "date-time": isDateTime(text)
        case "duration": isDuration(text)
        case "uri", "iri": isReference(text) && hasScheme(text)
        case "uri-reference", "iri-reference", "uri-template": isReference(text)
        case "json-pointer": isPointer(text)
        case "semver": SemanticVersion(text).map { $0.parts == 3 && text.first != "v" } ?? false
        default: true
        }
    }

    private static func isDigits(_ text: some StringProtocol, _ count: ClosedRange<Int>) -> Bool {
        count.contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func parts(_ text: some StringProtocol, _ mark: Character) -> [String] {
        String(text).split(separator: mark, omittingEmptySubsequences: false).map(String.init)
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = parts(text, "-")
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
    }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = parts(text, ".")
        return parts.count == 4
            && parts.allSatisfy {
                isDigits($0, 1...3) && (Int($0) ?? 256) < 256 && ($0 == "0" || $0.first != "0")
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        guard text.contains(":"), !text.contains("%"), !text.contains(":::") else { return false }
        let halves = Search.split(text, "::")
        guard halves.count <= 2 else { return false }
        var count = 0
        for (number, half) in halves.enumerated() where !half.isEmpty {
            let groups = parts(half, ":")
            for (index, group) in groups.enumerated() {
                let isLast = number == halves.count - 1 && index == groups.count - 1
                if isLast, isIPv4(group) {
                    count += 2
                } else {
                    guard (1...4).contains(group.utf8.count), group.allSatisfy(\.isHexDigit) else { return false }
                    count += 1
                }
            }
        }
        return halves.count == 2 ? count < 8 : count == 8
    }

    private static func isHostname(_ text: String) -> Bool {
        let plain = Search.trimmedSuffix(text, ".")
        guard (1...253).contains(plain.utf8.count) else { return false }
        return parts(plain, ".").allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || $0 == "-" || ("0"..."9").contains($0))
                }
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return false }
        let (name, host) = (text[..<at], String(text[text.index(after: at)...]))
        guard (1...64).contains(name.utf8.count), !name.contains(" "), !name.hasPrefix("."), !name.hasSuffix("."),
            !name.contains("..")
        else { return false }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = String(host.dropFirst().dropLast())
            return isIPv4(address) || address.hasPrefix("IPv6:") && isIPv6(String(address.dropFirst(5)))
        }
        return isHostname(host)
    }

    private static func isDate(_ text: String) -> Bool {
        let parts = parts(text, "-")
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ isDigits($0, 2...4) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[month - 1]).contains(day)
    }

    private static func isTime(_ text: String) -> Bool {
        let clock = text.prefix { $0 != "Z" && $0 != "z" && $0 != "+" && $0 != "-" }
        let zone = text.dropFirst(clock.count)
        let whole = clock.prefix { $0 != "." }
        let fraction = clock.dropFirst(whole.count)
        let numbers = parts(whole, ":")
        guard numbers.count == 3, numbers.allSatisfy({ isDigits($0, 2...2) }), (Int(numbers[0]) ?? 24) < 24,
            (Int(numbers[1]) ?? 60) < 60, (Int(numbers[2]) ?? 61) < 61,
            fraction.isEmpty || isDigits(fraction.dropFirst(), 1...30)
        else { return false }
        if zone == "Z" || zone == "z" { return true }
        let offset = parts(zone.dropFirst(), ":")
        return offset.count == 2 && offset.allSatisfy { isDigits($0, 2...2) } && (Int(offset[0]) ?? 24) < 24
            && (Int(offset[1]) ?? 60) < 60
    }

    private static func isDateTime(_ text: String) -> Bool {
        let halves = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "T" || $0 == "t" }
        return halves.count == 2 && isDate(String(halves[0])) && isTime(String(halves[1]))
    }

    /// `P1Y2M3DT4H5M6S`, or weeks alone (ISO 8601).
    private static func isDuration(_ text: String) -> Bool {
        guard text.first == "P" else { return false }
        let halves = parts(text.dropFirst(), "T")
        guard halves.count <= 2, halves.count == 1 || !halves[1].isEmpty, halves.contains(where: { !$0.isEmpty }) else {
            return false
        }
        func isRun(_ text: String, _ units: String) -> Bool {
            var rest = Substring(text)
            var left = Substring(units)
            while !rest.isEmpty {
                let digits = rest.prefix { ("0"..."9").contains($0) }
                rest = rest.dropFirst(digits.count)
                guard !digits.isEmpty, let unit = rest.first, let place = left.firstIndex(of: unit) else {
                    return false
                }
                left = left[left.index(after: place)...]
                rest.removeFirst()
            }
            return true
        }
        if halves.count == 1, halves[0].hasSuffix("W") { return isRun(halves[0], "W") }
        return isRun(halves[0], "YMD") && (halves.count == 1 || isRun(halves[1], "HMS"))
    }

    private static func hasScheme(_ text: String) -> Bool {
        let scheme = text.prefix { $0 != ":" }
        guard scheme.count < text.count, let first = scheme.unicodeScalars.first, first.isASCII,
            first.properties.isAlphabetic
        else { return false }
        return scheme.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "+-.".unicodeScalars.contains($0))
        }
    }

    private static func isReference(_ text: String) -> Bool {
        !text.unicodeScalars.contains {
            $0.value <= 0x20 || $0 == "\\" || $0 == "<" || $0 == ">" || $0 == "\"" || $0 == "^" || $0 == "`"
        }
    }

    private static func isPointer(_ text: String) -> Bool {
        if text.isEmpty { return true }
        guard text.first == "/" else { return false }
        let scalars = Array(text.unicodeScalars)
        return scalars.indices.allSatisfy { index in
            scalars[index] != "~"
                || index + 1 < scalars.count && (scalars[index + 1] == "0" || scalars[index + 1] == "1")
        }
    }
}
