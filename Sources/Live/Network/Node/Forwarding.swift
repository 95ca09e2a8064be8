import System

/// The host's ip_forward: what it was is kept before it is set, and comes back with the last Belay.
///
/// It is kept twice: in the run folder, and in the note of the host's table, where another Belay that starts later finds
/// what it was before any of them.
struct Forwarding {
    let config: NodeNetworkConfig
    /// nfnetlink of the host.
    let filter: NetlinkSocket

    private static let setting = "ipv4/ip_forward"

    /// What ip_forward was before Belay; written down on the way.
    func former() throws -> String {
        let boot = try self.boot
        if let text = try? Files.text(config.forwardingFile) {
            let lines = text.split(separator: "\n").map(String.init)
            if lines.count == 2, lines[0] == boot { return lines[1] }
        }
        // Read before the notes: whoever changed the setting had left a note by then.
        let current = try Sysctl(namespace: config.host).get(Self.setting)
        let value = try notes.values.first ?? current
        try Files.replace(config.forwardingFile, with: "\(boot)\n\(value)\n".utf8)
        return value
    }

    /// What the host's table says of it.
    static func note(_ former: String) -> String { " forward \(former)" }

    func enable() throws {
        let sysctl = Sysctl(namespace: config.host)
        // Setting it again would reset other settings of the host's links.
        if try sysctl.get(Self.setting) != "1" { try sysctl.set([Self.setting: "1"]) }
    }

    /// Puts the former value back, unless another Belay still needs it on.
    func restore() throws {
        let saved = (try? Files.text(config.forwardingFile))?.split(separator: "\n").map(String.init) ?? []
        let notes = try self.notes
        let boot = try self.boot
        let former = saved.count == 2 && saved[0] == boot ? saved[1] : notes[config.names.host]
        guard let former, former != "1", notes.keys.allSatisfy({ $0 == config.names.host }) else { return }
        try Sysctl(namespace: config.host).set([Self.setting: former])
    }

    /// What the tables of all Belays on this host say, by table.
    private var notes: [String: String] {
        get throws {
            try filter.nftablesNotes().compactMapValues { note in
                let words = note.split(separator: " ")
                return words.count == 4 && words[0] == "belay" && words[2] == "forward" ? String(words[3]) : nil
            }
        }
    }

    private var boot: String {
        get throws { String(try Files.text("/proc/sys/kernel/random/boot_id").prefix { $0 != "\n" }) }
    }
}
