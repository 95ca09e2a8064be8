import Document
import System

/// Work on many objects at the same time, where what becomes of one does not depend on the others.
extension Accumulator {
    /// Applies a transformer to some objects.
    func apply(_ transformer: LocalTransformer, among chosen: [Resource]) throws(Problem) {
        try inParts(chosen, with: transformer, for: transformer.origin) {
            (accumulator, resources, transformer) throws(Problem) in
            try transformer.apply(to: &accumulator, among: resources)
        }
    }

    /// Does something to all of some objects, a part of them on each of several threads.
    ///
    /// - Parameters:
    ///   - size: objects that are worth a thread's while.
    ///   - context: what the work reads and does not change.
    ///   - origin: what asks for it.
    ///   - work: is handed an accumulator for one part, whose growth counts here.
    /// - Throws: the `Problem` of the first part that has one.
    func inParts<Context>(
        _ chosen: [Resource], atLeast size: Int = 64, with context: Context, for origin: Origin,
        _ work: @Sendable (inout Accumulator, [Resource], Context) throws(Problem) -> Void
    ) throws(Problem) {
        let shared = Shared(chosen: chosen, context: context)
        let budget = growth.budget
        let parts = System.inParts(of: chosen.count, atLeast: size) { range in
            var part = Accumulator(growth: Growth(budget))
            do throws(Problem) {
                try work(&part, Array(shared.chosen[range]), shared.context)
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

/// What threads share: objects, each of which only one of them changes, and what all of them only read.
private struct Shared<Context>: @unchecked Sendable {
    let chosen: [Resource]
    let context: Context
}
