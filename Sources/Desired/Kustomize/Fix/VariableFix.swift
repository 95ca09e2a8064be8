import Document

/// `vars` → `replacements`.
struct VariableFix {
    let original: Value

    func apply(to draft: inout FixDraft) throws(Problem) -> [Fix.Change] {
        []
    }
}
