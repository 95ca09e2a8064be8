/// A chart's version, or an image's version in its values, that a promotion changes.
package struct ChartMove: Sendable, Hashable {
    package var application: String
    /// `redis`, or a path of values: `image.tag`.
    package var subject: String
    package var old: String
    package var new: String

    /// `redis 17.4.0`, as a commit's subject has it.
    package var summary: String { "\(subject.contains(".") ? "\(application) " : "")\(subject) \(Self.short(new))" }

    /// `cache: redis 17.3.1 → 17.4.0`.
    package var description: String {
        "\(application): \(subject) \(Self.short(old)) → \(Self.short(new))"
    }

    /// A digest's start says enough.
    private static func short(_ text: String) -> String {
        text.isEmpty ? "nothing" : text.hasPrefix("sha256:") ? String(text.prefix(19)) : text
    }
}
