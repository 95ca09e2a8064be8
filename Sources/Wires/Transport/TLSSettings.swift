/// What is trusted and shown in a TLS handshake. Certificates are always verified, unless a person says otherwise for
/// one server.
package struct TLSSettings: Sendable, Hashable {
    /// Certificate authorities in PEM, in place of the machine's.
    package var authorities: [UInt8]?
    /// The client's certificate and key in PEM.
    package var certificate: [UInt8]?
    package var key: [UInt8]?
    /// Whether the server's certificate counts. False only where a user's own configuration says so, by name.
    package var verifies: Bool

    package init(
        authorities: [UInt8]? = nil, certificate: [UInt8]? = nil, key: [UInt8]? = nil, verifies: Bool = true
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.verifies = verifies
    }
}
