/// `url`: another host and other parts in a URL of the same form, or in a host's name alone.
package struct URLRecipe: TransformRecipe {
    let key: DomainKey
    let identity: String
    /// Hosts and what becomes of them: a name, or a domain for all names below it.
    let hosts: [String: String]

    package init(_ key: DomainKey, identity: String, hosts: [String: String] = [:]) {
        self.key = key
        self.identity = identity
        self.hosts = hosts
    }

    package var traits: TransformTraits {
        var traits = TransformTraits(hosts.isEmpty ? .probable : .lossy, output: .text(atMost: .max), takes: [.text])
        traits.identity = "url \(identity)"
        return traits
    }

    package func instance() -> any CellTransform { URLTransform(self) }
}

final class URLTransform: CellTransform {
    private let hosts: [(from: [UInt8], to: [UInt8])]
    private let function: KeyedFunction
    private let letters: LetterShape

    init(_ recipe: URLRecipe) {
        // The longest first, so that a host counts before its domain.
        hosts = recipe.hosts.map { (Array($0.key.utf8), Array($0.value.utf8)) }
            .sorted {
                ($1.0.count, String(decoding: $0.0, as: UTF8.self)) < (
                    $0.0.count, String(decoding: $1.0, as: UTF8.self)
                )
            }
        function = KeyedFunction(recipe.key)
        letters = LetterShape(recipe.key)
    }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        var place = 0
        // The scheme says nothing of anybody.
        if let colon = cell.firstIndex(of: 0x3A), colon + 2 < cell.count, cell[colon + 1] == 0x2F,
            cell[colon + 2] == 0x2F
        {
            place = colon + 3
            output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[..<place]))
        }
        let end = cell[place...].firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? cell.endIndex
        if let at = cell[place..<end].lastIndex(of: 0x40) {
            parts(UnsafeBufferPointer(rebasing: cell[place..<at]), &output)
            output.append(0x40)
            place = at + 1
        }
        authority(UnsafeBufferPointer(rebasing: cell[place..<end]), &output)
        parts(UnsafeBufferPointer(rebasing: cell[end...]), &output)
        return .value
    }

    private func authority(_ text: UnsafeBufferPointer<UInt8>, _ output: inout ByteBuffer) {
        let colon = text.lastIndex(of: 0x3A) ?? text.endIndex
        let host = UnsafeBufferPointer(rebasing: text[..<colon])
        if host.isEmpty { return output.append(contentsOf: text) }
        if let known = hosts.first(where: { Self.matches(host, $0.from) }) {
            output.append(contentsOf: UnsafeBufferPointer(rebasing: host[..<(host.count - known.from.count)]))
            output.append(contentsOf: known.to)
        } else {
            // RFC 2606 keeps the name from being anybody's.
            output.append(0x68)
            output.append(token: function.value(of: host).high, count: 12)
            output.append(contentsOf: ".example.com")
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: text[colon...]))
    }

    private static func matches(_ host: UnsafeBufferPointer<UInt8>, _ name: [UInt8]) -> Bool {
        guard host.count >= name.count else { return false }
        let tail = UnsafeBufferPointer(rebasing: host[(host.count - name.count)...])
        return tail.isEqualIgnoringCase(name)
            && (host.count == name.count || name.first == 0x2E || host[host.count - name.count - 1] == 0x2E)
    }

    /// What stands between the signs that divide a URL, each for itself.
    private func parts(_ text: UnsafeBufferPointer<UInt8>, _ output: inout ByteBuffer) {
        var start = 0
        for place in 0...text.count {
            guard place == text.count || Self.isDivider(text[place]) else { continue }
            if place > start { letters.apply(UnsafeBufferPointer(rebasing: text[start..<place]), into: &output) }
            if place < text.count { output.append(text[place]) }
            start = place + 1
        }
    }

    private static func isDivider(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2F, 0x3F, 0x23, 0x26, 0x3D, 0x3A, 0x25, 0x2B: true
        default: false
        }
    }
}
