import Archive
import CLinux
import Crypto
import Document
import Glibc
import System

/// What a COPY or ADD takes: found by patterns, walked in a stable order, hashed for the cache.
struct CopySource: Sendable {
    let view: FolderView
    let ignore: IgnoreFile
    let origin: Origin

    /// One file, folder or link below a source.
    struct Item: Sendable {
        /// Where it is in the view.
        var path: String
        /// Where it goes below the target; empty for the source itself.
        var relative: String
        var mode: UInt32
        var kind: Kind
        var size: Int
        var modified: Int

        enum Kind: Sendable, Equatable {
            case file, folder
            case link(String)
        }
    }

    static let entryLimit = 1_000_000

    /// The paths that a source's pattern stands for, sorted.
    ///
    /// - Throws: `Problem` when there is none.
    func paths(_ pattern: String) throws -> [String] {
        var found = [""]
        for part in FolderPath.clean(pattern).split(separator: "/") {
            guard let glob = GlobPattern(part) else { throw Problem("“\(pattern)” is no pattern", at: origin) }
            var next: [String] = []
            for folder in found {
                if glob.isLiteral {
                    next.append("\(folder)/\(part.replacing("\\", with: ""))")
                } else if try view.status(folder, followsLast: true)?.isFolder == true {
                    next += try view.names(in: folder).filter { glob.matches($0) }.map { "\(folder)/\($0)" }
                }
            }
            found = next
        }
        let present = try found.filter { path in
            let isIgnored = ignore.ignores(String(path.dropFirst())) && !path.isEmpty && !ignore.hasExceptions
            return try !isIgnored && view.status(path, followsLast: true) != nil
        }
        guard !present.isEmpty else {
            let hint = ignore.ignores(FolderPath.relative(pattern)) ? ".dockerignore keeps it out" : ""
            throw Problem("“\(pattern)” is not in \(view.name)", at: origin, hint: hint)
        }
        return present.map { $0.isEmpty ? "/" : $0 }
    }

    /// A source and all below it, folders before what is in them.
    func items(at path: String) throws -> [Item] {
        var items: [Item] = []
        guard let status = try view.status(path, followsLast: true) else { return [] }
        try walk(path, "", status, &items)
        return items
    }

    private func walk(_ path: String, _ relative: String, _ status: stat, _ items: inout [Item]) throws {
        guard items.count < Self.entryLimit else {
            throw Problem(
                "\(view.name) has more than \(Self.entryLimit) entries", at: origin,
                hint: "keep some out with .dockerignore")
        }
        let context = path == "/" ? "" : String(path.dropFirst())
        let isIgnored = !context.isEmpty && ignore.ignores(context)
        if isIgnored, !(status.isFolder && ignore.hasExceptions) { return }
        func item(_ kind: Item.Kind) -> Item {
            Item(
                path: path, relative: relative, mode: status.permissions, kind: kind, size: Int(status.st_size),
                modified: status.st_mtim.tv_sec)
        }
        if status.isFolder {
            if !isIgnored { items.append(item(.folder)) }
            for name in try view.names(in: path) {
                let child = path == "/" ? "/\(name)" : "\(path)/\(name)"
                guard let below = try view.status(child, followsLast: false) else { continue }
                try walk(child, relative.isEmpty ? name : "\(relative)/\(name)", below, &items)
            }
        } else if status.isLink {
            items.append(item(.link(try view.target(of: path))))
        } else if status.isFile {
            items.append(item(.file))
        } else if !status.isDevice || status.st_rdev != 0 {
            throw Problem("\(path) in \(view.name) is no file, folder or link, and cannot be copied", at: origin)
        }
    }

    /// A digest over all that counts of a source: names, kinds, modes, contents; not times.
    func digest(of items: [Item]) throws -> Digest {
        var key = KeyBuilder()
        for item in items {
            key.add([item.relative, String(item.mode, radix: 8)])
            switch item.kind {
            case .folder: key.add("folder")
            case .link(let target): key.add(["link", target])
            case .file: key.add(["file", try contentDigest(item.path).hex])
            }
        }
        return key.digest
    }

    private func contentDigest(_ path: String) throws -> Digest {
        let file = try view.open(path, flags: O_RDONLY | O_NONBLOCK)
        let stream = DigestStream(.sha256)
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        let source = Bytes.source(reading: file.raw, named: path)
        while case let count = try chunk.withUnsafeMutableBytes(source), count > 0 {
            chunk.withUnsafeBytes { stream.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return stream.finish()
    }
}
