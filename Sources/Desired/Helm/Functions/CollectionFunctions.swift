/// Sprig's functions over lists.
enum ListFunctions {
    static let all: [String: TemplateEvaluator.Function] = {
        var table = plain
        for (name, function) in plain { table["must" + name.prefix(1).uppercased() + name.dropFirst()] = function }
        table["list"] = { .list($0.values) }
        table["tuple"] = { .list($0.values) }
        table["until"] = { try until($0, 0, $0.int(0), nil) }
        table["untilStep"] = { try until($0, $0.int(0), $0.int(1), $0.int(2)) }
        table["seq"] = { try sequence($0) }
        return table
    }()

    /// Those that have a twin with `must` in front.
    private static let plain: [String: TemplateEvaluator.Function] = [
        "first": { try $0.list(0).first ?? .none },
        "last": { try $0.list(0).last ?? .none },
        "rest": { .list(Array(try $0.list(0).dropFirst())) },
        "initial": { .list(Array(try $0.list(0).dropLast())) },
        "append": { .list(try $0.list(0) + [$0[1]]) },
        "push": { .list(try $0.list(0) + [$0[1]]) },
        "prepend": { .list(try [$0[1]] + $0.list(0)) },
        "concat": { arguments in
            .list(try arguments.values.indices.flatMap { try arguments.list($0) })
        },
        "reverse": { .list(try $0.list(0).reversed()) },
        "uniq": { arguments in
            var result: [TemplateValue] = []
            for item in try arguments.list(0) {
                try arguments.evaluator.step(result.count)
                if !result.contains(where: { $0.equals(item) }) { result.append(item) }
            }
            return .list(result)
        },
        "without": { arguments in
            let left = arguments.values.dropFirst()
            return .list(try arguments.list(0).filter { item in !left.contains { $0.equals(item) } })
        },
        "has": { arguments in
            if try arguments[1].isNone { return .bool(false) }
            let wanted = try arguments[0]
            return .bool(try arguments.list(1).contains { $0.equals(wanted) })
        },
        "compact": { .list(try $0.list(0).filter(\.isTrue)) },
        "chunk": { arguments in
            let size = try arguments.int(0)
            guard size > 0 else { throw TemplateError("chunk size must be greater than 0") }
            let items = try arguments.list(1)
            return .list(
                stride(from: 0, to: items.count, by: size).map {
                    .list(Array(items[$0..<min($0 + size, items.count)]))
                })
        },
        "slice": { arguments in
            let value = try arguments[0]
            guard let items = value.list else {
                throw TemplateError("list should be type of slice or array but \(value.kindName)")
            }
            if items.isEmpty { return .none }
            // Numbers of any kind, as `sub` and its like give them.
            let low = arguments.count > 1 ? NumberFunctions.integer(try arguments[1]) : 0
            let high = arguments.count > 2 ? NumberFunctions.integer(try arguments[2]) : items.count
            guard low >= 0, low <= high, high <= items.count else {
                throw TemplateError("slice bounds out of range [\(low):\(high)] with length \(items.count)")
            }
            return .list(Array(items[low..<high]))
        },
    ]

    /// More numbers than this are not made.
    private static let longest = 1_000_000

    private static func until(_ arguments: Arguments, _ start: Int, _ stop: Int, _ step: Int?) throws -> TemplateValue {
        let step = step ?? (stop < start ? -1 : 1)
        guard step != 0, stop > start ? step > 0 : step < 0 else { return .list([]) }
        let count = (Double(stop) - Double(start)) / Double(step)
        guard count <= Double(longest) else {
            throw TemplateError("\(arguments.name) makes more than \(longest) numbers")
        }
        try arguments.evaluator.step(Int(count))
        return .list(stride(from: start, to: stop, by: step).map(TemplateValue.int))
    }

    private static func sequence(_ arguments: Arguments) throws -> TemplateValue {
        let numbers = try arguments.values.indices.map { try arguments.int($0) }
        let (start, step, end): (Int, Int?, Int)
        switch numbers.count {
        case 1: (start, step, end) = (1, nil, numbers[0])
        case 2: (start, step, end) = (numbers[0], nil, numbers[1])
        case 3: (start, step, end) = (numbers[0], numbers[1], numbers[2])
        default: return .string("")
        }
        let by = step ?? (end < start ? -1 : 1)
        guard by != 0, end == start || (end > start) == (by > 0) else { return .string("") }
        let count = (Double(end) - Double(start)) / Double(by)
        guard count <= Double(longest) else { throw TemplateError("seq makes more than \(longest) numbers") }
        return .string(stride(from: start, through: end, by: by).map { String($0) }.joined(separator: " "))
    }
}

