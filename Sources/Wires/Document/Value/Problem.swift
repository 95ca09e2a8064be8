/// An error for the person who wrote the file: what is wrong, where, and what to do.
///
/// Every refusal of input from outside is a `Problem`. It never holds a secret's value.
package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in one sentence without a full stop, the object and field named.
    package var message: String
    /// Where it is written.
    package var origin: Origin
    /// What to do about it, in one sentence without a full stop; empty when the message says it all.
    package var hint: String

    package init(_ message: String, at origin: Origin = .none, hint: String = "") {
        self.message = message
        self.origin = origin
        self.hint = hint
    }

    /// `file:line:column: message`, and the hint on a line of its own.
    package var description: String {
        let place = origin.isKnown ? "\(origin): " : ""
        return place + message + (hint.isEmpty ? "" : "\n  hint: \(hint)")
    }
}

/// Several problems found in one pass, so that a person mends them in one go.
package struct Problems: Error, Sendable, Hashable, CustomStringConvertible {
    package var all: [Problem]

    package init(_ all: [Problem]) {
        self.all = all
    }

    package var description: String {
        all.map(\.description).joined(separator: "\n")
    }
}
