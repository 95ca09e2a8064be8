/// `credential`: a secret of the same form that opens nothing: a password's digest stays a digest of its scheme, a token
/// keeps its issuer's prefix, and all else keeps its length and its signs' classes.
final class CredentialTransform: CellTransform {
    private static let issuers: [StaticString] = [
        "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk_live_", "sk_test_", "rk_live_", "xoxb-", "xoxp-", "AKIA",
        "ASIA", "npm_", "pypi-", "SG.", "AIza", "shpat_", "dop_v1_", "hvs.",
    ]

    private let letters: LetterShape

    init(_ key: DomainKey) { letters = LetterShape(key) }

    func apply(
        _ cell: UnsafeBufferPointer<UInt8>, row: RowContext, into output: inout ByteBuffer
    ) throws(TransformFailure) -> CellResult {
        let kept = prefix(of: cell)
        output.append(contentsOf: UnsafeBufferPointer(rebasing: cell[..<kept]))
        let rest = UnsafeBufferPointer(rebasing: cell[kept...])
        let isHex = rest.count >= 16 && rest.allSatisfy { $0.isHex || $0 == 0x2D }
        letters.apply(rest, isHex: isHex, into: &output)
        return .value
    }

    /// What says of which kind a secret is, and nothing of the secret: `$2b$12$`, `$argon2id$v=19$m=65536,t=3,p=4$`,
    /// `SCRAM-SHA-256$4096:`, `{SSHA}`, `ghp_`.
    private func prefix(of cell: UnsafeBufferPointer<UInt8>) -> Int {
        if cell.first == 0x24 {
            let dollars = cell.indices.filter { cell[$0] == 0x24 }
            let parameters = dollars.dropFirst().last { end in
                cell[..<end].allSatisfy { $0.isWord || $0 == 0x24 || $0 == 0x3D || $0 == 0x2C || $0 == 0x2D }
                    && end < 48
                    && cell.count - end > 20
            }
            return parameters.map { $0 + 1 } ?? 0
        }
        if cell.first == 0x7B, let end = cell.firstIndex(of: 0x7D), end < 16 { return end + 1 }
        if cell.starts(with: Array("SCRAM-SHA-256$".utf8)), let colon = cell.firstIndex(of: 0x3A) { return colon + 1 }
        if cell.starts(with: Array("md5".utf8)), cell.count == 35 { return 3 }
        for issuer in Self.issuers
        where cell.count > issuer.utf8CodeUnitCount + 8
            && cell.starts(with: UnsafeBufferPointer(start: issuer.utf8Start, count: issuer.utf8CodeUnitCount))
        {
            return issuer.utf8CodeUnitCount
        }
        return 0
    }
}
