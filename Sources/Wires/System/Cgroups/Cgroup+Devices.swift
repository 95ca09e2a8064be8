import CLinux
import Glibc

/// A device that a cgroup lets its processes use.
package struct DeviceRule: Sendable, Hashable, CustomStringConvertible {
    /// `c`, `b`.
    package var type: String
    /// nil for any.
    package var major: Int?
    package var minor: Int?
    /// Of `r`, `w`, `m`.
    package var access: String

    package init(_ type: String, _ major: Int?, _ minor: Int?, _ access: String) {
        self.type = type
        self.major = major
        self.minor = minor
        self.access = access
    }

    package var description: String {
        "\(type) \(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*") \(access)"
    }
}

extension Cgroup {
    /// Denies all devices but these: by v1's devices controller, or on v2 by a BPF program of the cgroup.
    ///
    /// - Throws: `SystemError` when neither is to be had; the devices are then not held.
    package func allowOnly(_ devices: [DeviceRule]) throws(SystemError) {
        if let folder = legacy["devices"] {
            try Files.poke("\(folder)/devices.deny", "a")
            for device in devices { try Files.poke("\(folder)/devices.allow", device.description) }
            return
        }
        try attach(DeviceProgram(allowing: devices))
    }

    /// Allows and denies devices in order: of two rules that meet one access, the last one counts. Whatever no rule
    /// meets is denied.
    ///
    /// - Throws: as `allowOnly`.
    package func holdDevices(_ rules: [(rule: DeviceRule, allows: Bool)]) throws(SystemError) {
        guard let folder = legacy["devices"] else { return try attach(DeviceProgram(inOrder: rules)) }
        try Files.poke("\(folder)/devices.deny", "a")
        for (rule, allows) in rules {
            let text = rule.type == "a" ? "a" : rule.description
            try Files.poke("\(folder)/devices.\(allows ? "allow" : "deny")", text)
        }
    }

    private func attach(_ program: DeviceProgram) throws(SystemError) {
        guard let unified else { throw SystemError(ENOSYS, call: "cgroup", subject: "devices") }
        let folder = OwnedDescriptor(
            owning: try checked("open", on: unified) { open(unified, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        let instructions = program.instructions
        try checked("bpf", on: unified) {
            instructions.withUnsafeBytes {
                linux_attach_device_program(folder.raw, $0.baseAddress, UInt32(instructions.count))
            }
        }
    }
}

/// A program for the kernel's BPF machine that decides on one access to a device (`struct bpf_cgroup_dev_ctx`).
struct DeviceProgram {
    /// Each: code, registers, offset and operand, as `struct bpf_insn`.
    private(set) var instructions: [UInt64] = []

    private enum Operation {
        static let load: UInt8 = 0x61
        static let shiftRight: UInt8 = 0x74
        static let and: UInt8 = 0x54
        static let copy: UInt8 = 0xbc
        static let set: UInt8 = 0xb7
        static let jumpIfEqual: UInt8 = 0x15
        static let jumpUnlessEqual: UInt8 = 0x55
        static let exit: UInt8 = 0x95
    }

    private enum Register {
        static let result: UInt8 = 0
        static let context: UInt8 = 1
        static let type: UInt8 = 2
        static let access: UInt8 = 3
        static let major: UInt8 = 4
        static let minor: UInt8 = 5
        static let scratch: UInt8 = 6
    }

    init(allowing rules: [DeviceRule]) {
        add(Operation.load, Register.type, from: Register.context, offset: 0)
        add(Operation.load, Register.major, from: Register.context, offset: 4)
        add(Operation.load, Register.minor, from: Register.context, offset: 8)
        add(Operation.copy, Register.access, from: Register.type)
        add(Operation.shiftRight, Register.access, operand: 16)
        add(Operation.and, Register.type, operand: 0xffff)
        for rule in rules { add(rule, allows: true) }
        add(Operation.set, Register.result, operand: 0)
        add(Operation.exit, Register.result)
    }

    /// The last rule that meets an access decides, so it is asked first; a rule that denies meets a part of an access too.
    init(inOrder rules: [(rule: DeviceRule, allows: Bool)]) {
        self.init(allowing: [])
        instructions.removeLast(2)
        for (rule, allows) in rules.reversed() { add(rule, allows: allows) }
        add(Operation.set, Register.result, operand: 0)
        add(Operation.exit, Register.result)
    }

    /// Decides on what matches; else goes on behind it.
    private mutating func add(_ rule: DeviceRule, allows: Bool) {
        let allowed = rule.access.reduce(Int32(0)) { $0 | ($1 == "m" ? 1 : $1 == "r" ? 2 : $1 == "w" ? 4 : 0) }
        var tests: [(code: UInt8, register: UInt8, value: Int32)] = []
        if rule.type != "a" { tests.append((Operation.jumpUnlessEqual, Register.type, rule.type == "b" ? 1 : 2)) }
        // An access is allowed as a whole, and denied for any part of it.
        tests.append((allows ? Operation.jumpUnlessEqual : Operation.jumpIfEqual, Register.scratch, 0))
        if let major = rule.major { tests.append((Operation.jumpUnlessEqual, Register.major, Int32(major))) }
        if let minor = rule.minor { tests.append((Operation.jumpUnlessEqual, Register.minor, Int32(minor))) }
        add(Operation.copy, Register.scratch, from: Register.access)
        add(Operation.and, Register.scratch, operand: allows ? ~allowed & 7 : allowed)
        for (index, test) in tests.enumerated() {
            // Over the other tests and the two instructions that decide.
            let distance = Int16(tests.count - index - 1 + 2)
            add(test.code, test.register, offset: distance, operand: test.value)
        }
        add(Operation.set, Register.result, operand: allows ? 1 : 0)
        add(Operation.exit, Register.result)
    }

    private mutating func add(
        _ code: UInt8, _ register: UInt8, from source: UInt8 = 0, offset: Int16 = 0, operand: Int32 = 0
    ) {
        let registers = UInt64(register | source << 4) << 8
        let place = UInt64(UInt16(bitPattern: offset)) << 16
        instructions.append(UInt64(code) | registers | place | UInt64(UInt32(bitPattern: operand)) << 32)
    }
}
