/// How much an archive may hold. Whatever is past a limit is an error, never cut off.
package struct ArchiveLimits: Sendable, Hashable {
    package var entries: Int
    /// Of all files together as their headers say (holes included), and of the unpacked stream.
    package var bytes: Int
    /// Bytes out for each byte in, counted from the 64th MiB out on.
    package var ratio: Int
    /// Of a name, and of a link's target.
    package var nameLength: Int
    /// Extended attributes of one entry, and bytes of one of them.
    package var attributes: Int
    package var attributeLength: Int

    package init(
        entries: Int = 2_000_000, bytes: Int = 64 << 30, ratio: Int = 1100, nameLength: Int = 4096,
        attributes: Int = 64, attributeLength: Int = 64 << 10
    ) {
        self.entries = entries
        self.bytes = bytes
        self.ratio = ratio
        self.nameLength = nameLength
        self.attributes = attributes
        self.attributeLength = attributeLength
    }

    static let ratioFrom = 64 << 20
}
