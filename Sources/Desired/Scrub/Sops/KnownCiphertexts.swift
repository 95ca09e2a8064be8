/// The ciphertexts of a file that was opened, by what they hold and where, in the order of the text.
///
/// Values that are equal and stand in the same place, as items of one list do, have ciphertexts of their own, so that
/// nobody sees that they are equal: each is given out once.
struct KnownCiphertexts {
    private struct Content: Hashable {
        var context: String
        var kind: SopsLeaf.Kind
        var plain: [UInt8]
    }

    private var texts: [Content: ArraySlice<String>] = [:]

    mutating func add(_ text: String, of plain: [UInt8], _ kind: SopsLeaf.Kind, context: String) {
        texts[Content(context: context, kind: kind, plain: plain), default: []].append(text)
    }

    /// The next ciphertext of a value; nil where there is none, or none any more.
    mutating func take(_ plain: [UInt8], _ kind: SopsLeaf.Kind, context: String) -> String? {
        texts[Content(context: context, kind: kind, plain: plain)]?.popFirst()
    }
}
