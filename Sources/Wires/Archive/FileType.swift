/// The type bits of a mode (inode(7)), whose C macros Swift sees twice.
enum FileType {
    static let mask: UInt32 = 0o170000
    static let file: UInt32 = 0o100000
    static let folder: UInt32 = 0o040000
    static let symbolicLink: UInt32 = 0o120000
    static let characterDevice: UInt32 = 0o020000
    static let blockDevice: UInt32 = 0o060000
    static let pipe: UInt32 = 0o010000
}
