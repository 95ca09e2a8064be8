/// Why an exchange with a server did not come about; an answer with an error status is no such error.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
        /// The request cannot be sent as it is: its URL, a header, a body that cannot be sent twice.
        case request
        /// No name, no route, no listener.
        case connection
        /// The server's certificate or the handshake.
        case tls
        case timeout
        /// The connection broke, or the server did not speak HTTP.
        case transfer
        /// More bytes than the caller allowed.
        case tooLarge
        case redirect
    }

    package var code: Code
    /// What failed, on what: `GET http://host/path: connection refused`. Never holds credentials or a URL's query.
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
