import Testing

@testable import Scrub

/// Applies a transform to a text; nil for NULL.
func apply(
    _ transform: any CellTransform, _ text: String, row: RowContext = .none
) throws(TransformFailure) -> String? {
    var output = ByteBuffer()
    let bytes = Array(text.utf8)
    // The closure's error would lose its type.
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count + 1)
    defer { copy.deallocate() }
    _ = copy.initialize(from: bytes + [0])
    let cell = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(copy)[0..<bytes.count])
    let result = try transform.apply(cell, row: row, into: &output)
    return result == .null ? nil : String(decoding: output.bytes, as: UTF8.self)
}

@Suite struct TransformTests {
    static let keys = ScrubKeys(environment: Array(0..<32))
    static let key = keys.domain("person")

    private static let recipes: [String: any TransformRecipe] = [
        "digits": DigitsRecipe(key, identity: "person"),
        "phone": KeyedRecipe(.phone, key, identity: "person"),
        "unique phone": DigitsRecipe(key, identity: "person", keptAfterPlus: 2),
        "sequence": DigitsRecipe(key, identity: "person", largest: 32_767),
        "alnum": KeyedRecipe(.alnum, key, identity: "person"),
        "card": KeyedRecipe(.card, key, identity: "person"),
        "uuid": KeyedRecipe(.uuid, key, identity: "person"),
        "mask": MaskRecipe(first: 1, last: 2),
        "token": TokenRecipe(key, identity: "person", prefix: "u_"),
        "name": NameRecipe(key, identity: "person", kind: .full),
        "email": NameRecipe(key, identity: "person", kind: .email),
        "given-name": NameRecipe(key, identity: "person", kind: .given),
        "address": NameRecipe(key, identity: "person", kind: .street),
        "company": NameRecipe(key, identity: "person", kind: .company),
        "ip": KeyedRecipe(.ip, key, identity: "person"),
        "url": URLRecipe(key, identity: "person", hosts: ["shop.com": "shop.test"]),
        "date-shift": DateShiftRecipe(key, identity: "person", subject: nil),
        "year": DateTruncateRecipe(to: .year),
        "noise": NoiseRecipe(key, row: [], thousandths: 100),
        "bucket": BucketRecipe(size: 10),
        "credential": KeyedRecipe(.credential, key, identity: "person"),
        "text": TextRecipe(keys, identity: "text", isFilled: false),
        "filler": TextRecipe(keys, identity: "text", isFilled: true),
    ]

    private static func transform(_ name: String) throws -> any CellTransform {
        try #require(recipes[name]).instance()
    }

