import TestSupport

/// Changes inputs as people do when they err: lines moved and indented, words put where others belong, files renamed;
/// and, now and then, as chance does, byte by byte.
struct Mutator {
    private var chance: SplitMix
    private let words: Vocabulary
    /// libFuzzer's own changes of some bytes, which may make them longer up to a limit.
    private let mangle: (inout [UInt8], _ limit: Int) -> Void

    init(seed: UInt64, words: Vocabulary, mangle: @escaping (inout [UInt8], Int) -> Void) {
        chance = SplitMix(state: seed)
        self.words = words
        self.mangle = mangle
    }

    /// Changes a bundle in one to four ways.
    mutating func mutate(_ bundle: inout Bundle, limit: Int) {
        if bundle.entries.isEmpty { bundle.entries.append(.init(name: Array(words.name(&chance).utf8), content: [])) }
        for _ in 0...below(4) {
            if below(10) == 0 { changeEntries(&bundle) } else { changeContent(&bundle, limit) }
        }
    }

    /// A bundle with files, or lines of files, from two.
    mutating func cross(_ left: Bundle, _ right: Bundle) -> Bundle {
        var result = left
        guard let other = right.entries.randomElement(using: &chance) else { return result }
        guard below(3) > 0, let index = index(of: result) else {
            result.entries.insert(other, at: below(result.entries.count + 1))
            return result
        }
        var lines = Lines(result.entries[index].content)
        lines.insert(Lines(other.content).some(&chance), at: below(lines.count + 1))
        result.entries[index].content = lines.bytes
        return result
    }

    private mutating func below(_ limit: Int) -> Int { limit <= 1 ? 0 : Int.random(in: 0..<limit, using: &chance) }

    private mutating func index(of bundle: Bundle) -> Int? {
        bundle.entries.isEmpty ? nil : below(bundle.entries.count)
    }

    // MARK: Files

    private mutating func changeEntries(_ bundle: inout Bundle) {
        guard let index = index(of: bundle) else { return }
        switch below(7) {
        case 0: bundle.entries.remove(at: index)
        case 1: bundle.entries.insert(bundle.entries[index], at: below(bundle.entries.count + 1))
        case 2: bundle.entries.swapAt(index, below(bundle.entries.count))
        case 3: bundle.entries[index].name = Array(words.name(&chance).utf8)
        case 4: mangle(&bundle.entries[index].name, 200)
        case 5: bundle.entries[index].name += Array(" -> ".utf8) + bundle.entries[below(bundle.entries.count)].name
        default:
            let entry = Bundle.Entry(name: Array(words.name(&chance).utf8), content: Array(words.snippet(&chance).utf8))
            bundle.entries.append(entry)
        }
        for index in bundle.entries.indices { bundle.entries[index].name.removeAll { $0 == 0x0A } }
    }

    // MARK: Contents

    private mutating func changeContent(_ bundle: inout Bundle, _ limit: Int) {
        guard let index = index(of: bundle) else { return }
        var content = bundle.entries[index].content
        switch below(12) {
        case 0...1: mangle(&content, max(16, limit - bundle.bytes.count + content.count))
        case 2...4: changeLines(&content, bundle)
        case 5...7: changeWord(&content, bundle)
        case 8: insert(Array(words.snippet(&chance).utf8), into: &content)
        case 9: insertLine(&content)
        case 10: changeValue(&content)
        default: swell(&content)
        }
        if content.count <= limit { bundle.entries[index].content = content }
    }

    private mutating func changeLines(_ content: inout [UInt8], _ bundle: Bundle) {
        var lines = Lines(content)
        let range = lines.range(&chance)
        switch below(6) {
        case 0: lines.remove(range)
        case 1: lines.insert(lines[range], at: range.upperBound)
        case 2:
            let moved = lines[range]
            lines.remove(range)
            lines.insert(moved, at: below(lines.count + 1))
        case 3: lines.indent(range, by: [-4, -2, -1, 1, 2, 4][below(6)])
        case 4:
            guard let other = bundle.entries.randomElement(using: &chance) else { return }
            lines.insert(Lines(other.content).some(&chance), at: range.lowerBound)
        default:
            guard let other = bundle.entries.randomElement(using: &chance) else { return }
            let block = Lines(other.content).some(&chance)
            lines.remove(range)
            lines.insert(block, at: range.lowerBound)
        }
        content = lines.bytes
    }

    /// Puts a word of the vocabulary, or of the bundle, in another's place.
    private mutating func changeWord(_ content: inout [UInt8], _ bundle: Bundle) {
        guard let place = Words.some(in: content, &chance) else { return }
        var word = Array(words.word(&chance).utf8)
        if below(2) == 0, let other = bundle.entries.randomElement(using: &chance),
            let known = Words.some(in: other.content, &chance)
        {
            word = Array(other.content[known])
        }
        content.replaceSubrange(place, with: word)
    }

    private mutating func changeValue(_ content: inout [UInt8]) {
        let colons = content.indices.filter { content[$0] == UInt8(ascii: ":") }
        guard let colon = colons.randomElement(using: &chance) else { return }
        let end = content[colon...].firstIndex(of: 0x0A) ?? content.endIndex
        content.replaceSubrange(colon..<end, with: Array(": \(words.value(&chance))".utf8))
    }

