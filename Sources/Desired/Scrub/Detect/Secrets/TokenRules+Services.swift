/// Forms of tokens by what the services do that they open; the list in TokenRules.swift is by type.
extension TokenRule {
    static let services: [TokenRule] = cloud + models + tools + people

    /// Clouds, their databases, and what runs on them.
    private static let cloud: [TokenRule] = [
        TokenRule("adobe-client-secret", "p8e-{X32}", "p8e-8bD2a2055bb55DbcbbD37d2f2a427F6b"),
        TokenRule("alibaba-sts-token", "STS.{w20,40}", "STS.6wHW35PBbnm3NliqNT1N"),
        TokenRule("aws-access-key-id", "ABIA{u16}", "ABIAXY131Q7BOP374Z43"),
        TokenRule("aws-access-key-id", "ACCA{u16}", "ACCA5XEZH3VTGLTMQAZX"),
        TokenRule(
            "baidu-cloud-key", "bce-v3/ALTAK-{w21}/{x40}",
            "bce-v3/ALTAK-ZUtubE7R5IiAWNKTJiHXR/7f3b2c9780175e3ff9918f2191616116c7655998"),
        TokenRule("clickhouse-cloud-key", "4b1d{w38}", "4b1dSHfWGX0h9JKN7E28r4unICHo1mYQ9qB24gPNXo"),
        TokenRule(
            "cockroach-cloud-key", "CCDB1_{w22}_{w40}",
            "CCDB1_K7lZpZso8urnMWy2xdKbiG_W5B9G0xQLOry7eJZXwoR4JuqsdMfI4BRDcrD77Mu"),
        TokenRule("confluent-secret", "cflt{B60}", "cfltpjVwp6sc+VEn2KnPoYLgTaHL/E9yTYL/9S4xDQNMAAL5QaDtpc6RzGKXi5As"),
        TokenRule(
            "defined-networking-key", "dnkey-{b26}-{b52}",
            "dnkey-6smYgOw9RTEzi1JGLEXa0sO40x-ehcZGvQfZnHg5wplQ70MxrbgPN9A5Ps05abweVOX3CFavUZdFf8D"),
        TokenRule("deno-deploy-token", "ddp_{w36}", "ddp_ffq6DOtoVJeK0FNjNCehkWsFTGF3xYQoOjDr"),
        TokenRule("deno-deploy-token", "ddw_{w36}", "ddw_rrCZYJRbR1DtfpSWNFSpHM3FFHdntbRtLAND"),
        TokenRule(
            "elastic-cloud-key", "essu_{B60,100}{=0,2}",
            "essu_RECaQqtkmhLBfXqdy1NGZZ2vdNpez8QotcpFNC0wBe+TgZLmc7VMPENbYFZS"),
        TokenRule("google-hmac-key", "GOOG1E{u55}", "GOOG1EYHVHYIQ4LIHJRD7SXVRW34RHT5SFF3NMBJNYXU04VT00VDNCLCH82UL"),
        TokenRule(
            "mongodb-atlas-secret", "mdb_sa_sk_{b40,60}",
            "mdb_sa_sk_HFU7qDmXhIWVNYpGTTZpQZTBwJAiphBxCq17T-ISgKbP9r"),
        TokenRule(
            "salesforce-access-token", "00D{w12,15}!{p80,260}",
            "00DlGiFpF3NV1FOQq6!DcdBhWuNTdVZj3pWNiVglDwHREw-ucHi7NSRIZGf2fpWqWO002Q0k1LhtDN-JKLPSQK9_QYak1vEO-3m"),
        TokenRule("scaleway-access-key", "SCW{u17}", "SCWUGI5A0PA1UKIEZ2IB"),
        TokenRule(
            "volcengine-access-key-id", "AKLT{B40,60}{=0,2}",
            "AKLTpziph8GYpV16+VraYkrLOo594Bclbi9OS+Qt/ojM4emvLwl"),
        TokenRule("yandex-oauth-token", "y0_{b50,70}", "y0_pVw0RI-lFk5sPrQE2G4kZmabhZM4HMmvrDGY7xgMU2IYvackVj"),
    ]

    /// Services that answer with models.
    private static let models: [TokenRule] = [
        TokenRule("cerebras-api-key", "csk-{l48}", "csk-g47u4kft0qtbg7tqah3dkiinhiojyqu1wtlqu5n7b7p72o6o"),
        TokenRule("deepseek-api-key", "sk-{x32}", "sk-85db70bfdeea796f0a423d6341c67082"),
        TokenRule("elevenlabs-api-key", "sk_{x48}", "sk_06800747fd66a43ef18fe3eef28ad442db86ff4304e4f041"),
        TokenRule("firecrawl-api-key", "fc-{x32}", "fc-18dfa02eb04d09e47d0d9178b68cd106"),
        TokenRule("fireworks-api-key", "fw_{w22,24}", "fw_4BgQKrxylapngUjdYoKddDK"),
        TokenRule("huggingface-org-token", "api_org_{w34}", "api_org_GzxfRLaF7Sn4lo6s7mf2WQFsQnjGdkMMOP"),
        TokenRule(
            "jina-api-key", "jina_{x32}{b24,32}",
            "jina_3a4322e59fe72f49fc7741477d9105cc2rWtAGltM5a0Cifso4kvT4ZfO_vxD8cX"),
        TokenRule(
            "langfuse-secret-key", "sk-lf-{x8}-{x4}-{x4}-{x4}-{x12}",
            "sk-lf-2473c10c-ed80-2c97-8e72-6437e433a7bb"),
        TokenRule("model-api-key", "sk-{w48}", "sk-psMTB97BWmfQAgqf9qkMOYusUin9m3yCeQU9D8ijNC6oFL5R"),
        TokenRule("openai-session", "sess-{w40}", "sess-tiWc5VnA7di4DCk4zwX2MdXE8unhSt0b9Jm6OGRB"),
        TokenRule("tavily-api-key", "tvly-{b28,48}", "tvly-fl-EaxQehk-m4cqH-E1gq3Iu7wJttniY"),
        TokenRule("together-api-key", "tgp_v1_{b43}", "tgp_v1_0JKx0EgtNme_E4Wz7KZSs2wvnS2mKVIQFObVyThCtUa"),
        TokenRule(
            "wandb-api-key", "wandb_v1_{b60,100}",
            "wandb_v1_i1ob5goMy4wqQkjU-J87C1XyPSnxwBHPFS-is7AuQD7jm4zIlL50W1stNEgS"),
    ]

