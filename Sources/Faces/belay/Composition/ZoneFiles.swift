import System

/// The machine's time zones, for charts that write dates in one.
enum ZoneFiles {
    /// The compiled zone of a name such as `Europe/Lisbon`; nil when there is none.
    @Sendable static func read(_ name: String) -> [UInt8]? {
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "/_+-".utf8.contains(byte)
        }
        guard isName, !name.hasPrefix("/") else { return nil }
        return try? Files.read("/usr/share/zoneinfo/\(name)", limit: 1 << 16)
    }
}
