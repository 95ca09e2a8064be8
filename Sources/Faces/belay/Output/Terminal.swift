import Glibc
import System

/// Where a command writes: data on standard output, messages on standard error, colour only on a terminal.
struct Terminal: Sendable {
    let hasColour: Bool
    /// Whether messages go to a person who watches, so that progress may be drawn over itself.
    let isInteractive: Bool

    static let current = Terminal(
        hasColour: isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil,
        isInteractive: isatty(STDERR_FILENO) == 1)

    /// Writes data to standard output.
    func out(_ text: String) throws(SystemError) {
        try Files.write(text.utf8, to: STDOUT_FILENO, named: "standard output")
    }

    /// Writes UTF-8 to standard output.
    func out(_ bytes: [UInt8]) throws(SystemError) {
        try Files.write(bytes, to: STDOUT_FILENO, named: "standard output")
    }

    /// Writes a line of data to standard output.
    func line(_ text: String) throws(SystemError) {
        try out(text + "\n")
    }

    /// Writes a message to standard error; there is nobody to tell when that fails.
    func message(_ text: String) {
        try? Files.write((text + "\n").utf8, to: STDERR_FILENO, named: "standard error")
    }

    /// A colour of the eight that every terminal has (ECMA-48 SGR).
    enum Colour: Int { case red = 31, green = 32, yellow = 33, blue = 34, grey = 90 }

    func paint(_ text: String, _ colour: Colour) -> String {
        hasColour ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
    }
}
