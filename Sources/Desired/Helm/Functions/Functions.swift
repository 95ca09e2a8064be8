/// The functions that charts may call, by name.
package enum Functions {
    /// Go's own, sprig's and Helm's.
    package static let all: [String: TemplateFunction] = {
        var table: [String: TemplateFunction] = [:]
        for bodies in tables {
            for (name, body) in bodies {
                let arity = arities[name] ?? arities[twin(of: name)] ?? (0, nil)
                table[name] = TemplateFunction(name, arity.0, most: arity.1, body: body)
            }
        }
        for name in ["and", "or"] {
            table[name] = TemplateFunction(name, 1, most: nil, isShortCircuit: true) { _ in .none }
        }
        return table
    }()

    private static let tables = [
        Builtins.all, StringFunctions.all, ListFunctions.all, MapFunctions.all, NumberFunctions.all, LogicFunctions.all,
        RegexFunctions.all, EncodingFunctions.all, TOMLFunctions.all, VersionFunctions.all, RandomFunctions.all,
        PathFunctions.all, HelmFunctions.all, DateFunctions.all, CertificateFunctions.all, PasswordFunctions.all,
    ]

    /// `mustFirst` takes what `first` takes.
    private static func twin(of name: String) -> String {
        guard name.hasPrefix("must"), let first = name.dropFirst(4).first else { return name }
        return first.lowercased() + name.dropFirst(5)
    }

    /// How many arguments functions take: their number, or the fewest and the most; those that take any are not here.
    private static let arities: [String: (Int, Int?)] = {
        var table: [String: (Int, Int?)] = [:]
        for (names, fewest, most) in counts {
            for name in names.split(separator: " ") { table[String(name)] = (fewest, most) }
        }
        return table
    }()

    private static let counts: [(String, Int, Int?)] = [
        ("now hello uuidv4", 0, 0),
        (
            """
            not len upper lower title untitle trim initials swapcase snakecase kebabcase camelcase nospace \
            toString toStrings sortAlpha b64enc b64dec b32enc b32dec sha1sum sha256sum sha512sum adler32sum toYaml \
            toYamlPretty fromYaml fromYamlArray toJson toRawJson toPrettyJson fromJson fromJsonArray toToml fromToml \
            first last rest initial reverse uniq compact deepCopy values empty typeOf kindOf int int64 float64 atoi \
            toDecimal add1 add1f floor ceil until base dir clean ext isAbs osBase osDir osClean osExt osIsAbs urlParse \
            urlJoin getHostByName regexQuoteMeta semver randAlphaNum randAlpha randNumeric randAscii randBytes shuffle \
            htmlDate unixEpoch duration durationRound ago bcrypt genPrivateKey fail
            """, 1, 1
        ),
        (
            """
            ne lt le gt ge repeat trunc trimAll trimall trimPrefix trimSuffix hasPrefix hasSuffix contains abbrev wrap \
            indent nindent split splitList join append push prepend has chunk get unset hasKey deepEqual sub div mod \
            typeIs typeIsLike kindIs semverCompare include tpl required regexMatch regexFind date dateModify \
            date_modify toDate htmlDateInZone htpasswd encryptAES decryptAES genCA buildCustomCert randInt
            """, 2, 2
        ),
        (
            """
            replace substr abbrevboth wrapWith plural splitn set ternary untilStep regexFindAll regexReplaceAll \
            regexReplaceAllLiteral regexSplit dateInZone date_in_zone genCAWithKey
            """, 3, 3
        ),
        ("lookup genSelfSignedCert", 4, 4),
        ("derivePassword genSignedCert genSelfSignedCertWithKey", 5, 5),
        ("genSignedCertWithKey", 6, 6),
        (
            """
            eq index slice printf call default without pick omit pluck max biggest min maxf minf addf subf mulf divf merge \
            mergeOverwrite
            """, 1, nil
        ),
        ("round", 2, nil),
        ("dig", 3, nil),
    ]
}
