import Scrub

/// `json`: a document in a cell, its values by path. A path without a rule is an error.
struct JSONRecipe: TransformRecipe {
    let rules: PathRules

    init(_ rules: PathRules) { self.rules = rules }

    var traits: TransformTraits { TransformTraits(.lossy, output: .json, takes: [.json, .text]) }

    func instance() -> any CellTransform { JSONTransform(rules) }
}

/// Rewrites a JSON document as it reads it; its blanks and the order of its keys stay.
final class JSONTransform: CellTransform {
    private let rewriter: JSONRewriter

    init(_ rules: PathRules) { rewriter = JSONRewriter(DocumentRules(DocumentPlan(rules))) }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let bytes = UnsafeRawBufferPointer(cell)
        let start = JSONText.skipBlanks(bytes, 0)
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<start]))
        // MySQL and YAML give empty texts for documents that nobody wrote.
        if start == bytes.count { return .value }
        do throws(JSONRewriter.Refusal) {
            rewriter.begin(row.number)
            let (end, isDropped) = try rewriter.rewrite(bytes, start, at: rewriter.root, into: &output)
            if isDropped { return .null }
            guard JSONText.skipBlanks(bytes, end) == bytes.count else {
                throw JSONRewriter.Refusal(message: "something follows the document")
            }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[end...]))
        } catch {
            throw TransformFailure(error.hint.isEmpty ? error.message : "\(error.message) (\(error.hint))")
        }
        return .value
    }
}
