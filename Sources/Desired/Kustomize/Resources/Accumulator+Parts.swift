import Document
import System

/// Work on many objects at the same time, where what becomes of one does not depend on the others.
extension Accumulator {
    /// Applies a transformer that is local to some objects.
    func apply(_ transformer: Transformer, among chosen: [Resource]) throws(Problem) {
        let shared = Shared(transformer)
        try inParts(chosen, for: transformer.origin) { (accumulator, resources) throws(Problem) in
            try shared.value.applyLocally(to: &accumulator, among: resources)
        }
    }

    /// Does something to all of some objects, a part of them on each of several threads.
    ///
    /// - Parameters:
    ///   - origin: what asks for it.
    ///   - work: is handed an accumulator for one part, whose growth counts here.
    /// - Throws: the `Problem` of the first part that has one.
    func inParts(
        _ chosen: [Resource], for origin: Origin,
        _ work: @Sendable (inout Accumulator, [Resource]) throws(Problem) -> Void
    ) throws(Problem) {
        let chosen = Shared(chosen)
        let budget = growth.budget
        let parts = System.inParts(of: chosen.value.count, atLeast: 64) { range in
            var part = Accumulator(growth: Growth(budget))
            do throws(Problem) {
                try work(&part, Array(chosen.value[range]))
                return (spent: budget.left - part.growth.left, problem: nil as Problem?)
            } catch {
                return (spent: 0, problem: error)
            }
        }
        for part in parts {
            if let problem = part.problem { throw problem }
            try growth.count(spent: part.spent, for: origin)
        }
    }
}

/// What threads share that only read it, or of which each changes a part that no other looks at.
private struct Shared<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) {
        self.value = value
    }
}
