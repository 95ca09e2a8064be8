/// What resolv.conf(5) says about where names are asked for.
struct ResolvConf: Sendable, Hashable {
    /// IPv4 and IPv6 addresses, as written; at most three, as in glibc.
    var nameservers: [String] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver", nameservers.count < 3 else { continue }
            nameservers.append(String(words[1]))
        }
    }
}
