import Scrub

/// What a policy does with a dataset's rows that no row tells by itself: a subset along references, values that change
/// rows.
package struct RowArrangement: Sendable {
    let subset: DatasetRules.Subset?
    let references: [DatasetRules.Reference]
    /// For shares, and for fingerprints of keys.
    let key: DomainKey

    /// Nil where each row can be judged by itself.
    init?(_ rules: DatasetRules, keys: ScrubKeys) {
        guard rules.subset != nil || rules.shuffles else { return nil }
        subset = rules.subset
        references = rules.references
        key = keys.domain("subset")
    }
}
