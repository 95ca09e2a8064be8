/// Names of production's and those that take their places, wherever they stand alone in a text.
struct NameTable {
    /// The longest first, so that a host counts before the domain that it is in.
    private let names: [(old: [UInt8], new: [UInt8])]
    var isEmpty: Bool { names.isEmpty }

    init(_ substitutions: [ScrubPolicy.Substitution]) {
        var names: [String: String] = [:]
        // The first that names it counts, as with rules.
        for substitution in substitutions { names.merge(substitution.names) { first, _ in first } }
        self.names = names.map { (Array($0.key.utf8), Array($0.value.utf8)) }
            .sorted {
                $0.old.count == $1.old.count ? $0.old.lexicographicallyPrecedes($1.old) : $0.old.count > $1.old.count
            }
    }

    func changed(_ text: String) -> String? {
        changed(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// - Returns: nil when none of the names stands in the text.
    func changed(_ text: [UInt8]) -> [UInt8]? {
        guard !names.isEmpty else { return nil }
        var result: [UInt8] = []
        var done = 0
        var place = 0
        while place < text.count {
            guard let found = names.first(where: { stands($0.old, in: text, at: place) }) else {
                place += 1
                continue
            }
            result += text[done..<place] + found.new
            place += found.old.count
            done = place
        }
        return done > 0 ? result + text[done...] : nil
    }

    private func stands(_ name: [UInt8], in text: [UInt8], at place: Int) -> Bool {
        let end = place + name.count
        guard text[place] == name[0], end <= text.count, text[place..<end].elementsEqual(name) else { return false }
        func goesOn(_ byte: UInt8) -> Bool { byte.isWord || byte == 0x2D }
        let before = text.at(place - 1)
        // A dot in front makes it another host, one behind may end a sentence.
        if goesOn(before) || before == 0x2E { return false }
        return !goesOn(text.at(end)) && !(text.at(end) == 0x2E && goesOn(text.at(end + 1)))
    }
}

/// Hosts and their ports.
enum HostName {
    /// Another name for a host outside of the cluster; nil for one that may stay: it says nothing of production.
    static func replaced(_ host: [UInt8], by change: ([UInt8]) -> [UInt8]) -> [UInt8]? {
        var name = host[...]
        if let colon = host.lastIndex(of: 0x3A), host[(colon + 1)...].allSatisfy(\.isDigit) { name = host[..<colon] }
        let labels = name.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard labels.count > 1, !labels.contains(where: { $0.elementsEqual("svc".utf8) }),
            !labels[labels.count - 1].elementsEqual("local".utf8), name.first != 0x5B
        else { return nil }
        if labels.count == 4, labels.allSatisfy({ UInt8(String(decoding: $0, as: UTF8.self)) != nil }) {
            // 192.0.2.0/24 is for documentation (RFC 5737): no machine answers there.
            return labels[0].elementsEqual("127".utf8) ? nil : Array("192.0.2.1".utf8) + host[name.endIndex...]
        }
        var new: [UInt8] = []
        for label in labels.dropLast() { new += (label.isEmpty ? [] : change(Array(label))) + [0x2E] }
        return new + labels[labels.count - 1] + host[name.endIndex...]
    }
}
