import Document
import FileTree

/// The keys and values of a generator, from env files, literals and files, in kustomize's order.
struct KeyValues {
    /// One pair; bytes, since files need not be text.
    struct Pair {
        var key: String
        var bytes: [UInt8]
        /// Where the value is written.
        var place: Place
    }

    let files: OverlayFiles
    /// Bytes of a file with a pair on each line; a ConfigMap may hold one MiB.
    private static let envLimit = 16 << 20

    /// - Throws: `Problem` at the source that is malformed or repeats a key.
    func pairs(of generator: GeneratorEntry) throws(Problem) -> [Pair] {
        var pairs: [Pair] = []
        for source in generator.envs { pairs += try envFile(source) }
        for source in generator.literals { pairs.append(try literal(source)) }
        for source in generator.files { pairs.append(try file(source)) }
        var seen: Set<String> = []
        for pair in pairs where !seen.insert(pair.key).inserted {
            throw Problem(
                "the generator of \(generator.name.string ?? "") gives the key \"\(pair.key)\" twice",
                at: pair.place.origin, hint: "remove one of them, or give it another key")
        }
        return pairs
    }

    private func literal(_ source: Value) throws(Problem) -> Pair {
        let parts = (source.string ?? "").split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw Problem(
                "a literal must be written as key=value", at: source.origin, hint: "write an empty value as key=")
        }
        var value = parts[1]
        var start = parts[0].unicodeScalars.count + 1
        if value.count >= 2, let quote = value.first, quote == value.last, quote == "\"" || quote == "'" {
            value = value.dropFirst().dropLast()
            start += 1
        }
        let text = InlineText(source, in: files.tree.source(of: source.origin.file))
        return Pair(
            key: String(parts[0]), bytes: Array(value.utf8), place: Place(text.place(ofCharacter: start)))
    }

    private func file(_ source: Value) throws(Problem) -> Pair {
        let text = source.string ?? ""
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw Problem(
                "a file must be written as path or key=path", at: source.origin,
                hint: "neither part may be empty, or hold another =")
        }
        let path = parts[parts.count - 1]
        let key = parts.count == 2 ? parts[0] : path.split(separator: "/").last.map(String.init) ?? path
        let (file, bytes) = try files.read(path, for: source.origin)
        let lines = bytes.count { $0 == 10 } + (bytes.last == 10 ? 0 : 1)
        return Pair(key: key, bytes: bytes, place: Place(text: Origin(file, line: 1, column: 1), count: lines))
    }

    private func envFile(_ source: Value) throws(Problem) -> [Pair] {
        let (file, bytes) = try files.read(source.string ?? "", for: source.origin)
        guard bytes.count <= Self.envLimit else {
            throw Problem(
                "an env file may hold \(Self.envLimit >> 20) MiB", at: source.origin, hint: "name it under \"files\"")
        }
        var pairs: [Pair] = []
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            let origin = Origin(file, line: number + 1, column: 1)
            var rest = line
            if rest.last == 13 { rest = rest.dropLast() }
            if number == 0, rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
            guard var text = String(validating: rest, as: UTF8.self).map({ Substring($0) }) else {
                throw Problem("the line is not UTF-8", at: origin, hint: "name the file under \"files\" instead")
            }
            text = text.drop { $0.isWhitespace }
            if text.isEmpty || text.hasPrefix("#") { continue }
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0].isEmpty { continue }
            let before = String(decoding: rest, as: UTF8.self).count - text.count
            let place = Origin(file, line: number + 1, column: before + parts[0].count + (parts.count == 2 ? 2 : 1))
            let bytes = parts.count == 2 ? Array(parts[1].utf8) : []
            pairs.append(Pair(key: String(parts[0]), bytes: bytes, place: Place(place)))
        }
        return pairs
    }
}
