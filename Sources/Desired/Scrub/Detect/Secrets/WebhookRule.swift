/// A kind of webhook, whose address is its own password: whoever knows it may post.
package struct WebhookRule: Sendable {
    /// The type that findings name.
    package var type: String
    /// What its addresses begin with behind `https://`; the host's name may have more before it where it begins with a dot.
    let start: StaticString
    /// One that was never given out; the tests find it, and do not find it without what is behind its start.
    package var example: String

    private init(_ type: String, _ start: StaticString, _ rest: String) {
        self.type = type
        self.start = start
        example = "https://\(start.utf8Start[0] == 0x2E ? "company" : "")\(start)\(rest)"
    }

    /// Whether a URL is one.
    ///
    /// - Parameter host: where its host begins.
    func fits(_ text: [UInt8], _ url: Range<Int>, host: Int) -> Bool {
        guard start.utf8Start[0] == 0x2E else { return text.has(start, at: host) }
        var place = host
        while place < url.upperBound, text[place].isWord || text[place] == 0x2D { place += 1 }
        return text.has(start, at: place)
    }

    package static let all: [WebhookRule] = [
        WebhookRule("slack-webhook", "hooks.slack.com/services/T", "04QK81ZHN/B07M2P5VX3D/qR8tLw1cYb6nZe0sKv4uJf9g"),
        WebhookRule("slack-webhook", "hooks.slack.com/workflows/", "T04QK81ZHN/A05T7B2KQ9/481516234/wX7cVb2nMq9rTz4y"),
        WebhookRule("slack-webhook", "hooks.slack.com/triggers/", "T04QK81ZHN/6012345678901/3f8a0c5d7e9b1a2c4d6e8f0a"),
        WebhookRule(
            "slack-webhook", "hooks.slack-gov.com/services/T", "04QK81ZHN/B07M2P5VX3D/qR8tLw1cYb6nZe0sKv4uJf9g"),
        WebhookRule(
            "discord-webhook", "discord.com/api/webhooks/",
            "1104583920174620815/kT7yVb2QmWx9RzLc4NpHs8JdGf3UaEo6Zi1BvKt5XwMq0CyPr7SnDl"),
        WebhookRule(
            "discord-webhook", "ptb.discord.com/api/webhooks/",
            "1104583920174620815/kT7yVb2QmWx9RzLc4NpHs8JdGf3UaEo6Zi1BvKt5XwMq0CyPr7SnDl"),
        WebhookRule(
            "discord-webhook", "canary.discord.com/api/webhooks/",
            "1104583920174620815/kT7yVb2QmWx9RzLc4NpHs8JdGf3UaEo6Zi1BvKt5XwMq0CyPr7SnDl"),
        WebhookRule(
            "discord-webhook", "discordapp.com/api/webhooks/",
            "1104583920174620815/kT7yVb2QmWx9RzLc4NpHs8JdGf3UaEo6Zi1BvKt5XwMq0CyPr7SnDl"),
        WebhookRule(
            "dingtalk-webhook", "oapi.dingtalk.com/robot/send?access_token=",
            "5c1e9a7f3b2d8064e6f0a1c3b5d79e8f20416385a7c9ebd1f3052647698badce"),
        WebhookRule(
            "feishu-webhook", "open.feishu.cn/open-apis/bot/v2/hook/", "7b2c9e14-5d38-4f6a-91c0-e8a3d5b7f264"),
        WebhookRule(
            "feishu-webhook", "open.larksuite.com/open-apis/bot/v2/hook/", "7b2c9e14-5d38-4f6a-91c0-e8a3d5b7f264"),
        WebhookRule(
            "wecom-webhook", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", "7b2c9e14-5d38-4f6a-91c0-e8a3d5b7f264"),
        WebhookRule(
            "pagerduty-webhook", "events.pagerduty.com/integration/", "e8a3d5b7f2647b2c9e145d384f6a91c0/enqueue"),
        WebhookRule("zapier-webhook", "hooks.zapier.com/hooks/catch/", "4815162/3k7v9qz"),
        WebhookRule(
            "google-chat-webhook", "chat.googleapis.com/v1/spaces/",
            "AAQAx7kZ2mE/messages?key=AIzaSy0k3Vn8Wq5&token=u4Rk9Lz2Wm7Xc1Vb"),
        WebhookRule(
            "teams-webhook", "outlook.office.com/webhook/",
            "7b2c9e14-5d38-4f6a-91c0-e8a3d5b7f264@1c0e8a3d-5b7f-4264-97b2-c9e145d384f6/IncomingWebhook/3f8a0c5d7e9b1a2c"
        ),
        WebhookRule(
            "teams-webhook", ".webhook.office.com/webhookb2/",
            "7b2c9e14-5d38-4f6a-91c0-e8a3d5b7f264@1c0e8a3d-5b7f-4264-97b2-c9e145d384f6/IncomingWebhook/3f8a0c5d7e9b1a2c"
        ),
    ]
}
