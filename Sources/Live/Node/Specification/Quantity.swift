import Document

/// An amount of a resource (`resource.Quantity`): `500m`, `1.5`, `64Mi`, `1e3`.
struct Quantity: Sendable, Equatable {
    /// Thousandths, which is as fine as any resource here is counted.
    var thousandths: Int

    init(thousandths: Int) {
        self.thousandths = thousandths
    }

    init?(_ value: Value) {
        guard let text = value.scalar?.text else { return nil }
        self.init(text)
    }

    init?(_ text: String) {
        let number = text.prefix { "+-.0123456789".contains($0) }
        let suffix = text.dropFirst(number.count)
        guard let amount = Double(number), let factor = Self.factor(String(suffix)) else { return nil }
        let thousandths = (amount * factor * 1000).rounded(.up)
        guard thousandths.isFinite, abs(thousandths) < 9e18 else { return nil }
        self.thousandths = Int(thousandths)
    }

    /// Rounded up, as Kubernetes does.
    var whole: Int { (thousandths + 999) / 1000 }

    private static func factor(_ suffix: String) -> Double? {
        if let factor = suffixes[suffix] { return factor }
        guard let first = suffix.first, first == "e" || first == "E", let exponent = Int(suffix.dropFirst()),
            abs(exponent) < 19
        else { return nil }
        return (0..<abs(exponent)).reduce(1.0) { result, _ in exponent > 0 ? result * 10 : result / 10 }
    }

    private static let suffixes: [String: Double] = [
        "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 1024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
    ]
}
