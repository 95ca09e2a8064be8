/// Why an archive could not be read or written. Reading never ends early without one.
package struct ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
        /// Not what the format says: broken, cut off, another format.
        case malformed
        /// More entries, bytes or longer names than allowed.
        case tooLarge
        /// What cannot be written, or no memory.
        case unwritable
    }

    package var code: Code
    /// What is wrong, and with which entry.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