    /// A transform, a cell, and the form of what takes its place.
    @Test(arguments: [
        ("digits", "4711", #"[1-9]\d{3}"#), ("digits", "007", #"0\d\d"#), ("digits", "-12", #"-[1-9]\d"#),
        ("digits", "12-34/5", #"[1-9]\d-\d\d/\d"#), ("digits", "none", #"[a-z]{4}"#),
        ("digits", "123456789012345678901234567890", #"[1-9]\d{29}"#),
        ("phone", "+49 (30) 901820", #"\+0\d \(\d\d\) \d{6}"#),
        ("unique phone", "+49 (30) 901820", #"\+49 \(\d\d\) \d{6}"#), ("phone", "030-901820", #"00\d-\d{6}"#),
        ("alnum", "K1A 0B6", #"[A-Z]\d[A-Z] \d[A-Z]\d"#), ("alnum", "Zürich", #"[A-Z][à-öø-þ][a-z]{4}"#),
        ("alnum", "Zażółć", #"[A-Z][a-z].*"#), ("alnum", "北京", #"\p{Han}{2}"#), ("alnum", "--", #"[[:punct:]]{2}"#),
        ("alnum", "   ", #"   "#), ("alnum", "Kärcher-Straße 12, 70180 Stuttgart am Neckar, bei Meyer", #".{55}"#),
        (
            "uuid", "6fa459ea-ee8a-4ca4-894e-db77e160355e",
            #"[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}"#
        ),
        ("uuid", "{6FA459EA-EE8A-1CA4-894E-DB77E160355E}", #"\{[\dA-F]{8}-[\dA-F]{4}-1[\dA-F]{3}-[89AB].*\}"#),
        ("mask", "Sørensen", #"S\*{5}en"#), ("mask", "Ann", #"\*{3}"#),
        ("token", "whatever", #"u_[0-9b-z]{16}"#),
        ("name", "Mary Smith", #"[A-Z][a-z]+ [A-Z][a-z]+"#), ("name", "MARY SMITH", #"[A-Z]+ [A-Z]+"#),
        ("email", "mary@shop.com", #"[a-z]+\.[a-z]+\.[0-9b-z]{12}@example\.com"#), ("email", "", ""),
        ("given-name", "mary", #"[a-z]+"#), ("address", "1 Main St", #"\d{1,4} [A-Z][a-z]+ [A-Z][a-z]+"#),
        ("company", "Acme Inc", #"[A-Z][a-z]+ [A-Z][a-z]+ \w+"#),
        ("ip", "10.1.2.3", #"\d+\.\d+\.\d+\.\d+"#), ("ip", "2001:db8::1", #"[\da-f:]+"#),
        ("ip", "10.0.0.0/8", #"\d+\.0\.0\.0/8"#),
        (
            "url", "https://joe:pw@www.shop.com:8443/u/joe?id=7",
            #"https://[a-z]{3}:[a-z]{2}@www\.shop\.test:8443/[a-z]/[a-z]{3}\?[a-z]{2}=\d"#
        ),
        ("url", "db.internal", #"h\w{12}\.example\.com"#),
        ("date-shift", "2024-02-29", #"\d{4}-\d\d-\d\d"#),
        ("date-shift", "2024-02-29 10:11:12+01", #"\d{4}-\d\d-\d\d 10:11:12\+01"#),
        ("date-shift", "1700000000", #"1[67]\d{8}"#), ("date-shift", "infinity", "infinity"),
        ("date-shift", "1962/2/18 0:00:00", #"\d{4}/\d\d?/\d\d? 0:00:00"#),
        ("year", "2024-02-29 10:11:12+01", #"2024-01-01 00:00:00\+01"#),
        ("noise", "100.00", #"(9|10|11)\d\.\d\d|9\d\.\d\d|110\.00"#), ("noise", "1.5e10", #"1\d+\.\d+"#),
        ("bucket", "47", "40"), ("bucket", "-3.50", #"-10\.00"#),
        ("credential", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", #"\$2b\$12\$[A-Za-z0-9./]{53}"#),
        ("credential", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", #"ghp_\w{36}"#),
        ("credential", "d41d8cd98f00b204e9800998ecf8427e", #"[\da-f]{32}"#),
        (
            "text", "Write to joe@shop.com or pay 4111 1111 1111 1111.",
            #"Write to \S+@example\.com or pay 4\d{3} \d{4} \d{4} \d{4}\."#
        ),
        ("filler", "He lives here.", #"[a-z ]{13}[a-z.]"#),
    ])
    func `what takes a cell's place has its form and is not it`(name: String, text: String, form: String) throws {
        let result = try #require(try apply(try Self.transform(name), text))
        #expect(result.wholeMatch(of: try Regex(form)) != nil, "\(name) made \(result)")
        let isPlain = text == "infinity" || text.allSatisfy(\.isWhitespace)
        #expect(isPlain || result != text)
        // A second thread's transform, and the same one again, say the same.
        #expect(try apply(try Self.transform(name), text) == result)
    }

    /// All texts of a pattern go to different texts of it, and none stays.
    @Test(arguments: [
        ("digits", "###"), ("digits", "0##"), ("digits", "#####"), ("sequence", "#####"), ("unique phone", "+49 ####"),
        ("phone", "+49 30 1####"),
        ("alnum", "#a-#"), ("uuid", "6fa459ea-ee8a-4ca4-894e-db77e160####"), ("ip", "10.3.2##"), ("card", "41##-##85"),
        ("card", "41111#####1111"),
    ])
    func `bijections are such over whole domains`(name: String, pattern: String) throws {
        let transform = try Self.transform(name)
        var images: Set<String> = []
        var count = 0
        let places = pattern.count { $0 == "#" }
        for number in 0..<Int(pow(10, places)) {
            var digits = Array(String(repeating: "0", count: places - String(number).count) + String(number))[...]
            let text = String(pattern.map { $0 == "#" ? digits.removeFirst() : $0 })
            if name == "ip",
                (IPAddress.read(
                    Array(("\(text).1").utf8).withUnsafeBufferPointer {
                        UnsafeBufferPointer(start: $0.baseAddress, count: $0.count)
                    }) == nil)
            {
                continue
            }
            let cell = name == "ip" ? "\(text).1" : text
            if name == "sequence", number > 32_767 || number < 10_000 { continue }
            if cell.hasPrefix("0"), pattern.hasPrefix("#"), places > 1 { continue }
            let image = try #require(try apply(transform, cell))
            #expect(image != cell)
            images.insert(image)
            count += 1
        }
        #expect(images.count == count)
    }

    private func pow(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * base } }

    @Test func `long texts of one pattern stay apart, whichever sign differs`() throws {
        let transform = try Self.transform("alnum")
        let ones = try #require(try apply(transform, String(repeating: "a", count: 200)))
        #expect(Set(ones.suffix(100)).count > 20)
        let text = Array("The quick brown fox 4711 jumps over the lazy dog, and nobody looks on or after it")
        var images: Set<String> = [try #require(try apply(transform, String(text)))]
        for place in text.indices where text[place].isLetter || text[place].isNumber {
            var other = text
            other[place] = other[place].isNumber ? "0" : other[place].isUppercase ? "Q" : "q"
            if other == text { continue }
            images.insert(try #require(try apply(transform, String(other))))
        }
        #expect(images.count == text.count { $0.isLetter || $0.isNumber } - text.count { $0 == "q" } + 1)
    }

    @Test(arguments: ["4111111111111111", "5500-0000-0000-0004", "378282246310005", "6304 0000 0000 0000 000"])
    func `a card's number that is right becomes one that is right, of the same network`(number: String) throws {
        let image = try #require(try apply(try Self.transform("card"), number))
        let digits = image.utf8.filter { $0.isDigit }.map { $0 - 0x30 }
        let original = number.utf8.filter { $0.isDigit }.map { $0 - 0x30 }
        #expect(CheckDigits.luhn(digits) == CheckDigits.luhn(original))
        #expect(digits.first == original.first)
    }

    @Test func `what takes an address's place hangs on no other address`() throws {
        let addresses = (0..<300).map { "\($0 % 7).\($0 % 256).\($0 / 3).9" }
        let known = try Self.transform("ip")
        let forth = try addresses.map { try apply(known, $0) }
        let back = try addresses.reversed().map { try apply(try Self.transform("ip"), $0) }
        #expect(forth == back.reversed())
    }

    @Test func `addresses of one network stay in one network`() throws {
        let transform = try Self.transform("ip")
        func bits(_ text: String) throws -> UInt32 {
            let image = try #require(try apply(transform, text))
            return try image.split(separator: ".").reduce(0) { try $0 << 8 | #require(UInt32($1)) }
        }
        func common(_ left: String, _ right: String) throws -> Int {
            (try bits(left) ^ bits(right)).leadingZeroBitCount
        }
        #expect(try common("10.1.2.3", "10.1.2.4") == 29)
        #expect(try common("10.1.2.3", "10.1.130.3") == 16)
        #expect(try common("10.1.2.3", "192.168.0.1") == 0)
    }

    @Test func `a subject's dates move together, and names follow their subject`() throws {
        let shift = DateShiftRecipe(Self.key, identity: "person", subject: 0, days: 100).instance()
        let name = NameRecipe(Self.key, identity: "person", kind: .full, subject: 0).instance()
        func row<Result>(_ id: String, _ body: (RowContext) throws -> Result) rethrows -> Result {
            let bytes = Array(id.utf8)
            return try bytes.withUnsafeBufferPointer { cell in
                let cells = [RowContext.Cell(cell)]
                return try cells.withUnsafeBufferPointer { try body(RowContext(cells: $0, number: 0)) }
            }
        }
        func day(_ text: String?) throws -> Int {
            let bytes = Array(try #require(text).utf8)
            return try bytes.withUnsafeBufferPointer { try #require(DateText($0)).days }
        }
        let first = try row("7") { try day(apply(shift, "2020-01-01", row: $0)) }
        let second = try row("7") { try day(apply(shift, "2020-03-01", row: $0)) }
        #expect(second - first == 60)
        let names = try row("7") { [try apply(name, "Al", row: $0), try apply(name, "Albert", row: $0)] }
        #expect(names[0] == names[1])
        let other = try row("8") { try apply(name, "Al", row: $0) }
        #expect(other != names[0])
    }

    @Test func `noise hangs on the row and never is nothing`() throws {
        let noise = NoiseRecipe(Self.key, row: [], thousandths: 50, range: 0...100).instance()
        for number in 0...100 {
            let image = try #require(try apply(noise, "\(number)").flatMap { Int($0) })
            #expect(image != number && (0...100).contains(image))
        }
    }

    @Test(arguments: [
        ("sequence", "40000"), ("sequence", "1.5"), ("date-shift", "yesterday"), ("date-shift", "2024-02-30"),
        ("year", "29.02.2024"),
        ("noise", "many"), ("bucket", "x"),
    ])
    func `what a transform cannot take stops it, and the error does not repeat it`(name: String, text: String) throws {
        let error = #expect(throws: TransformFailure.self) { try apply(try Self.transform(name), text) }
        #expect(error?.reason.contains(text) == false)
    }

    /// The catalogue's version says that these stay: whoever changes one raises it.
    @Test(arguments: [
        ("digits", "4711", "3801"), ("digits", "30012345678", "49785566253"), ("alnum", "K1A 0B6", "E6F 7E7"),
        ("card", "4111111111111111", "4950657431263937"),
        ("uuid", "6fa459ea-ee8a-4ca4-894e-db77e160355e", "c2b8caed-a06f-494e-ade9-67506c27c543"),
        ("email", "mary@shop.com", "josefin.wennerberg.1nsk7mk2jcdc@example.com"),
        ("name", "Mary Smith", "Inken Herrington"),
        ("ip", "10.1.2.3", "44.1.58.193"), ("date-shift", "2024-02-29", "2023-09-07"),
        ("token", "x", "u_q27xg1nnxv00w74d"), ("address", "1 Main St", "5669 Foundry Way"),
    ])
    func `the catalogue's first version gives these`(name: String, text: String, image: String) throws {
        #expect(TransformCatalog.version == 1)
        let result = try #require(try apply(try Self.transform(name), text))
        #expect(result == image)
    }
}
