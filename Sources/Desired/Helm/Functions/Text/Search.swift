import Glibc

/// Finding texts in texts, byte by byte as Go does.
enum Search {
    /// Where `part` begins in `bytes`, from an offset on.
    static func find(_ part: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard let first = part.first, let base = bytes.baseAddress else { return nil }
            var index = start
            // A long part of a text that nearly holds it everywhere would take the product of both; then the other way
            // does.
            var patience = 4096 + bytes.count - start
            while index <= bytes.count - part.count {
                guard let mark = memchr(base + index, Int32(first), bytes.count - part.count - index + 1) else {
                    return nil
                }
                index = UnsafeRawPointer(mark) - base
                if memcmp(base + index, part, part.count) == 0 { return index }
                patience -= part.count
                index += 1
                if patience < 0 { return findByBorders(part, in: bytes, from: index) }
            }
            return nil
        }
    }

    /// The same in linear time (Knuth, Morris and Pratt).
    private static func findByBorders(_ part: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var borders = [0]
        var length = 0
        for index in part.indices.dropFirst() {
            while length > 0, part[index] != part[length] { length = borders[length - 1] }
            if part[index] == part[length] { length += 1 }
            borders.append(length)
        }
        length = 0
        for index in bytes.indices.dropFirst(start) {
            while length > 0, bytes[index] != part[length] { length = borders[length - 1] }
            if bytes[index] == part[length] { length += 1 }
            if length == part.count { return index + 1 - length }
        }
        return nil
    }

    /// How often a text holds another, occurrences apart from one another.
    static func count(_ text: String, _ part: String) -> Int {
        let (bytes, part) = (Array(text.utf8), Array(part.utf8))
        var (count, start) = (0, 0)
        while let found = find(part, in: bytes, from: start) {
            count += 1
            start = found + part.count
        }
        return count
    }

    static func contains(_ text: String, _ part: String) -> Bool {
        part.isEmpty
            || part.utf8.count <= text.utf8.count && find(Array(part.utf8), in: Array(text.utf8), from: 0) != nil
    }

    static func split(_ text: String, _ separator: String, most: Int = -1) -> [String] {
        if most == 0 { return [] }
        if separator.isEmpty { return text.unicodeScalars.map { String($0) } }
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var result: [String] = []
        var start = 0
        while most < 0 || result.count < most - 1, let found = find(part, in: bytes, from: start) {
            result.append(String(decoding: bytes[start..<found], as: UTF8.self))
            start = found + part.count
        }
        result.append(String(decoding: bytes[start...], as: UTF8.self))
        return result
    }

    static func replace(_ text: String, _ old: String, _ new: String) -> String {
        if old.isEmpty {
            return new + text.unicodeScalars.map { String($0) + new }.joined()
        }
        let (bytes, part, other) = (Array(text.utf8), Array(old.utf8), Array(new.utf8))
        guard var found = find(part, in: bytes, from: 0) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var start = 0
        while true {
            result += bytes[start..<found]
            result += other
            start = found + part.count
            guard let next = find(part, in: bytes, from: start) else { break }
            found = next
        }
        result += bytes[start...]
        return String(decoding: result, as: UTF8.self)
    }

    /// Puts something in front of each line.
    static func indent(_ text: String, by padding: String, startingWith start: String = "") -> String {
        var text = text
        return text.withUTF8 { text in
            let breaks = text.count { $0 == 0x0A }
            let size = start.utf8.count + text.count + (breaks + 1) * padding.utf8.count
            return String(unsafeUninitializedCapacity: size) { target in
                var used = 0
                func put(_ bytes: UnsafeBufferPointer<UInt8>) {
                    guard let from = bytes.baseAddress, let base = target.baseAddress else { return }
                    memcpy(base + used, from, bytes.count)
                    used += bytes.count
                }
                var (start, padding) = (start, padding)
                start.withUTF8(put)
                padding.withUTF8 { padding in
                    var line = 0
                    while true {
                        put(padding)
                        let rest = UnsafeBufferPointer(rebasing: text[line...])
                        guard let mark = rest.firstIndex(of: 0x0A) else { return put(rest) }
                        put(UnsafeBufferPointer(rebasing: rest[...mark]))
                        line += mark + 1
                    }
                }
                return used
            }
        }
    }
}
