package import Crypto
package import Document

/// Carries templates out (text/template/exec.go), within limits.
package final class TemplateEvaluator {
    /// What carrying templates out may cost.
    package struct Limits: Sendable {
        /// Actions, calls and rounds of loops.
        package var steps = 50_000_000
        /// Bytes of all output, that of inner templates included, and of what functions make.
        package var output = 256 << 20
        /// Bytes of one text.
        package var text = 16 << 20
        /// Templates within one another.
        package var depth = 1002
        /// Keys and slow digests, in milliseconds that they take on one core of some machine: rather what they are likely
        /// to take than what they took, so that a chart renders everywhere or nowhere.
        package var labour = 6000
        /// Bytes of stack; who has more of it says so.
        package var stack = 3 << 20

        package init() {}
    }

    package typealias Function = @Sendable (Arguments) throws -> TemplateValue

    /// By name; later definitions take the place of earlier ones.
    package var templates: [String: Template] = [:]
    package let functions: [String: TemplateFunction]
    /// What random functions draw from.
    package struct Randomness: Sendable {
        /// A secret: who knows it knows the passwords.
        package var key: [UInt8] = [UInt8](repeating: 0, count: 32)
        /// The application, and how often its secrets were renewed.
        package var scope = ""

        package init() {}
    }

    /// Live objects, as `lookup` asks for them: `apiVersion`, `kind`, namespace, name; a list when the name is empty.
    package typealias Lookup = @Sendable (String, String, String, String) throws -> Value?
    /// The bytes of a time zone's file (RFC 8536) by its name; nil when there is none of that name.
    package typealias ZoneFile = @Sendable (String) -> [UInt8]?

    package var random = Randomness()
    /// The digest of the chart, which draws depend on as well; asked once, when something is drawn.
    package var chartDigest: () -> String = { "" }
    /// Told when something is drawn.
    package var noteDraw: (@Sendable () -> Void)?
    private lazy var digest = chartDigest()

    /// What all draws of a rendering have in common.
    func drawScope() -> String {
        noteDraw?()
        return "\(random.scope)\0\(digest)"
    }

    /// The instant that `now` gives, in seconds since 1970.
    package var now = 0
    private var calls: [String: Int] = [:]
    /// The calls that led to the template at work, the outermost first.
    var path: [CallSite] = []
    /// The call that is being made.
    var site: CallSite?

    /// The places of the calls that lead to one, as a text. What is called from two places draws apart at each, so that
    /// a part of a chart that is switched on changes nothing elsewhere.
    func pathOfCall(_ site: CallSite) -> String {
        (path + [site]).map { "\($0.source.name):\($0.offset)" }.joined(separator: "\0")
    }

    /// How often a place has drawn before.
    func countCall(at site: String) -> Int {
        calls[site, default: 0] += 1
        return calls[site, default: 0]
    }

    /// What a key means that a map has not (text/template, option `missingkey`).
    package enum MissingKeys: Sendable {
        /// Nothing, of which every field is nothing as well.
        case invalid
        /// Nil, which has no fields: Helm's way.
        case zero
        case error
    }

    package var missingKeys = MissingKeys.zero
    /// Whether `required` and `fail` let pass, as when a chart is only checked.
    package var isLenient = false
    /// Answers `lookup`; nil when what is live is not to be seen.
    package var lookup: Lookup?
    /// Where time zones come from; nil makes all of them UTC.
    package var zoneFile: ZoneFile?
    package let limits: Limits
    /// Keys that were made before.
    package var keys = MadeKeys()
    private(set) var steps = 0
    private var laboured = 0
    private var outputBytes = 0
    package internal(set) var depth = 0
    /// Where the stack stood when the outermost template began.
    private var stackStart = 0
    /// Whether it is asked later which part of a template, or of the values, wrote what.
    package var tracksOrigins = true
    /// Where the field that was read last stands in a values file.
    var lastOrigin = Origin.none
    private let parsed: ParsedTemplates

    /// - Parameter parsed: what was parsed before, with the same functions.
    package init(
        functions: [String: TemplateFunction], limits: Limits = Limits(), parsed: ParsedTemplates = ParsedTemplates()
    ) {
        self.functions = functions
        self.limits = limits
        self.parsed = parsed
    }

    /// Reads a text and adds its templates.
    @discardableResult
    package func add(_ source: TemplateSource) throws -> [Template] {
        let (main, definitions) = try parse(source)
        // The text's own template comes first, so that a definition of the same name in it wins.
        let all = [main] + definitions
        add(all)
        return all
    }

    /// Texts that define nothing and are read when they are first needed, by their names: most are carried out once.
    private var waiting: [String: TemplateSource] = [:]

    func addLater(_ source: TemplateSource) { waiting[source.name] = source }

    /// The template of a name.
    func template(_ name: String) throws -> Template? {
        if let known = templates[name] { return known }
        guard let source = waiting.removeValue(forKey: name) else { return nil }
        let template = try parse(source).main
        templates[name] = template
        return template
    }

    /// Carries out a text by its name; what is read of one that waited for it is not kept.
    func carryOut(_ name: String, _ data: TemplateValue) throws -> RenderedText {
        guard let source = waiting[name] else { return try run(name, data, keepsMarks: tracksOrigins) }
        return try run(try parse(source, keeps: false).main, data, keepsMarks: tracksOrigins)
    }

    /// The template of a text, and those that it defines.
    func parse(_ source: TemplateSource, keeps: Bool = true) throws -> (main: Template, definitions: [Template]) {
        let text = try parsed.text(source, keeps: keeps) { try TemplateParser.parse(source) { self.functions[$0] } }
        let main = Template(name: source.name, source: source, body: text.body, isEmpty: text.isEmpty)
        return (
            main,
            text.definitions.map { Template(name: $0.name, source: source, body: $0.body, isEmpty: $0.isEmpty) }
        )
    }

    func add(_ parsed: [Template]) {
        for template in parsed {
            if template.isEmpty, let known = templates[template.name], !known.isEmpty { continue }
            templates[template.name] = template
        }
    }

    /// Carries a template out.
    package func run(_ name: String, _ data: TemplateValue, keepsMarks: Bool = false) throws -> RenderedText {
        guard let template = try template(name) else {
            throw TemplateError("template: no template \"\(name)\" associated with template \"gotpl\"")
        }
        return try run(template, data, keepsMarks: keepsMarks)
    }

    package func run(_ template: Template, _ data: TemplateValue, keepsMarks: Bool = false) throws -> RenderedText {
        if depth == 0 {
            site = nil
            stackStart = Self.stackPosition
        }
        guard depth < limits.depth, hasStack else {
            throw TemplateError(
                "rendering template has a nested reference name: \(template.name): unable to execute template")
        }
        depth += 1
        if let site { path.append(site) }
        let mark = site == nil ? path.count : path.count - 1
        defer {
            depth -= 1
            path.removeLast(path.count - mark)
        }
        var frame = TemplateFrame(template: template, data: data, keepsMarks: keepsMarks)
        _ = try walk(template.body, data, &frame)
        return frame.output
    }

    var hasStack: Bool { (stackStart - Self.stackPosition).magnitude < limits.stack }

    /// The address of what is put on the stack now.
    @inline(never) private static var stackPosition: Int {
        var here = 0
        return withUnsafeMutablePointer(to: &here) { Int(bitPattern: $0) }
    }

    /// Maps that were given other maps or lists, and so may hold themselves.
    private var changed: [ObjectIdentifier: TemplateMap] = [:]

    func remember(_ map: TemplateMap) {
        changed[ObjectIdentifier(map)] = map
    }

    deinit {
        // A map that holds itself would stay for ever.
        for map in changed.values { map.removeAll() }
    }

    private var regexes: [String: Regex] = [:]
    private static let mostRegexes = 500

    /// A pattern, read once: charts use the same ones over and over.
    func regex(_ pattern: String) throws -> Regex {
        if let known = regexes[pattern] { return known }
        try step(200 + pattern.utf8.count)
        let regex = try Regex(pattern) { [unowned self] in try step($0) }
        if regexes.count >= Self.mostRegexes { regexes = [:] }
        regexes[pattern] = regex
        return regex
    }

    package func step(_ count: Int = 1) throws {
        steps += count
        if steps > limits.steps { throw TemplateError("the template takes more than \(limits.steps) steps") }
    }

    /// Counts a key or a slow digest that is about to be made.
    ///
    /// - Parameter milliseconds: what it takes on one core, roughly.
    func labour(_ milliseconds: Int) throws {
        laboured += milliseconds
        guard laboured > limits.labour else { return }
        throw TemplateError(
            "the keys and slow digests that the chart makes take more than \(limits.labour / 1000) seconds; hand some of "
                + "them in as values")
    }

    /// Counts what a function makes against the limit on output.
    package func spend(_ bytes: Int) throws {
        if bytes > limits.text { throw ValueWalk.tooLong(limits) }
        outputBytes += bytes
        if outputBytes > limits.output {
            throw TemplateError("the template writes more than \(limits.output) bytes")
        }
    }
}
