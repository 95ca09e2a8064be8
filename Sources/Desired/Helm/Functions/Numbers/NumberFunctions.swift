import Glibc

/// Sprig's functions over numbers.
enum NumberFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "int": { .int(try integer($0[0])) },
        "int64": { .long(try integer($0[0])) },
        "float64": { .float(try double($0[0])) },
        "atoi": { .int(Int(try $0.string(0)) ?? 0) },
        "toDecimal": { .long(Int(try $0.text(0), radix: 8) ?? 0) },
        "add": { fold($0, 0) { $0.addingReportingOverflow($1) } },
        "add1": { .long(try integer($0[0]) &+ 1) },
        "mul": { fold($0, 1) { $0.multipliedReportingOverflow(by: $1) } },
        "sub": { .long(try integer($0[0]) &- integer($0[1])) },
        "div": { .long(try quotient($0, remainder: false)) },
        "mod": { .long(try quotient($0, remainder: true)) },
        "max": { .long($0.values.map(integer).max() ?? 0) },
        "biggest": { .long($0.values.map(integer).max() ?? 0) },
        "min": { .long($0.values.map(integer).min() ?? 0) },
        "maxf": { .float($0.values.map(double).max() ?? 0) },
        "minf": { .float($0.values.map(double).min() ?? 0) },
        "addf": { .float(try foldDecimal($0) { $0 + $1 }) },
        "add1f": { .float(try double($0[0]) + 1) },
        "subf": { .float(try foldDecimal($0) { $0 - $1 }) },
        "mulf": { .float(try foldDecimal($0) { $0 * $1 }) },
        "divf": { .float(try foldDecimal($0) { $0 / $1 }) },
        "floor": { .float(try double($0[0]).rounded(.down)) },
        "ceil": { .float(try double($0[0]).rounded(.up)) },
        "round": { arguments in
            let digits = try arguments.int(1)
            let number = try double(arguments[0])
            let edge = arguments.count > 2 ? double(try arguments[2]) : 0.5
            let scale = pow(10, Double(digits))
            guard scale.isFinite, scale > 0 else { return .float(number) }
            let scaled = number * scale
            let fraction = scaled - scaled.rounded(.towardZero)
            let rounded = fraction >= edge ? scaled.rounded(.up) : scaled.rounded(.down)
            return .float(rounded / scale)
        },
    ]

    /// As `cast.ToInt64`: what is no number is 0.
    static func integer(_ value: TemplateValue) -> Int {
        switch value {
        case .int(let number), .long(let number): return number
        case .float(let number): return whole(number)
        case .bool(let flag): return flag ? 1 : 0
        case .string(let text): return GoLiteral.integer(withoutZeros(text)) ?? 0
        default: return 0
        }
    }

    /// Decimals that are all zeros count for nothing: `3.0` is 3.
    private static func withoutZeros(_ text: String) -> String {
        guard let point = text.lastIndex(of: "."), text[text.index(after: point)...].allSatisfy({ $0 == "0" }) else {
            return text
        }
        return String(text[..<point])
    }

    private static func whole(_ number: Double) -> Int {
        guard number.isFinite else { return 0 }
        return Int(exactly: number.rounded(.towardZero)) ?? (number < 0 ? .min : .max)
    }

    static func double(_ value: TemplateValue) -> Double {
        switch value {
        case .int(let number), .long(let number): return Double(number)
        case .float(let number): return number
        case .bool(let flag): return flag ? 1 : 0
        case .string(let text): return Double(text) ?? 0
        default: return 0
        }
    }

    private static func fold(
        _ arguments: Arguments, _ start: Int, _ combine: (Int, Int) -> (partialValue: Int, overflow: Bool)
    ) -> TemplateValue {
        .long(arguments.values.reduce(start) { combine($0, integer($1)).partialValue })
    }

    /// In decimal, as sprig does: 1.1 + 2.2 is 3.3.
    private static func foldDecimal(_ arguments: Arguments, _ combine: (Double, Double) -> Double) throws -> Double {
        let numbers = arguments.values.map(double)
        let result = numbers.dropFirst().reduce(numbers[0], combine)
        return Double(Decimal.scientific(result, digits: 14)) ?? result
    }

    private static func quotient(_ arguments: Arguments, remainder: Bool) throws -> Int {
        let (left, right) = (integer(try arguments[0]), integer(try arguments[1]))
        guard right != 0 else { throw TemplateError("runtime error: integer divide by zero") }
        let result =
            remainder
            ? left.remainderReportingOverflow(dividingBy: right)
            : left.dividedReportingOverflow(by: right)
        return result.partialValue
    }
}

/// Sprig's functions over types and truth.
enum LogicFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "default": { arguments in
            arguments.count > 1 && arguments.values[1].isTrue ? arguments.values[1] : try arguments[0]
        },
        "empty": { .bool(try !$0[0].isTrue) },
        "coalesce": { $0.values.first(where: \.isTrue) ?? .none },
        "all": { .bool($0.values.allSatisfy(\.isTrue)) },
        "any": { .bool($0.values.contains(where: \.isTrue)) },
        "ternary": { try $0.bool(2) ? $0[0] : $0[1] },
        "typeOf": { .string(try $0[0].typeName) },
        "kindOf": { .string(try $0[0].kindName) },
        "typeIs": { .bool(try $0.string(0) == $0[1].typeName) },
        "typeIsLike": { arguments in
            let (name, type) = (try arguments.string(0), try arguments[1].typeName)
            return .bool(name == type || "*" + name == type)
        },
        "kindIs": { .bool(try $0.string(0) == $0[1].kindName) },
    ]
}
