/// One entry of an archive: what it is called, what it is, and what it carries besides its bytes.
package struct ArchiveEntry: Sendable, Hashable {
    /// What an entry is.
    package enum Kind: Sendable, Hashable {
        case file
        case folder
        /// To a text that is resolved where the link stands.
        case symbolicLink([UInt8])
        /// Another name of an earlier entry.
        case hardLink([UInt8])
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case pipe
        /// Anything else, by the type bits of its mode.
        case other(UInt32)
    }

    /// An extended attribute (xattr(7)).
    package struct Attribute: Sendable, Hashable {
        package var name: String
        package var value: [UInt8]

        package init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// As the archive has it: bytes, most often UTF-8; never to be used as a path without care.
    package var path: [UInt8]
    package var kind: Kind
    /// Permissions with setuid, setgid and sticky bits.
    package var mode: UInt32
    package var user: UInt32
    package var group: UInt32
    /// Bytes of a file's content.
    package var size: Int
    /// Of the last change, in seconds since 1970, and nanoseconds.
    package var modified: Int64
    package var modifiedNanoseconds: Int
    package var attributes: [Attribute]

    package init(
        path: [UInt8], kind: Kind, mode: UInt32, user: UInt32 = 0, group: UInt32 = 0, size: Int = 0,
        modified: Int64 = 0, modifiedNanoseconds: Int = 0, attributes: [Attribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.user = user
        self.group = group
        self.size = size
        self.modified = modified
        self.modifiedNanoseconds = modifiedNanoseconds
        self.attributes = attributes
    }

    /// The path as it may be shown.
    package var name: String { String(decoding: path, as: UTF8.self) }
}
