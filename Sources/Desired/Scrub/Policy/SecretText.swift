/// A text that must not be seen: whatever prints it shows that there is one, never what it is.
package struct SecretText: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    private let plain: String

    package init(_ plain: String) {
        self.plain = plain
    }

    /// The plain text, for the one place that applies it.
    package var revealed: String { plain }

    package var description: String { "(hidden)" }
    package var debugDescription: String { "(hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
