/// The endings of generated names, in the alphabet of Kubernetes' `rand.String`: no vowels, so no words, and nothing that
/// looks like another letter.
enum RandomSuffix {
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

    /// Five letters from a random number.
    static func make(_ random: UInt64) -> String {
        var rest = random
        return String(
            (0..<5).map { _ in
                let letter = alphabet[Int(rest % UInt64(alphabet.count))]
                rest /= UInt64(alphabet.count)
                return letter
            })
    }

    /// A number's decimal digits in that alphabet, as template hashes are written (`rand.SafeEncodeString`).
    static func encode(_ text: String) -> String {
        String(text.unicodeScalars.map { alphabet[Int($0.value) % alphabet.count] })
    }

    /// The longest name that still leaves room for a suffix within the 63 characters of a label.
    static func name(_ base: String, _ suffix: String) -> String {
        "\(base.prefix(63 - 1 - suffix.count))-\(suffix)"
    }
}
