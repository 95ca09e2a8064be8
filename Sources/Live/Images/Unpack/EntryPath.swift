/// An entry's path within a layer, taken apart: no part is empty, `.` or `..`.
struct EntryPath: Hashable {
    let parts: [ArraySlice<UInt8>]

    /// - Throws: `ImageError.refused` for a path that climbs.
    init(_ path: [UInt8]) throws(ImageError) {
        let parts = path.split(separator: UInt8(ascii: "/")).filter { $0 != [46] }
        guard !parts.contains([46, 46]) else {
            throw ImageError(.refused, "entry “\(String(decoding: path, as: UTF8.self))” climbs out of its root")
        }
        self.parts = parts
    }

    private init(parts: [ArraySlice<UInt8>]) { self.parts = parts }

    var isRoot: Bool { parts.isEmpty }
    var name: [UInt8] { parts.last.map { Array($0) } ?? [] }
    var parent: EntryPath { EntryPath(parts: parts.dropLast()) }

    /// The first `count` parts.
    func prefix(_ count: Int) -> EntryPath { EntryPath(parts: Array(parts.prefix(count))) }

    /// As the kernel takes it, ended by 0; `.` for the root.
    var bytes: [CChar] {
        let joined = parts.isEmpty ? [46] : Array(parts.joined(separator: [UInt8(ascii: "/")]))
        return (joined + [0]).map { CChar(bitPattern: $0) }
    }

    var text: String { String(decoding: Array(parts.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self) }
}
