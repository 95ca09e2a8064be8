/// `text`: free text, in which whatever detectors find gives way to a pseudonym; or all of it to filler.
package struct TextRecipe: TransformRecipe {
    let keys: ScrubKeys
    let identity: String
    /// All of the text is replaced, since no detector knows every name.
    let isFilled: Bool

    package init(_ keys: ScrubKeys, identity: String, isFilled: Bool) {
        self.keys = keys
        self.identity = identity
        self.isFilled = isFilled
    }

    package var traits: TransformTraits {
        // A longer address may take a shorter one's place.
        TransformTraits(.lossy, output: isFilled ? .sameShape : .text(atMost: .max), takes: [.text])
    }

    package func instance() -> any CellTransform {
        isFilled ? FillerTransform(keys.domain(identity)) : TextTransform(self)
    }
}

final class TextTransform: CellTransform {
    private var detector = Detector()
    private let recipe: TextRecipe
    private var transforms: [String: any CellTransform] = [:]

    init(_ recipe: TextRecipe) { self.recipe = recipe }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        var place = 0
        for finding in detector.findings(in: Array(cell)) {
            output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[place..<finding.range.lowerBound]))
            let found = UnsafeBufferPointer(rebasing: cell[finding.range])
            _ = try transform(for: finding).apply(found, row: row, into: &output)
            place = finding.range.upperBound
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[place...]))
        return .value
    }

    /// The identity domains are those that columns of the type have by default: an address in a text gets the pseudonym
    /// that it has in its own column.
    private func transform(for finding: Finding) -> any CellTransform {
        if let known = transforms[finding.type] { return known }
        let made: any TransformRecipe =
            switch finding.type {
            case "email": NameRecipe(recipe.keys.domain("email"), identity: "email", kind: .email)
            case "payment-card": KeyedRecipe(.card, recipe.keys.domain("card"), identity: "card")
            case "phone": KeyedRecipe(.phone, recipe.keys.domain("phone"), identity: "phone")
            case "ipv4", "ipv6": KeyedRecipe(.ip, recipe.keys.domain("ip"), identity: "ip")
            case "person-name": NameRecipe(recipe.keys.domain("name"), identity: "name", kind: .full)
            case "first-name": NameRecipe(recipe.keys.domain("given-name"), identity: "given-name", kind: .given)
            case "last-name": NameRecipe(recipe.keys.domain("family-name"), identity: "family-name", kind: .family)
            case "postal-address": NameRecipe(recipe.keys.domain("address"), identity: "address", kind: .street)
            default:
                finding.family == .secret
                    ? TokenRecipe(recipe.keys.domain("secret"), identity: "secret")
                    : KeyedRecipe(.alnum, recipe.keys.domain(finding.type), identity: finding.type)
            }
        let transform = made.instance()
        transforms[finding.type] = transform
        return transform
    }
}

/// Words that say nothing, as many signs as there were.
final class FillerTransform: CellTransform {
    private let function: KeyedFunction

    init(_ key: DomainKey) { function = KeyedFunction(key) }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let length = cell.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
        guard length > 0 else { return .value }
        let start = output.count
        let value = function.value(of: cell)
        var words: UInt64 = 0
        var block = value
        while output.count - start < length {
            if words % 4 == 0 { block = function.more(of: value, 1 + words) }
            let bits = words % 4 < 2 ? block.high : block.low
            let draw = UInt64(UInt32(truncatingIfNeeded: words % 2 == 0 ? bits : bits >> 32))
            output.append(contentsOf: Dictionaries.filler[Int((draw * UInt64(Dictionaries.filler.count)) >> 32)])
            output.append(0x20)
            words += 1
        }
        output.truncate(to: start + length)
        let written = output.mutableBytes
        if written[start + length - 1] == 0x20 { written[start + length - 1] = 0x2E }
        if UnsafeBufferPointer(rebasing: output.bytes[start...]).isEqual(cell) {
            output.mutableBytes[start] = cell[0] == 0x78 ? 0x79 : 0x78
        }
        return .value
    }
}
