import Document

/// What patches, replacements and transformers may put into the objects of one build, so that a few lines which copy a
/// thing into itself again and again end in an error, not in as much text as the disk holds.
final class Growth {
    private(set) var budget: ValueBudget

    /// - Parameters:
    ///   - weight: bytes of text, and 64 for each value.
    ///   - depth: collections within one another.
    init(weight: Int, depth: Int = 400) {
        budget = ValueBudget(weight: weight, depth: depth)
    }

    /// Begins with what is left elsewhere: each of several threads counts by itself, and what all have spent is counted
    /// there when they are done.
    init(_ budget: ValueBudget) {
        self.budget = budget
    }

    /// Counts what a thread has spent.
    ///
    /// - Throws: `Problem` when all threads together have spent too much.
    func count(spent weight: Int, for origin: Origin) throws(Problem) {
        if !budget.take(weight: weight) { throw Self.tooMuch(origin) }
    }

    /// What is left to put in.
    var left: Int { budget.left }

    /// Counts what was put into an object in an earlier build; not when it is too much.
    func count(again weight: Int) -> Bool {
        budget.take(weight: weight)
    }

    /// Counts a value that goes into an object, so many levels beneath its root.
    ///
    /// - Throws: `Problem` at what asks for it when it is too much, or too deep.
    func count(_ value: Value, at level: Int, for origin: Origin) throws(Problem) {
        switch budget.take(value, at: level) {
        case nil: return
        case .depth:
            throw Problem("values come to lie more than \(budget.depth) levels deep", at: origin)
        case .weight:
            throw Self.tooMuch(origin)
        }
    }

    private static func tooMuch(_ origin: Origin) -> Problem {
        Problem(
            "the objects grow beyond what can be rendered", at: origin,
            hint: "look for what is copied into itself, or for a long text that many objects get")
    }
}
