/// Why a server cannot listen, or a connection cannot be written to.
package struct ListenerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller can act upon.
    package enum Code: Sendable, Hashable {
        /// Somebody else listens there.
        case inUse
        /// The address is none that the server may listen on.
        case badAddress
        /// The system refused.
        case system
        /// The client has gone, or the server stops.
        case closed
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    static let closed = ListenerError(.closed, "the connection is closed")
}
