/// A transform that needs no more than the key of its domain.
package struct KeyedRecipe: TransformRecipe {
    /// The transforms, by the names that policies have for them.
    package enum Kind: String, Sendable, Hashable {
        case alnum, uuid, card, phone, ip, credential
    }

    package let kind: Kind
    let key: DomainKey
    let identity: String

    package init(_ kind: Kind, _ key: DomainKey, identity: String) {
        self.kind = kind
        self.key = key
        self.identity = identity
    }

    package var traits: TransformTraits {
        var traits =
            switch kind {
            case .alnum: TransformTraits(.injective, output: .sameShape, takes: [.text])
            case .uuid: TransformTraits(.injective, output: .sameShape, takes: [.text, .uuid, .binary])
            case .card: TransformTraits(.injective, output: .sameShape, takes: [.text, .integer, .decimal])
            case .phone: TransformTraits(.lossy, output: .sameShape, takes: [.text])
            // An address with fewer digits may become one with more.
            case .ip: TransformTraits(.injective, output: .text(atMost: 43), takes: [.text, .address])
            case .credential: TransformTraits(.probable, output: .sameShape, takes: [.text, .binary])
            }
        traits.identity = "\(kind.rawValue) \(identity)"
        return traits
    }

    package func instance() -> any CellTransform {
        switch kind {
        case .alnum: AlnumTransform(key)
        case .uuid: UUIDTransform(key)
        case .card: CardTransform(key)
        case .phone: PhoneTransform(key)
        case .ip: AddressTransform(key)
        case .credential: CredentialTransform(key)
        }
    }
}