    private mutating func insertLine(_ content: inout [UInt8]) {
        var lines = Lines(content)
        let index = below(lines.count + 1)
        let above = index > 0 ? lines[(index - 1)..<index].first ?? [] : []
        let indentation = above.prefix { $0 == 0x20 || $0 == UInt8(ascii: "-") }.map { _ in UInt8(0x20) }
        let mark = below(3) == 0 ? "- " : ""
        lines.insert([indentation + Array("\(mark)\(words.word(&chance)): \(words.value(&chance))\n".utf8)], at: index)
        content = lines.bytes
    }

    private mutating func insert(_ text: [UInt8], into content: inout [UInt8]) {
        content.insert(contentsOf: text, at: below(content.count + 1))
    }

    /// Repeats some bytes many times.
    private mutating func swell(_ content: inout [UInt8]) {
        guard !content.isEmpty else { return }
        let start = below(content.count)
        let part = content[start..<min(content.count, start + 1 + below(24))]
        content.insert(contentsOf: repeatElement(part, count: 1 << below(9)).joined(), at: start)
    }
}

/// A text as its lines, each with its line break.
private struct Lines {
    private var lines: [[UInt8]]

    init(_ bytes: [UInt8]) {
        lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) + [0x0A] }
        if bytes.last == 0x0A { lines.removeLast() } else { lines[lines.count - 1].removeLast() }
    }

    var bytes: [UInt8] { Array(lines.joined()) }
    var count: Int { lines.count }

    subscript(range: Range<Int>) -> [[UInt8]] { Array(lines[range]) }

    /// A run of up to eight lines.
    func range(_ chance: inout SplitMix) -> Range<Int> {
        guard !lines.isEmpty else { return 0..<0 }
        let start = Int.random(in: 0..<lines.count, using: &chance)
        return start..<min(lines.count, start + Int.random(in: 1...8, using: &chance))
    }

    func some(_ chance: inout SplitMix) -> [[UInt8]] { self[range(&chance)] }

    mutating func remove(_ range: Range<Int>) { lines.removeSubrange(range) }

    mutating func insert(_ block: [[UInt8]], at index: Int) { lines.insert(contentsOf: block, at: index) }

    mutating func indent(_ range: Range<Int>, by width: Int) {
        for index in range {
            if width > 0 {
                lines[index].insert(contentsOf: repeatElement(0x20, count: width), at: 0)
            } else {
                lines[index].removeFirst(min(-width, lines[index].prefix { $0 == 0x20 }.count))
            }
        }
    }
}

/// Runs of what names are made of.
private enum Words {
    static func some(in bytes: [UInt8], _ chance: inout SplitMix) -> Range<Int>? {
        guard !bytes.isEmpty else { return nil }
        let start = Int.random(in: 0..<bytes.count, using: &chance)
        guard let first = bytes[start...].firstIndex(where: isPart) else { return nil }
        let low = bytes[..<first].lastIndex { !isPart($0) }.map { $0 + 1 } ?? 0
        return low..<(bytes[first...].firstIndex { !isPart($0) } ?? bytes.endIndex)
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || ".-_/$".utf8.contains(byte)
    }
}

// MARK: libFuzzer's side

@_silgen_name("LLVMFuzzerMutate")
private func fuzzerMutate(_ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ limit: Int) -> Int

private func mangled(_ bytes: inout [UInt8], limit: Int) {
    let count = bytes.count
    guard limit >= count else { return }
    bytes += [UInt8](repeating: 0, count: limit - count)
    let size = bytes.withUnsafeMutableBufferPointer { fuzzerMutate($0.baseAddress, count, limit) }
    bytes.removeLast(bytes.count - size)
}

/// Writes a bundle where libFuzzer wants it.
private func store(_ bundle: Bundle, _ data: UnsafeMutablePointer<UInt8>, _ limit: Int) -> Int {
    let bytes = bundle.bytes.prefix(limit)
    return UnsafeMutableBufferPointer(start: data, count: limit).update(fromContentsOf: bytes)
}

@_cdecl("LLVMFuzzerCustomMutator")
func fuzzerCustomMutator(
    _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: UInt32
) -> Int {
    if Fuzz.target == .scrub { return fuzzerMutate(data, size, limit) }
    var bundle = Bundle(UnsafeBufferPointer(start: data, count: size))
    var mutator = Mutator(seed: UInt64(seed), words: .of(Fuzz.target), mangle: mangled)
    mutator.mutate(&bundle, limit: limit)
    return store(bundle, data, limit)
}

@_cdecl("LLVMFuzzerCustomCrossOver")
func fuzzerCustomCrossOver(
    _ left: UnsafePointer<UInt8>?, _ leftSize: Int, _ right: UnsafePointer<UInt8>?, _ rightSize: Int,
    _ out: UnsafeMutablePointer<UInt8>, _ limit: Int, _ seed: UInt32
) -> Int {
    if Fuzz.target == .scrub {
        // The beginning of one and the end of the other, cut by chance.
        let head = UnsafeBufferPointer(start: left, count: leftSize).prefix(leftSize * Int(seed & 0xFF) / 255)
        let rest = UnsafeBufferPointer(start: right, count: rightSize).dropFirst(
            rightSize * Int(seed >> 8 & 0xFF) / 255)
        let both = (Array(head) + Array(rest)).prefix(limit)
        return UnsafeMutableBufferPointer(start: out, count: limit).update(fromContentsOf: both)
    }
    var mutator = Mutator(seed: UInt64(seed), words: .of(Fuzz.target), mangle: mangled)
    let crossed = mutator.cross(
        Bundle(UnsafeBufferPointer(start: left, count: leftSize)),
        Bundle(UnsafeBufferPointer(start: right, count: rightSize)))
    return store(crossed, out, limit)
}
