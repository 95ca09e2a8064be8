/// The version of everything that decides which pseudonym an original gets: transforms, permutations, dictionaries.
package enum TransformCatalog {
    /// It grows when the same key and policy would give other pseudonyms than before; reports name it.
    package static let version = 1
}
