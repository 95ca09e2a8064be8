import Crypto
import Document

/// One value as SOPS writes it encrypted: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:str]`.
struct SopsValue {
    private static let head = "ENC[AES256_GCM,data:"
    private static let nonceCount = 32

    private var data: [UInt8]
    private var nonce: [UInt8]
    private var tag: [UInt8]
    private var type: String

    /// nil for a text of another form.
    init?(_ text: String) {
        guard text.hasPrefix(Self.head), let end = text.lastIndex(of: "]") else { return nil }
        var fields: [Substring] = []
        var rest = text[..<end].dropFirst(Self.head.utf8.count)
        for mark in [",iv:", ",tag:", ",type:"] {
            guard let place = rest.firstRange(of: mark) else { return nil }
            fields.append(rest[..<place.lowerBound])
            rest = rest[place.upperBound...]
        }
        guard let data = Base64.decode(fields[0]), let nonce = Base64.decode(fields[1]), !nonce.isEmpty,
            let tag = Base64.decode(fields[2]), tag.count == AEAD.tagCount
        else { return nil }
        (self.data, self.nonce, self.tag, type) = (data, nonce, tag, String(rest))
    }

    /// The plain text and its kind; nil where key, context or ciphertext are not those that it was encrypted with.
    func opened(_ key: [UInt8], context: String) -> (plain: [UInt8], kind: SopsLeaf.Kind)? {
        guard let kind = SopsLeaf.Kind(rawValue: type),
            let plain = try? AEAD.aes256GCM.open(data + tag, key: key, nonce: nonce, context: Array(context.utf8))
        else { return nil }
        return (plain, kind)
    }

    /// Encrypts a canonical text.
    static func text(
        of plain: [UInt8], _ kind: SopsLeaf.Kind, _ key: [UInt8], context: String,
        _ random: (Int) throws(CryptoError) -> [UInt8]
    ) throws(CryptoError) -> String {
        let nonce = try random(nonceCount)
        let sealed = try AEAD.aes256GCM.seal(
            plain, key: key, nonce: nonce, context: Array(context.utf8))
        let data = Base64.encode(sealed.dropLast(AEAD.tagCount))
        let tag = Base64.encode(sealed.suffix(AEAD.tagCount))
        return "\(head)\(data),iv:\(Base64.encode(nonce)),tag:\(tag),type:\(kind.rawValue)]"
    }
}
