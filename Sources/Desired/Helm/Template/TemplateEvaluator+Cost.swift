/// What calls cost, so that a template which loops or grows without end stops at a limit, whichever functions it uses.
extension TemplateEvaluator {
    /// Counts what a function is about to look at.
    func charge(_ function: TemplateFunction, _ values: [TemplateValue]) throws {
        var walk = ValueWalk(limits)
        for value in values {
            switch value {
            case .none, .bool, .int, .long, .float, .host: continue
            case .string(let text): walk.bytes += text.utf8.count
            case .bytes(let bytes): walk.bytes += bytes.count
            case .list(let items):
                if function.isShallow { walk.nodes += items.count / 8 } else { try walk.take(value, at: 0) }
            case .map: if !function.isShallow { try walk.take(value, at: 0) }
            }
        }
        if walk.bytes > limits.text, !function.isShallow { throw ValueWalk.tooLong(limits) }
        try step(function.cost + walk.nodes + walk.bytes / 16)
    }

    /// Counts what a method is about to look at.
    func charge(_ values: [TemplateValue]) throws {
        var walk = ValueWalk(limits)
        for value in values { try walk.take(value, at: 0) }
        try step(walk.nodes + walk.bytes / 16)
    }

    /// Counts what a function has made.
    func charge(_ result: TemplateValue, of function: TemplateFunction, _ values: [TemplateValue]) throws {
        if function.changesMaps, case .map(let map) = result, values.last?.isContainer == true { remember(map) }
        if function.returnsArgument { return }
        switch result {
        case .none, .bool, .int, .long, .float, .host: return
        // Shorter texts need no memory of their own.
        case .string(let text): if text.utf8.count > 15 { try spend(text.utf8.count) }
        case .bytes(let bytes): try spend(bytes.count)
        case .list(let items):
            try spend(items.count * 24)
            try step(try ValueWalk.lists(in: items, left: Self.mostLists))
        case .map(let map):
            if function.isShallow { return try spend(128 + map.count * 80) }
            var walk = ValueWalk(limits)
            try walk.take(result, at: 0)
            try spend(walk.nodes * 80)
        }
    }

    /// Counts a value that is about to be printed.
    func chargePrinting(_ value: TemplateValue) throws {
        guard value.isContainer else { return }
        var walk = ValueWalk(limits)
        try walk.take(value, at: 0)
        try step(walk.nodes + walk.bytes / 64)
    }

    /// Refuses a text before it is made.
    func allow(_ parts: (count: Int, length: Int)...) throws {
        var sum = 0
        for part in parts {
            let (size, overflows) = part.count.multipliedReportingOverflow(by: part.length)
            let (total, overflowsToo) = sum.addingReportingOverflow(size)
            sum = total
            if overflows || overflowsToo || sum > limits.text { throw ValueWalk.tooLong(limits) }
        }
    }

    /// Lists within one another, which would overflow the stack when they are let go.
    private static let mostLists = 200
}

extension TemplateValue {
    /// Whether it can hold other values.
    var isContainer: Bool {
        switch self {
        case .list, .map: true
        default: false
        }
    }
}

/// Sizes of values whose parts may be shared, or even hold themselves.
struct ValueWalk {
    private let limits: TemplateEvaluator.Limits
    var nodes = 0
    /// Of text, with what keys and indentation add where it is written out.
    var bytes = 0
    private static let depthLimit = 500

    init(_ limits: TemplateEvaluator.Limits) {
        self.limits = limits
    }

    static func tooLong(_ limits: TemplateEvaluator.Limits) -> TemplateError {
        TemplateError("a text of more than \(limits.text) bytes would be needed")
    }

    /// Adds a value up.
    ///
    /// - Throws: `TemplateError` when it is nested too deep, or larger than any text may be.
    mutating func take(_ value: TemplateValue, at depth: Int) throws {
        nodes += 1
        switch value {
        case .none, .bool, .int, .long, .float, .host: bytes += 2 * depth + 2
        case .string(let text): bytes += text.utf8.count + 2 * depth + 2
        case .bytes(let more): bytes += more.count
        case .list(let items):
            try check(depth)
            for item in items { try take(item, at: depth + 1) }
        case .map(let map):
            try check(depth)
            for (key, entry) in map.entries {
                bytes += key.utf8.count
                try take(entry.value, at: depth + 1)
            }
        }
        if bytes > limits.text { throw Self.tooLong(limits) }
    }

    private func check(_ depth: Int) throws {
        guard depth < Self.depthLimit else {
            throw TemplateError(
                "values are nested more than \(Self.depthLimit) levels deep, or hold themselves")
        }
    }

    /// How many items lists hold, those in lists in them included.
    ///
    /// - Throws: `TemplateError` when there are too many lists within one another.
    static func lists(in items: [TemplateValue], left: Int) throws -> Int {
        guard left > 0 else { throw TemplateError("too many lists are nested in one another") }
        var count = items.count / 8
        for case .list(let inner) in items { count += try lists(in: inner, left: left - 1) + 1 }
        return count
    }
}
