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
    /// The places in other files that led to this one, the first one first: the entries that name bases and files.
    package var trail: [Origin] = []

    package init(_ message: String, at origin: Origin = .none, hint: String = "") {
        self.message = message
        self.origin = origin
        self.hint = hint
    }

    /// `file:line:column: message`, and the way there and the hint on lines of their own.
    package var description: String {
        let place = origin.isKnown ? "\(origin): " : ""
        let way = trail.isEmpty ? "" : "\n  in " + trail.map(Self.line).joined(separator: " → ")
        return place + message + way + (hint.isEmpty ? "" : "\n  hint: \(hint)")
    }

    private static func line(_ origin: Origin) -> String {
        origin.line > 0 ? "\(origin.file.path):\(origin.line)" : origin.file.path
    }

    /// The problem, met on a way that begins at `origin`; a place in the same file as the next one says nothing new.
    package func reached(from origin: Origin) -> Problem {
        guard origin.isKnown else { return self }
        if !self.origin.isKnown {
            var copy = self
            copy.origin = origin
            return copy
        }
        guard (trail.first ?? self.origin).file != origin.file else { return self }
        var copy = self
        copy.trail.insert(origin, at: 0)
        return copy
    }

    /// Does what a place leads to; a problem there tells of the place.
    package static func following<Result>(
        _ origin: Origin, _ body: () throws(Problem) -> Result
    ) throws(Problem) -> Result {
        do {
            return try body()
        } catch {
            throw error.reached(from: origin)
        }
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
