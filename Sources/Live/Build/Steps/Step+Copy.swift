import Archive
import Crypto
import Document
import Glibc
import Images
import System

/// COPY and ADD.
extension Step {
    func copy(_ copy: Instruction.Copy, _ state: inout StageState) async throws {
        let sources = try expand(copy.sources, state)
        let target = try state.absolute(expand(copy.target, state))
        guard sources.count + copy.heredocs.count == 1 || target.hasSuffix("/") else {
            throw Problem("several sources need a target that ends with /", at: origin)
        }
        let source = try await source(copy, state)
        let owner = try await owner(copy, state)
        let mode = try mode(copy, state)
        let origin = origin
        let found = try await Blocking.run(named: "belay-build") {
            try FoundSources(source, sources, origin)
        }
        guard found.trees.count + copy.heredocs.count <= 1 || target.hasSuffix("/") else {
            throw Problem("several sources need a target that ends with /", at: origin)
        }
        let texts = try copy.heredocs.map { (name: $0.name, text: try content($0, state)) }
        let inputs =
            [copy.unpacks ? "ADD" : "COPY", target, "\(owner.user):\(owner.group)", "\(mode.map { String($0) } ?? "")"]
            + found.digests + texts.flatMap { [$0.name, $0.text] }
        let job = CopyJob(
            found: found, texts: texts.map { ($0.name, $0.text) }, target: target, mode: mode, unpacks: copy.unpacks)
        try await cached(&state, inputs: inputs) { state in
            try await change(state, owner: owner) { writer, view in try job.run(writer, view) }
        }
    }

    private func content(_ heredoc: Heredoc, _ state: StageState) throws -> String {
        guard heredoc.expands else { return heredoc.content }
        return try Expansion(escape: "\\", value: state.variable).expandText(heredoc.content)
    }

    private func source(_ copy: Instruction.Copy, _ state: StageState) async throws -> CopySource {
        guard let from = try copy.from.map({ try expand($0, state) }) else {
            return CopySource(view: build.context, ignore: build.ignore, origin: origin)
        }
        let source: StageState
        if let number = build.plan.stage(from, before: stage.number, byNumber: true), let known = states[number] {
            source = known
        } else {
            source = StageState(base: try await build.image(from, at: origin))
        }
        return CopySource(view: try await view(source, name: from), ignore: .none, origin: origin)
    }

    private func mode(_ copy: Instruction.Copy, _ state: StageState) throws -> UInt32? {
        guard let text = try copy.mode.map({ try expand($0, state) }) else { return nil }
        guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
            throw Problem("--chmod=\(text) is no octal mode, such as 0755", at: origin)
        }
        return mode
    }

    private func owner(_ copy: Instruction.Copy, _ state: StageState) async throws -> TreeWriter.Owner {
        guard let text = try copy.owner.map({ try expand($0, state) }) else { return .init() }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), let first = parts.first, !first.isEmpty else {
            throw Problem("--chown=\(text) is no user, nor user:group", at: origin)
        }
        if let user = UInt32(first), let group = parts.count == 1 ? user : UInt32(parts[1]) {
            return TreeWriter.Owner(user: user, group: group)
        }
        let accounts = try Accounts(try await view(state, name: "the image"))
        guard let user = accounts.user(first) else {
            throw Problem("--chown=\(text): the image has no user \(first)", at: origin)
        }
        guard let group = parts.count == 1 ? user.group : accounts.group(parts[1]) else {
            throw Problem("--chown=\(text): the image has no group \(parts[1])", at: origin)
        }
        return TreeWriter.Owner(user: user.id, group: group)
    }
}

/// The users and groups that an image's files name (passwd(5), group(5)).
struct Accounts: Sendable {
    /// A line of passwd.
    struct User: Sendable {
        var id: UInt32
        var group: UInt32
        var home: String
    }

    private let passwd: [[Substring]]
    private let groups: [[Substring]]

    init(_ view: FolderView) throws(SystemError) {
        passwd = Self.lines(try view.text("/etc/passwd") ?? "")
        groups = Self.lines(try view.text("/etc/group") ?? "")
    }

    private static func lines(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }

    /// By name or number; a number needs no line, and has the group of that number then.
    func user(_ text: String) -> User? {
        let line = passwd.first { $0.count >= 6 && ($0[0] == text || $0[2] == text) }
        if let line, let id = UInt32(line[2]), let group = UInt32(line[3]) {
            return User(id: id, group: group, home: String(line[5]))
        }
        return UInt32(text).map { User(id: $0, group: $0, home: "/") }
    }

    func group(_ text: String) -> UInt32? {
        let line = groups.first { $0.count >= 3 && $0[0] == text }
        return line.flatMap { UInt32($0[2]) } ?? UInt32(text)
    }
}

/// What a COPY found, walked and hashed.
struct FoundSources: Sendable {
    let source: CopySource
    /// Each source with all below it.
    let trees: [[CopySource.Item]]
    /// Over each tree, with the name of its top.
    let digests: [String]

    init(_ source: CopySource, _ patterns: [String], _ origin: Origin) throws {
        self.source = source
        var trees: [[CopySource.Item]] = []
        var digests: [String] = []
        for pattern in patterns {
            for path in try source.paths(pattern) {
                let items = try source.items(at: path)
                digests += [FolderPath.name(path), try source.digest(of: items).description]
                trees.append(items)
            }
        }
        self.trees = trees
        self.digests = digests
    }
}

/// The copying itself. Blocking.
struct CopyJob: Sendable {
    let found: FoundSources
    let texts: [(String, String)]
    let target: String
    let mode: UInt32?
    let unpacks: Bool

