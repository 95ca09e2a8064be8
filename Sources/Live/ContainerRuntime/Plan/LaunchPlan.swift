import System

/// Everything about a container, decided: the steps that the shim carries out, and their form as bytes.
///
/// The form is versioned and flat, so that the shim reads it in place, checks every bound and allocates nothing:
/// `BLYP`, version, count of steps and length of the whole as u32; each step as code and length, both u32, and its
/// arguments: numbers as u64, texts as u32 length, bytes and a NUL. Little-endian.
struct LaunchPlan: Sendable, Hashable {
    static let version: UInt32 = 1
    /// What the shim reads at most, in bytes.
    static let maximumLength = 4 << 20

    var steps: [LaunchStep]

    init(_ steps: [LaunchStep]) {
        self.steps = steps
    }

    /// The plan's bytes.
    ///
    /// - Throws: `ContainerError` when a text holds a NUL or the plan is too long.
    func encoded() throws(ContainerError) -> [UInt8] {
        var body = PlanWriter()
        for step in steps {
            var arguments = PlanWriter()
            let code =
                if case .oci(let step) = step { step.write(to: &arguments) } else {
                    step.write(to: &arguments).rawValue
                }
            guard !arguments.isBroken else {
                throw ContainerError(.specification, "\(step.name): a text holds a NUL character")
            }
            body.word(code)
            body.word(UInt32(arguments.bytes.count))
            body.bytes += arguments.bytes
        }
        let length = body.bytes.count + 16
        guard length <= Self.maximumLength else {
            throw ContainerError(
                .specification,
                "arguments, environment and mounts take \(length) bytes; at most \(Self.maximumLength) fit")
        }
        var head = PlanWriter()
        head.bytes += Array("BLYP".utf8)
        head.word(Self.version)
        head.word(UInt32(steps.count))
        head.word(UInt32(length))
        return head.bytes + body.bytes
    }

    /// Reads a plan's bytes back; the OCI command line's own steps are written only.
    ///
    /// - Throws: `LaunchPlanFault` when they are not a plan of this version.
    init(decoding bytes: [UInt8]) throws(LaunchPlanFault) {
        var reader = PlanReader(bytes[...])
        guard bytes.count <= Self.maximumLength, try reader.raw(4).elementsEqual("BLYP".utf8) else { throw .malformed }
        let version = try reader.word()
        guard version == Self.version else { throw .version(version) }
        let count = try reader.word()
        guard try reader.word() == UInt32(bytes.count) else { throw .malformed }
        steps = []
        for _ in 0..<count {
            let code = try reader.word()
            var arguments = PlanReader(try reader.raw(Int(try reader.word())))
            guard let code = LaunchStep.Code(rawValue: code) else { throw .unknownStep(code) }
            steps.append(try LaunchStep(code, from: &arguments))
            guard arguments.isAtEnd else { throw .malformed }
        }
        guard reader.isAtEnd else { throw .malformed }
    }
}

/// Why bytes are not a launch plan.
enum LaunchPlanFault: Error, Hashable {
    case malformed
    case version(UInt32)
    case unknownStep(UInt32)
}

struct PlanWriter {
    var bytes: [UInt8] = []
    /// A text held a NUL, which the kernel would read as its end.
    var isBroken = false

    mutating func word(_ value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
    }

    mutating func number(_ value: some BinaryInteger) {
        withUnsafeBytes(of: UInt64(truncatingIfNeeded: value).littleEndian) { bytes += $0 }
    }

    mutating func text(_ value: String) {
        if value.utf8.contains(0) { isBroken = true }
        blob(Array(value.utf8))
    }

    /// Bytes of any value, with a NUL behind them as a text has.
    mutating func blob(_ value: [UInt8]) {
        word(UInt32(value.count))
        bytes += value
        bytes.append(0)
    }

    mutating func texts(_ values: [String]) {
        number(values.count)
        for value in values { text(value) }
    }
}

struct PlanReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func raw(_ count: Int) throws(LaunchPlanFault) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw .malformed }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func word() throws(LaunchPlanFault) -> UInt32 {
        try raw(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func number() throws(LaunchPlanFault) -> UInt64 {
        try raw(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func small() throws(LaunchPlanFault) -> UInt32 {
        guard let value = UInt32(exactly: try number()) else { throw .malformed }
        return value
    }

    mutating func blob() throws(LaunchPlanFault) -> [UInt8] {
        let bytes = Array(try raw(Int(try word())))
        guard try raw(1).first == 0 else { throw .malformed }
        return bytes
    }

    mutating func text() throws(LaunchPlanFault) -> String {
        let bytes = try blob()
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        return text
    }

    mutating func texts() throws(LaunchPlanFault) -> [String] {
        let count = try number()
        guard count <= UInt64(rest.count) else { throw .malformed }
        var texts: [String] = []
        for _ in 0..<count { texts.append(try text()) }
        return texts
    }
}
