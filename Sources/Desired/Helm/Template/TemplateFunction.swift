/// A function that templates may call, and how many arguments it takes.
package final class TemplateFunction: Sendable {
    let name: String
    private let fewest: Int
    /// nil when there may be any number.
    private let most: Int?
    let body: TemplateEvaluator.Function
    /// Whether it looks at its arguments only as far as needed.
    let isShortCircuit: Bool

    init(
        _ name: String, _ fewest: Int, most: Int?, isShortCircuit: Bool = false,
        body: @escaping TemplateEvaluator.Function
    ) {
        self.name = name
        self.fewest = fewest
        self.most = most
        self.isShortCircuit = isShortCircuit
        self.body = body
    }

    /// What Go says of a call with that many arguments; nil when they fit.
    func refusal(of count: Int) -> String? {
        if count < fewest, most != fewest {
            return "wrong number of args for \(name): want at least \(fewest) got \(count)"
        }
        guard count < fewest || most.map({ count > $0 }) ?? false else { return nil }
        return "wrong number of args for \(name): want \(fewest) got \(count)"
    }
}
