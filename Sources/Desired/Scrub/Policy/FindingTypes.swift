/// The types of findings, by which a policy turns detectors off.
enum FindingTypes {
    /// Of detectors that no rule of a token's form makes.
    private static let others: Set<String> = [
        "kubernetes-secret", "secret-assignment", "url-password", "bearer-token", "basic-auth", "email", "phone",
        "ipv4", "ipv6", "mac-address", "date-of-birth", "payment-card", "iban", "first-name", "last-name",
        "person-name", "postal-address", "us-ssn", "uk-nino", "de-steuer-id", "fr-nir", "es-dni", "br-cpf",
        "in-aadhaar", "pem-private-key", "pem-encrypted-private-key", "pem-rsa-private-key", "pem-ec-private-key",
        "pem-dsa-private-key", "openssh-private-key", "pgp-private-key", "putty-private-key", "password-hash",
        "random-text", "es-nie", "terraform-cloud-token", "azure-ad-client-secret", "mailchimp-api-key",
        "discord-bot-token",
        "telegram-bot-token", "asana-pat", "pgpass-password", "url-token", "teams-webhook", "slack-webhook",
        "discord-webhook", "zapier-webhook", "google-chat-webhook",
    ]
    static let all = others.union(TokenRule.all.map(\.type))
}
