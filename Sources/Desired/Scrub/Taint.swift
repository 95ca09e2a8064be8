package import Document

/// Which values are production's alone, and which others may have: by the files that they are written in.
package struct Taint: Sendable {
    /// Files that a production rendering reads.
    private let production: @Sendable (SourceFile) -> Bool
    /// Values that were encrypted, and that a key of production's opened.
    package var decrypted: SecretOrigins

    /// - Parameters:
    ///   - decrypted: what keys of production's opened; all values that were ciphertext are secret.
    ///   - isProduction: whether a production rendering reads a file.
    package init(decrypted: SecretOrigins = SecretOrigins(), isProduction: @escaping @Sendable (SourceFile) -> Bool) {
        self.decrypted = decrypted
        production = isProduction
    }

    /// Whether production reads what a value is written in; what is written nowhere may be anybody's.
    func isShared(_ origin: Origin) -> Bool { !origin.isKnown || production(origin.file) }

    func isDecrypted(_ origin: Origin) -> Bool { origin.isKnown && decrypted.recipient(of: origin) != nil }
}