/// Sprig's functions over maps.
enum MapFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "dict": { arguments in
            let map = TemplateMap()
            var index = 0
            while index < arguments.count {
                map[try arguments.text(index)] = index + 1 < arguments.count ? arguments.values[index + 1] : .string("")
                index += 2
            }
            return .map(map)
        },
        "get": { try $0.map(0)[$0.string(1)] ?? .string("") },
        "set": { arguments in
            let map = try arguments.map(0)
            map[try arguments.string(1)] = try arguments[2]
            return .map(map)
        },
        "unset": { arguments in
            let map = try arguments.map(0)
            map[try arguments.string(1)] = nil
            return .map(map)
        },
        "hasKey": { .bool(try $0.map(0)[$0.string(1)] != nil) },
        "pluck": { arguments in
            let key = try arguments.string(0)
            return .list(try arguments.values.indices.dropFirst().compactMap { try arguments.map($0)[key] })
        },
        "keys": { arguments in
            .list(
                try arguments.values.indices.flatMap { try arguments.map($0).sortedKeys.map(TemplateValue.string) })
        },
        "values": { arguments in
            let map = try arguments.map(0)
            return .list(map.sortedKeys.compactMap { map[$0] })
        },
        "pick": { arguments in
            let map = try arguments.map(0)
            let keys = try arguments.values.indices.dropFirst().map { try arguments.string($0) }
            return .map(TemplateMap(entries: map.entries.filter { keys.contains($0.key) }))
        },
        "omit": { arguments in
            let map = try arguments.map(0)
            let keys = try arguments.values.indices.dropFirst().map { try arguments.string($0) }
            return .map(TemplateMap(entries: map.entries.filter { !keys.contains($0.key) }))
        },
        "merge": { try merge($0, overwrites: false) },
        "mustMerge": { try merge($0, overwrites: false) },
        "mergeOverwrite": { try merge($0, overwrites: true) },
        "mustMergeOverwrite": { try merge($0, overwrites: true) },
        "deepCopy": { try $0[0].copied },
        "mustDeepCopy": { try $0[0].copied },
        "deepEqual": { .bool(try $0[0].equals($0[1])) },
        "dig": { try dig($0) },
    ]

    /// Mergo's way: zero values count as absent.
    private static func merge(_ arguments: Arguments, overwrites: Bool) throws -> TemplateValue {
        let target = try arguments.map(0)
        for index in arguments.values.indices.dropFirst() {
            try merge(try arguments.map(index), into: target, overwrites: overwrites, arguments.evaluator)
        }
        return .map(target)
    }

    /// As mergo has it, which Sprig asks: maps within maps are merged. Without overwriting, what is empty is filled. With
    /// it, everything takes the place of what was there, what is empty included: a switch can be turned off.
    private static func merge(
        _ source: TemplateMap, into target: TemplateMap, overwrites: Bool, _ evaluator: TemplateEvaluator
    ) throws {
        if source === target { return }
        for (key, entry) in source.entries {
            try evaluator.step()
            let old = target[key]
            if let inner = entry.value.map, let known = old?.map {
                try merge(inner, into: known, overwrites: overwrites, evaluator)
                if !known.isEmpty { continue }
            }
            // Nothing at all fills no gap.
            if overwrites || !(entry.value.isNone || old?.isTrue ?? false) { target.set(key, entry) }
        }
    }

    private static func dig(_ arguments: Arguments) throws -> TemplateValue {
        var value = arguments.values[arguments.count - 1]
        let fallback = arguments.values[arguments.count - 2]
        for index in 0..<arguments.count - 2 {
            guard case .map(let map) = value else {
                throw TemplateError(
                    "interface conversion: interface {} is \(value.typeName), not map[string]interface {}")
            }
            guard let next = map[try arguments.string(index)] else { return fallback }
            value = next
        }
        return value
    }
}
