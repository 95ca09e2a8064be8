/// Why an age file or key cannot be used. It holds nothing of either.
package enum AgeError: Error, Hashable, CustomStringConvertible {
    /// No age file, or a damaged one: what is wrong.
    case malformed(String)
    /// None of the identities opens it; the kinds of recipients that it has.
    case noIdentity([String])
    /// Of a kind that is not supported; its name.
    case unsupported(String)
    /// The header or the content is not what was encrypted.
    case notAuthentic
    /// The text is no key: what was expected.
    case noKey(String)
    case failed(CryptoError)

    package var description: String {
        switch self {
        case .malformed(let reason): "it is no sound age file: \(reason)"
        case .noIdentity(let kinds):
            "none of the keys at hand opens it; it is encrypted to \(kinds.isEmpty ? "nobody" : kinds.joined(separator: ", "))"
        case .unsupported(let kind): "\(kind) is not supported"
        case .notAuthentic: "it was changed after it was encrypted"
        case .noKey(let expected): "the text is no key; \(expected) is expected"
        case .failed(let error): "\(error)"
        }
    }

    /// Does what libcrypto may fail to do.
    static func wrapping<Result>(_ body: () throws(CryptoError) -> Result) throws(AgeError) -> Result {
        do {
            return try body()
        } catch {
            throw .failed(error)
        }
    }
}