    func run(_ writer: TreeWriter, _ view: FolderView) throws {
        let isThere = try view.status(target, followsLast: true)?.isFolder == true
        let intoFolder = target.hasSuffix("/") || isThere || found.trees.count + texts.count > 1
        for tree in found.trees {
            guard let top = tree.first else { continue }
            if top.kind == .folder {
                try copy(tree, to: target, writer)
            } else if unpacks, try unpack(top, writer) {
                continue
            } else {
                try copy(tree, to: intoFolder ? FolderPath.join(target, FolderPath.name(top.path)) : target, writer)
            }
        }
        for (name, text) in texts {
            let path = intoFolder ? FolderPath.join(target, name) : target
            try writer.writeFile(path, mode: mode ?? 0o644, modified: 0) { descriptor in
                try Files.write(Array(text.utf8), to: descriptor, named: path)
            }
        }
    }

    private func copy(_ tree: [CopySource.Item], to target: String, _ writer: TreeWriter) throws {
        for item in tree {
            let path = item.relative.isEmpty ? target : FolderPath.join(target, item.relative)
            switch item.kind {
            case .folder:
                // The target itself is made with usual permissions: only what is in the source is copied.
                let mode = item.relative.isEmpty ? 0o755 : item.mode
                try writer.makeFolder(
                    path, mode: self.mode ?? mode, modified: item.relative.isEmpty ? 0 : item.modified)
            case .link(let link): try writer.makeLink(path, to: link, modified: item.modified)
            case .file:
                let file = try found.source.view.open(item.path, flags: O_RDONLY | O_NONBLOCK)
                let source = file.raw
                try writer.writeFile(path, mode: mode ?? item.mode, modified: item.modified) { descriptor in
                    try Self.copyBytes(from: source, to: descriptor, named: item.path)
                }
            }
        }
    }

    private static func copyBytes(from source: Int32, to target: Int32, named path: String) throws {
        let read = Bytes.source(reading: source, named: path)
        let write = Bytes.sink(writing: target, named: path)
        var chunk = [UInt8](repeating: 0, count: 512 << 10)
        while case let count = try chunk.withUnsafeMutableBytes(read), count > 0 {
            try chunk.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
    }

    // MARK: ADD

    /// Unpacks a source that is a tar, packed or not; false when it is none.
    private func unpack(_ item: CopySource.Item, _ writer: TreeWriter) throws -> Bool {
        let file = try found.source.view.open(item.path, flags: O_RDONLY | O_NONBLOCK)
        guard try Self.isTar(file.raw, item.path) else { return false }
        try checked("lseek", on: item.path) { lseek(file.raw, 0, SEEK_SET) }
        let reader = try TarReader(Bytes.source(reading: file.raw, named: item.path))
        try writer.makeFolder(target)
        while let entry = try reader.next() {
            guard let name = String(validating: entry.path, as: UTF8.self), !name.split(separator: "/").contains("..")
            else {
                throw ImageError(.refused, "entry “\(entry.name)” of \(item.path) climbs out, or is no text")
            }
            let path = FolderPath.join(target, String(name.drop { $0 == "/" }))
            try write(entry, reader, path, writer, item.path)
        }
        return true
    }

    private func write(
        _ entry: ArchiveEntry, _ reader: TarReader, _ path: String, _ writer: TreeWriter, _ archive: String
    ) throws {
        let modified = Int(entry.modified)
        switch entry.kind {
        case .folder: try writer.makeFolder(path, mode: mode ?? entry.mode, modified: modified)
        case .file:
            let owner = TreeWriter.Owner(user: entry.user, group: entry.group)
            try writer.writeFile(path, mode: mode ?? entry.mode, modified: modified, owner: owner) { descriptor in
                let write = Bytes.sink(writing: descriptor, named: path)
                var chunk = [UInt8](repeating: 0, count: 256 << 10)
                while case let count = try chunk.withUnsafeMutableBytes({ try reader.read(into: $0) }), count > 0 {
                    try chunk.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                }
            }
        case .symbolicLink(let link):
            try writer.makeLink(path, to: String(decoding: link, as: UTF8.self), modified: modified)
        case .hardLink(let link):
            let name = String(decoding: link, as: UTF8.self)
            try writer.makeHardLink(path, to: FolderPath.join(target, String(name.drop { $0 == "/" })))
        default:
            throw ImageError(.refused, "entry “\(entry.name)” of \(archive) is of a kind that an image cannot hold")
        }
    }

    /// By its first bytes: a tar, or gzip, bzip2, xz or zstd, whose content is one.
    private static func isTar(_ descriptor: Int32, _ path: String) throws -> Bool {
        var head = [UInt8](repeating: 0, count: 512)
        let count = try checked("pread", on: path) { pread(descriptor, &head, head.count, 0) }
        if count >= 262, head[257..<262].elementsEqual("ustar".utf8) { return true }
        let packed: [[UInt8]] = [
            [0x1f, 0x8b], Array("BZh".utf8), [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], [0x28, 0xb5, 0x2f, 0xfd],
        ]
        guard packed.contains(where: { head.starts(with: $0) }) else { return false }
        do {
            let reader = try TarReader(Bytes.source(reading: descriptor, named: path))
            return try reader.next() != nil
        } catch is ArchiveError {
            return false
        }
    }
}

extension String {
    fileprivate init?(validating bytes: [UInt8], as encoding: UTF8.Type) {
        let text = String(decoding: bytes, as: encoding)
        guard Array(text.utf8) == bytes else { return nil }
        self = text
    }
}
