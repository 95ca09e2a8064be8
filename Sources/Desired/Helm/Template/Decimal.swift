import Glibc

/// Doubles with a given number of digits, rounded as C and Go round them.
enum Decimal {
    /// More digits than this are not written.
    private static let most = 400

    static func fixed(_ number: Double, digits: Int) -> String { format("%.*f", number, digits) }

    static func scientific(_ number: Double, digits: Int) -> String { format("%.*e", number, digits) }

    private static func format(_ pattern: String, _ number: Double, _ digits: Int) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        var buffer = [CChar](repeating: 0, count: 1024)
        let length = withVaList([Int32(min(max(digits, 0), most)), number]) {
            vsnprintf(&buffer, buffer.count, pattern, $0)
        }
        return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
