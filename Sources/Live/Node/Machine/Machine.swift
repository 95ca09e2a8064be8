import Glibc
import System

/// What this machine is and has.
struct Machine: Sendable, Equatable {
    var name: String
    /// Its own address on its network; empty where it has none.
    var address: String
    var cores: Int
    /// Bytes.
    var memory: Int
    var kernel: String
    var architecture: String
    var machineID: String
    var osImage: String

    /// Asks the kernel.
    static func current(name: String? = nil) -> Machine {
        var names = utsname()
        uname(&names)
        let pages = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return Machine(
            name: name ?? text(names.nodename).lowercased(), address: firstAddress() ?? "",
            cores: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memory: pages, kernel: text(names.release),
            architecture: text(names.machine) == "aarch64" ? "arm64" : "amd64",
            machineID: ((try? Files.text("/etc/machine-id")) ?? "").filter { !$0.isWhitespace }, osImage: osName())
    }

    private static func text<Field>(_ field: Field) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func osName() -> String {
        let lines = ((try? Files.text("/etc/os-release")) ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } } ?? "Linux"
    }

    /// The first IPv4 address of an interface that is up and not the loopback.
    private static func firstAddress() -> String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var entry = list
        while let current = entry {
            defer { entry = current.pointee.ifa_next }
            let flags = Int32(current.pointee.ifa_flags)
            let name = String(cString: current.pointee.ifa_name)
            guard let address = current.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
                flags & Int32(IFF_UP) != 0, flags & Int32(IFF_LOOPBACK) == 0,
                !name.hasPrefix("belay")
            else { continue }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                let bits = UInt32(bigEndian: address.pointee.sin_addr.s_addr)
                return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
            }
        }
        return nil
    }
}
