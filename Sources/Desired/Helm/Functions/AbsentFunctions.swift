/// Functions whose results cannot yet be made the same at every rendering. A chart may name them; calling one is refused.
enum AbsentFunctions {
    static let all: [String: TemplateEvaluator.Function] = names.reduce(into: [:]) { $0[$1] = refuse }

    @Sendable private static func refuse(_ arguments: Arguments) throws -> TemplateValue {
        throw TemplateError(
            "\(arguments.name) is not offered; give what it makes as a value, or refer to a Secret that exists")
    }

    private static let names = [
        "genCA", "genCAWithKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert",
        "genSignedCertWithKey", "genPrivateKey", "buildCustomCert", "htpasswd", "bcrypt", "derivePassword",
        "encryptAES", "decryptAES", "toToml", "mustToToml", "fromToml", "toYamlPretty", "abbrevboth", "ago",
        "durationRound", "mustDateModify", "mustToDate", "toDate",
    ]
}
