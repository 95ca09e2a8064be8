package import Document
package import Manifest

/// Proves of a scrubbed rendering that no value that production keeps secret is in it, in whatever form.
package struct LeakGate {
    /// A value of production's in a scrubbed rendering: where both have it, never what it is.
    package struct Leak: Sendable, Hashable {
        package var object: ObjectKey
        package var path: String
        package var origin: Origin
        /// What it is written in there: `base64`, `gzip`.
        package var forms: [String]
        package var production: SecretPlace
    }

    /// More leaks than these are counted, and not listed.
    private static let listed = 400
    private let fingerprints: Fingerprints
    private var scanner: LeakScanner

    package init(_ fingerprints: Fingerprints) {
        self.fingerprints = fingerprints
        scanner = LeakScanner(fingerprints)
    }

    /// The leaks in one manifest.
    ///
    /// - Throws: `Problem` at a text that packs more than can be searched.
    package mutating func leaks(in manifest: Manifest) throws(Problem) -> [Leak] {
        guard !fingerprints.isEmpty else { return [] }
        var leaks: [Leak] = []
        try check(manifest.value, Field(place: [], name: ""), manifest.key, &leaks)
        if fingerprints.hasWholes { try checkWholes(manifest, &leaks) }
        // Where the value is the name, the name is not to be told.
        let isName = leaks.contains { $0.path == "metadata.name" || $0.path == "metadata.namespace" }
        if isName { for index in leaks.indices { leaks[index].object = Self.hidden(manifest.key) } }
        return leaks
    }

    private static func hidden(_ key: ObjectKey) -> ObjectKey {
        ObjectKey(group: key.group, kind: key.kind, namespace: nil, name: hiddenName)
    }

    private static let hiddenName = "(hidden)"

    private mutating func check(
        _ value: Value, _ field: Field, _ key: ObjectKey, _ leaks: inout [Leak]
    ) throws(Problem) {
        switch value.content {
        case .scalar(let scalar): try search(Array(scalar.text.utf8), field, key, value.origin, &leaks)
        case .sequence(let items):
            let count = leaks.count
            for index in items.indices {
                var inner = field
                inner.place.append(.item(index))
                try check(items[index], inner, key, &leaks)
            }
            try checkTogether(items, field, key, value.origin, &leaks, from: count)
        case .mapping(let mapping):
            for entry in mapping.entries {
                var inner = field
                // A key that is itself the value must not stand in the path to it.
                let count = leaks.count
                inner.place.append(.key(Self.hiddenName))
                try search(Array(entry.key.text.utf8), inner, key, entry.key.origin, &leaks)
                if leaks.count == count { inner.place[inner.place.count - 1] = .key(entry.key.text) }
                try check(entry.value, inner, key, &leaks)
            }
        }
    }

    /// A value may be split over the items of a list, as over lines.
    private mutating func checkTogether(
        _ items: [Value], _ field: Field, _ key: ObjectKey, _ origin: Origin, _ leaks: inout [Leak], from first: Int
    ) throws(Problem) {
        let texts = items.compactMap { $0.scalar?.text }
        guard texts.count > 1 else { return }
        let known = Set(leaks[first...].map(\.production))
        var found: [Leak] = []
        let place = origin.isKnown ? origin : items[0].origin
        try search(Array(texts.joined(separator: "\n").utf8), field, key, place, &found)
        leaks += found.filter { !known.contains($0.production) }
    }

    private mutating func search(
        _ text: [UInt8], _ field: Field, _ key: ObjectKey, _ origin: Origin, _ leaks: inout [Leak]
    ) throws(Problem) {
        for hit in scanner.hits(in: text) {
            leaks.append(
                Leak(
                    object: key, path: field.path, origin: origin, forms: hit.forms,
                    production: fingerprints.entries[hit.entry].place))
        }
        if scanner.isCutShort {
            throw Problem(
                "\(field.path) of \(key) packs more than can be searched for production's secrets", at: origin,
                hint: "nest and pack it less")
        }
    }

    /// Short values are looked for where secrets stand, and as wholes.
    private mutating func checkWholes(_ manifest: Manifest, _ leaks: inout [Leak]) throws(Problem) {
        let walk = ManifestWalk(manifest)
        let fingerprints = fingerprints
        var found: [Leak] = []
        var value = manifest.value
        try walk.change(&value) { (value, scalar, field) throws(Problem) -> ManifestWalk.Verdict in
            guard scalar.kind != .null, !field.isIdentity else { return .same }
            let plain = try FieldText.plain(scalar, field, walk.key, value.origin)
            let origin = value.origin
            let unfolding = Unfolding { (leaf) throws(Problem) -> [UInt8]? in
                guard SecretContext.holds(leaf, field), leaf.role != .host,
                    let entry = fingerprints.entry(whole: leaf.bytes, asAccount: false),
                    fingerprints.entries[entry].reach == .whole
                else { return nil }
                found.append(
                    Leak(
                        object: walk.key, path: field.path, origin: origin, forms: leaf.forms,
                        production: fingerprints.entries[entry].place))
                return nil
            }
            _ = try unfolding.unfold(field.leaf(plain))
            return .same
        }
        leaks += found
    }

    /// The refusal of a rendering, which names both places of each leak.
    package static func problem(_ leaks: [Leak], in rendering: String) -> Problem? {
        guard let first = leaks.first else { return nil }
        let count = leaks.count == 1 ? "a value" : "\(leaks.count) values"
        let lines = leaks.prefix(listed).map { leak in
            let place = leak.origin.isKnown ? " (\(leak.origin))" : ""
            let source = leak.production
            let there = source.origin.isKnown ? " (\(source.origin))" : ""
            let forms = leak.forms.isEmpty ? "" : ", in \(leak.forms.joined(separator: " in "))"
            return "\n  \(leak.path) of \(leak.object)\(place) holds\(forms) what \(source.path) of \(source.object)"
                + " in \(source.application) has\(there)"
        }
        let more = leaks.count > listed ? "\n  and \(leaks.count - listed) more" : ""
        return Problem(
            "\(rendering) would have \(count) that production keeps secret" + lines.joined() + more, at: first.origin,
            hint: "give the environment values of its own there; what is no secret gets a rule with action keep in the "
                + "scrub policy")
    }
}
