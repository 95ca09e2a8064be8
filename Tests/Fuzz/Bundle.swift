import Archive
import FileTree

/// The files of one input: a small text that a mutation can cut, copy and bend, and that a person can read.
///
/// A line `=== apps/web/kustomization.yaml` begins a file, which goes on to the next such line. `=== name -> target` is a
/// symlink, `=== charts/db.tgz!db/Chart.yaml` a file within an archive, and names that begin with `:` are no files but
/// what the command line would say (`:values`, `:set`, `:options`). What stands above the first such line is the content
/// of a nameless file, which a target may take as it is.
struct Bundle {
    struct Entry {
        var name: [UInt8]
        var content: [UInt8]
    }

    private static let mark = Array("=== ".utf8)
    /// An input has no more files than this; what is past it is left out.
    private static let mostEntries = 64

    var entries: [Entry] = []

    init(_ entries: [Entry]) {
        self.entries = entries
    }

    init(_ bytes: some Collection<UInt8>) {
        var line: [UInt8] = []
        var isFirst = true
        func close(_ entries: inout [Entry]) {
            if line.starts(with: Self.mark), entries.count < Self.mostEntries {
                var name = Array(line.dropFirst(Self.mark.count))
                if name.last == 0x0A { name.removeLast() }
                entries.append(Entry(name: name, content: []))
            } else if !line.isEmpty {
                if isFirst { entries.append(Entry(name: [], content: [])) }
                entries[entries.count - 1].content += line
            }
            isFirst = false
            line.removeAll(keepingCapacity: true)
        }
        for byte in bytes {
            line.append(byte)
            if byte == 0x0A { close(&entries) }
        }
        if !line.isEmpty { close(&entries) }
    }

    /// The input again.
    var bytes: [UInt8] {
        var result: [UInt8] = []
        for entry in entries {
            if !(entry.name.isEmpty && result.isEmpty) {
                if !result.isEmpty, result.last != 0x0A { result.append(0x0A) }
                result += Self.mark + entry.name + [0x0A]
            }
            result += entry.content
        }
        return result
    }

    /// The content of a special entry such as `:values`; nil when there is none.
    func option(_ name: String) -> [UInt8]? {
        entries.first { $0.name.elementsEqual(name.utf8) }?.content
    }

    /// The tree that its files make, archives packed.
    func tree() -> MemoryTree {
        var files: [String: [UInt8]] = [:]
        var links: [String: String] = [:]
        var archives: [String: [ArchiveEntry.Packed]] = [:]
        for entry in entries where entry.name.first != UInt8(ascii: ":") {
            let (name, target) = (entry.file, entry.target)
            if let bang = name.firstIndex(of: "!") {
                let inner = String(name[name.index(after: bang)...])
                archives[String(name[..<bang]), default: []].append((inner, target, entry.content))
            } else if let path = TreePath(name)?.text {
                // Two ways to write one path are one file here, or chance would say which of them counts.
                if let target { links[path] = target } else { files[path] = entry.content }
            }
        }
        for (name, entries) in archives.sorted(by: { $0.key < $1.key }) {
            if let path = TreePath(name)?.text { files[path] = ArchiveEntry.pack(entries) }
        }
        return MemoryTree(contents: files, links: links)
    }
}

extension Bundle.Entry {
    private var parts: [Substring] {
        String(decoding: name, as: UTF8.self).split(
            separator: " -> ", maxSplits: 1, omittingEmptySubsequences: false)
    }

    /// What it is called.
    var file: String { parts.first.map(String.init) ?? "" }

    /// What it leads to when it is a link.
    var target: String? { parts.count > 1 ? String(parts[1]) : nil }
}

extension ArchiveEntry {
    typealias Packed = (name: String, target: String?, content: [UInt8])

    /// A tar of files and symlinks, whatever they are called.
    fileprivate static func pack(_ entries: [Packed]) -> [UInt8] {
        var packed: [UInt8] = []
        guard let writer = try? TarWriter(.none, to: { packed += $0 }) else { return [] }
        for entry in entries where !entry.name.isEmpty && !entry.name.utf8.contains(0) {
            let kind = entry.target.map { Kind.symbolicLink(Array($0.utf8)) } ?? .file
            let header = ArchiveEntry(path: Array(entry.name.utf8), kind: kind, mode: 0o644)
            try? writer.add(header, contents: entry.target == nil ? entry.content : [])
        }
        try? writer.finish()
        return packed
    }
}
