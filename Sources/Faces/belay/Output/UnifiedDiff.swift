/// Two versions of a text as `diff -u` shows them, three lines of context around each change.
struct UnifiedDiff {
    let name: String
    let old: [UInt8]
    let new: [UInt8]
    private static let context = 3

    /// A line of either version.
    private struct Line {
        var mark: Character
        var text: String
    }

    /// Empty when nothing differs.
    var text: String {
        let lines = self.lines
        var result = ""
        var index = 0
        var (oldLine, newLine) = (1, 1)
        while let change = lines[index...].firstIndex(where: { $0.mark != " " }) {
            let start = max(index, change - Self.context)
            oldLine += start - index
            newLine += start - index
            let end = Self.end(ofHunkAt: change, in: lines)
            let hunk = lines[start..<end]
            let (oldCount, newCount) = (hunk.count { $0.mark != "+" }, hunk.count { $0.mark != "-" })
            result += "@@ -\(Self.range(oldLine, oldCount)) +\(Self.range(newLine, newCount)) @@\n"
            for line in hunk { result += "\(line.mark)\(line.text)" }
            (oldLine, newLine) = (oldLine + oldCount, newLine + newCount)
            index = end
        }
        return result.isEmpty ? "" : "--- a/\(name)\n+++ b/\(name)\n" + result
    }

    private static func range(_ line: Int, _ count: Int) -> String {
        count == 1 ? "\(line)" : "\(count == 0 ? line - 1 : line),\(count)"
    }

    /// One past the context behind the last of the changes that lie near to each other.
    private static func end(ofHunkAt change: Int, in lines: [Line]) -> Int {
        var last = change
        for index in change..<lines.count {
            if lines[index].mark != " " { last = index } else if index - last > 2 * context { break }
        }
        return min(lines.count, last + context + 1)
    }

    /// All lines of both versions, each marked as common, old or new.
    private var lines: [Line] {
        let (old, new) = (Self.split(old), Self.split(new))
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [Line] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if removed.contains(left) {
                lines.append(Line(mark: "-", text: old[left]))
                left += 1
            } else if inserted.contains(right) {
                lines.append(Line(mark: "+", text: new[right]))
                right += 1
            } else {
                lines.append(Line(mark: " ", text: old[left]))
                (left, right) = (left + 1, right + 1)
            }
        }
        return lines
    }

    /// The lines of a text with their line breaks; one that has none says so, as patch wants it.
    private static func split(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let text = String(decoding: line, as: UTF8.self)
            let end = line.endIndex == bytes.endIndex
            if end { return text.isEmpty ? nil : text + "\n\\ No newline at end of file\n" }
            return text + "\n"
        }
    }
}
