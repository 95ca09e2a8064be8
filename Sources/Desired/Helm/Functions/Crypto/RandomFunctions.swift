import Crypto

/// Sprig's random functions, which here draw from a keyed digest of the place that calls them: the same chart gives the
/// same passwords until the key or the chart changes.
enum RandomFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "randAlphaNum": { try text($0, letters + digits) },
        "randAlpha": { try text($0, letters) },
        "randNumeric": { try text($0, digits) },
        "randAscii": { try text($0, Array(32...126)) },
        "randBytes": { arguments in
            let stream = RandomStream(arguments)
            let count = try size(arguments)
            return .string(Base64.encode(stream.take(count)))
        },
        "randInt": { arguments in
            let (low, high) = (try arguments.int(0), try arguments.int(1))
            guard low < high else { throw TemplateError("invalid argument to Intn") }
            let stream = RandomStream(arguments)
            return .int(low + stream.below(high - low))
        },
        "shuffle": { arguments in
            var characters = Array(try arguments.string(0))
            let stream = RandomStream(arguments)
            for index in characters.indices.reversed().dropLast() {
                characters.swapAt(index, stream.below(index + 1))
            }
            return .string(String(characters))
        },
        "uuidv4": { arguments in
            let stream = RandomStream(arguments)
            var bytes = stream.take(16)
            bytes[6] = bytes[6] & 0x0F | 0x40
            bytes[8] = bytes[8] & 0x3F | 0x80
            let hex = Array(Hex.encode(bytes))
            let cuts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
            return .string(cuts.map { String(hex[$0]) }.joined(separator: "-"))
        },
    ]

    private static let digits = Array("0123456789".utf8)
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func size(_ arguments: Arguments) throws -> Int {
        let count = try arguments.int(0)
        guard (0...1_000_000).contains(count) else { throw TemplateError("\(count) random characters are too many") }
        return count
    }

    private static func text(_ arguments: Arguments, _ alphabet: [UInt8]) throws -> TemplateValue {
        let count = try size(arguments)
        let stream = RandomStream(arguments)
        let bytes = (0..<count).map { _ in alphabet[stream.below(alphabet.count)] }
        return .string(String(decoding: bytes, as: UTF8.self))
    }
}

/// Bytes from HMAC-SHA-256 in counter mode over the application, the calls that lead to the place, and the call's number
/// there.
final class RandomStream {
    private let code: HMAC
    private let message: [UInt8]
    private var counter: UInt64 = 0
    private var block: ArraySlice<UInt8> = []

    /// - Parameter content: what else the bytes depend on.
    init(_ arguments: Arguments, over content: [UInt8] = []) {
        let site = arguments.evaluator.pathOfCall(arguments.site) + "\0\(arguments.name)"
        let call = arguments.evaluator.countCall(at: site)
        code = HMAC(key: arguments.evaluator.random.key)
        message = Array("\(arguments.evaluator.drawScope())\0\(site)\0\(call)\0".utf8) + code.code(content)
    }

    /// Bytes that follow from others.
    init(seed: [UInt8]) {
        code = HMAC(key: seed)
        message = []
    }

    func next() -> UInt8 {
        if block.isEmpty {
            block = code.code(message + withUnsafeBytes(of: counter.bigEndian) { Array($0) })[...]
            counter += 1
        }
        return block.removeFirst()
    }

    func take(_ count: Int) -> [UInt8] { (0..<count).map { _ in next() } }

    /// A number from 0 up to but not including `limit`, each as likely as the others.
    func below(_ limit: Int) -> Int {
        guard limit > 1 else { return 0 }
        let range = UInt64(limit)
        let most = UInt64.max - UInt64.max % range
        while true {
            var number: UInt64 = 0
            for _ in 0..<8 { number = number << 8 | UInt64(next()) }
            if number < most { return Int(number % range) }
        }
    }
}
