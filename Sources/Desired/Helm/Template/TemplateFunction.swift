/// A function that templates may call, and how many arguments it takes.
package final class TemplateFunction: Sendable {
    let name: String
    private let fewest: Int
    /// nil when there may be any number.
    private let most: Int?
    let body: TemplateEvaluator.Function
    /// Whether it looks at its arguments only as far as needed.
    let isShortCircuit: Bool
    /// Whether it looks at a list or a map, but not at what these hold.
    let isShallow: Bool
    /// Whether what it gives was there before: an argument, or a part of one.
    let returnsArgument: Bool
    /// Whether it puts values into a map that there is.
    let changesMaps: Bool

    /// Steps that one call takes: more than none where something is computed, whatever the arguments.
    let cost: Int

    private static let signing = names(
        "genPrivateKey genCA genCAWithKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert genSignedCertWithKey"
    )
    private static let shallow = names(
        """
        include tpl list tuple dict append push prepend concat initial rest reverse slice chunk keys values pluck pick \
        omit hasKey len empty not kindIs kindOf typeOf typeIs typeIsLike compact all any fail
        """
    ).union(returning)
    private static let returning = names(
        "default coalesce ternary required get index first last dig set unset merge mergeOverwrite")
    private static let changing = names("set merge mergeOverwrite")

    private static func names(_ list: String) -> Set<String> {
        Set(
            list.split(separator: " ").flatMap { name in
                [String(name), "must" + name.prefix(1).uppercased() + name.dropFirst()]
            })
    }

    init(
        _ name: String, _ fewest: Int, most: Int?, isShortCircuit: Bool = false,
        body: @escaping TemplateEvaluator.Function
    ) {
        self.name = name
        self.fewest = fewest
        self.most = most
        self.isShortCircuit = isShortCircuit
        cost = Self.signing.contains(name) ? 10_000 : 0
        changesMaps = Self.changing.contains(name)
        returnsArgument = Self.returning.contains(name)
        // Merging goes as deep as both maps do.
        isShallow = Self.shallow.contains(name) && (!changesMaps || name == "set")
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
