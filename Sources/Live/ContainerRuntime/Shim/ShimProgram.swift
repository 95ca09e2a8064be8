import Glibc
import System

/// The bytes of `belay-shim`, which this program carries, in memory that nobody can change: no container can reach or
/// overwrite the runtime's own file (CVE-2019-5736).
struct ShimProgram: ~Copyable, Sendable {
    private let memory: OwnedDescriptor

    init() throws(SystemError) {
        memory = try OwnedDescriptor.sealedMemory(Self.decoded(ShimImage.base64), named: "belay-shim", executable: true)
    }

    /// Starts a shim.
    ///
    /// - Parameters:
    ///   - mode: `container` or `once`.
    ///   - name: whose it is, for `ps`.
    ///   - lock: a locked file's descriptor that the shim keeps open while it lives.
    borrowing func start(
        mode: String, name: String, plan: LaunchPlan, lock: Int32?
    ) throws -> StartingShim {
        let bytes = try plan.encoded()
        let planMemory = try OwnedDescriptor.sealedMemory(bytes, named: "belay-plan")
        let reports = try PipeEnds()
        // High numbers, so that the places 3, 4 and 5 are free in the new process.
        var inherited = [
            try Self.high(planMemory.raw), try Self.high(reports.writing.raw),
        ]
        defer { inherited.forEach { close($0) } }
        if let lock { inherited.append(try Self.high(lock)) }
        // The program's own too: by its name in /proc it is found once the places are taken.
        let image = try Self.high(memory.raw)
        defer { close(image) }
        let pid = try ProcessSpawn.detached(
            "/proc/self/fd/\(image)", arguments: ["belay-shim", mode, name], inherited: inherited)
        return StartingShim(pid: pid, reports: ShimReports(reports.takeReading()))
    }

    private static func high(_ descriptor: Int32) throws(SystemError) -> Int32 {
        try checked("fcntl") { fcntl(descriptor, F_DUPFD_CLOEXEC, 16) }
    }

    static func decoded(_ text: StaticString) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        text.withUTF8Buffer { characters in
            bytes.reserveCapacity(characters.count * 3 / 4)
            for character in characters {
                guard let value = value(of: character) else { continue }
                bits = bits << 6 | UInt32(value)
                count += 6
                if count >= 8 {
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                }
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 65...90: character - 65
        case 97...122: character - 71
        case 48...57: character + 4
        case 43: 62
        case 47: 63
        default: nil
        }
    }
}

/// A shim on its way: its pid, and what it tells.
struct StartingShim: ~Copyable {
    let pid: Int32
    let reports: ShimReports
}