    /// Forges, builds, tickets and documents.
    private static let tools: [TokenRule] = [
        TokenRule("doppler-token", "dp.audit.{w40,50}", "dp.audit.lcTzGxInkwSMFziAhdRtBE7OCf9U0HqirKEeDTl9pIRy"),
        TokenRule("doppler-token", "dp.sa.{w40,50}", "dp.sa.VcnPTL2KeqHcbtFqMiUle0SgRr3upudmSphgihzCcEUR"),
        TokenRule("doppler-token", "dp.scim.{w40,50}", "dp.scim.opZ0AvqHHZYZJ4rdwLDYrsG5czbmyJFFQKmweFFTH0LvRl"),
        TokenRule("endor-api-key", "endr+{w16}", "endr+yFA9RJgwi1INjl7B"),
        TokenRule(
            "grafana-legacy-api-key", "eyJrIjoi{B70,400}{=0,2}",
            "eyJrIjoi3CGH2m8xotY6cm6W6mD8wPmOtAbVcZk5emYAIWNDq3LIz6936iRmULHveR5F+WokRABXyl"),
        TokenRule(
            "linear-oauth-token", "lin_oauth_{x64}",
            "lin_oauth_8986b8bde9aecb089ea5aefe2ee3caab83304dcdf7783e5a6bdd6efa76bf2522"),
        TokenRule("notion-token", "ntn_{d11}{w35}", "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"),
        TokenRule("octopus-api-key", "API-{u26,32}", "API-HPI1TH7JGSIG1C7X5HLEBUFO0WJ3Q"),
        TokenRule("retool-api-key", "retool_01{w24,32}", "retool_015IG4GrdAHHVGgaM0jEbbHGb7"),
        TokenRule(
            "teamcity-token", "eyJ0eXAiOiAiVENWMiJ9.{b36}.{b48}",
            "eyJ0eXAiOiAiVENWMiJ9.y2qyNcA6yy8N1ISUvxJhC5DHQA5XahxSQWs4.CHZCAXsIXwXkciL9EZp03TxBuO0xi8gQ"
                + "YBS3_Lsoxvk80xkZ"),
        TokenRule("trello-token", "ATTA{w60,80}", "ATTABg4T0FKo6L0mWuG4JRomMdsArVmI5FZnlpHiZN1eNctoz8prHpmCa5XFqGvv"),
        TokenRule("wakatime-api-key", "waka_{x8}-{x4}-{x4}-{x4}-{x12}", "waka_cb393867-eaa0-626a-a57e-4638b805787e"),
    ]

    /// Payment, post, marketing and chat.
    private static let people: [TokenRule] = [
        TokenRule("duffel-token", "duffel_test_{b43}", "duffel_test_S8yZMfEFONeWhMUvlZ3R5MfrRn0__uouOl4s9h3tJgB"),
        TokenRule("klaviyo-private-key", "pk_{x34}", "pk_4157e313bdc696259cdeda90c023d6fa28"),
        TokenRule("lob-api-key", "live_{x35}", "live_4439858cfbb75e33132a68c8586203ce1d1"),
        TokenRule("lob-api-key", "test_{x35}", "test_937d7fc6c8b33eb8a4c276179854087702e"),
        TokenRule(
            "slack-browser-token", "xoxc-{d10,14}-{d10,14}-{d10,14}-{x64}",
            "xoxc-6590053602-641142380317-1079750019-529e9c6d0649246aad9f263b7acaaea22ea564f39c2e7eed81"
                + "bb2eaaa4da29bf"),
        TokenRule("stripe-restricted-key", "rk_prod_{w20,110}", "rk_prod_k4JXXdpzoxvkkBJmmfjXO"),
        TokenRule("stripe-secret-key", "sk_prod_{w20,110}", "sk_prod_1F7GaXv4h58oeuP1AsqWmECn"),
        TokenRule("stytch-secret", "secret-live-{b36}{=0,1}", "secret-live-CpRFFTLqly1XJCfi2v1EDKXNmsVBTdkpHSy2"),
        TokenRule("stytch-secret", "secret-test-{b36}{=0,1}", "secret-test-rrFvcb0NPqDyAtk8x6s10GEWOvIg6K2UbW7J"),
        TokenRule(
            "twitter-bearer-token", "AAAAAAAAAAAAAAAAAAAAAA{q70,110}",
            "AAAAAAAAAAAAAAAAAAAAAA3Tu7I5i1dMfTpJhrqesP4P2tS66AXS2wp3mSDpjlnxYDDgOy6xdIUmt54r64CZUiy55PIB"),
    ]
}
