/// Passwords and tokens in URLs, data source names and webhooks.
struct Addresses {
    private static let longest = 2048
    let text: [UInt8]

    /// What is secret in the URL whose `://` is at `colon`.
    func secret(inURLAt colon: Int) -> (range: Range<Int>, type: String)? {
        var start = colon
        while start > 0, colon - start < 24,
            text[start - 1].isWord || text[start - 1] == 0x2B || text[start - 1] == 0x2D
        {
            start -= 1
        }
        guard start < colon, text[start].isLetter else { return nil }
        let end = urlEnd(from: colon + 3)
        if let webhook = webhook(start..<end, host: colon + 3) { return webhook }
        return userInfo(from: colon + 3, to: end)
    }

    private func urlEnd(from start: Int) -> Int {
        let limit = Swift.min(text.count, start + Self.longest)
        var end = start
        while end < limit, !text[end].isSpace, text[end] != 0x22, text[end] != 0x60, text[end] != 0x3C,
            text[end] != 0x3E
        {
            if text[end] == 0x5C, !text.at(end + 1).isLetter || text.at(end + 1) == 0x6E { break }
            end += 1
        }
        // A quote ends the URL where one stood before it.
        if let quote = text.index(of: 0x27, from: start, to: end) { end = quote }
        while end > start, [0x2C, 0x2E, 0x3B, 0x29].contains(text[end - 1]) { end -= 1 }
        return end
    }

    private func userInfo(from start: Int, to end: Int) -> (range: Range<Int>, type: String)? {
        var at: Int?
        var place = start
        var hasColon = false
        // What stands before the last @ before the path; a password may hold a slash, a host may not.
        while place < end, text[place] != 0x3F, text[place] != 0x23 {
            if text[place] == 0x40 { at = place }
            if text[place] == 0x3A { hasColon = true }
            if text[place] == 0x2F, at != nil || !hasColon { break }
            place += 1
        }
        guard let at, at > start else { return nil }
        if let colon = text.index(of: 0x3A, from: start, to: at), colon + 1 < at {
            let password = colon + 1..<at
            return isPassword(password) ? (password, "url-password") : nil
        }
        let user = start..<at
        guard user.count >= 20, SecretValue(text: text, range: user, isQuoted: true).isSecret(.token) else {
            return nil
        }
        return (user, "url-token")
    }

    private func isPassword(_ range: Range<Int>) -> Bool {
        let value = SecretValue(text: text, range: range, isQuoted: true)
        return range.count >= 4 && !value.isStandIn && text[range].allSatisfy { !$0.isSpace && $0 != 0x22 }
            && Letters(text, range).looksChosen
    }

    /// `user:password@tcp(host)`: the data source name of Go's MySQL driver, with `@` at `at`.
    func secret(inDataSourceAt at: Int) -> Range<Int>? {
        guard text.has("tcp(", at: at + 1) || text.has("unix(", at: at + 1) else { return nil }
        var start = at
        while start > 0, at - start < 256, !text[start - 1].isSpace, !text[start - 1].isQuote, text[start - 1] != 0x3D {
            start -= 1
        }
        guard let colon = text.index(of: 0x3A, from: start, to: at), isPassword(colon + 1..<at) else { return nil }
        return colon + 1..<at
    }

    private func webhook(_ url: Range<Int>, host: Int) -> (range: Range<Int>, type: String)? {
        guard let rule = WebhookRule.all.first(where: { $0.fits(text, url, host: host) }), isUsed(url) else {
            return nil
        }
        return (url, rule.type)
    }

    /// Whether an address is somebody's, and not what documents show.
    private func isUsed(_ url: Range<Int>) -> Bool {
        !text.contains("xxxx", in: url) && !text.contains("...", in: url) && !text.contains("${", in: url)
            && !text.contains("{{", in: url) && !text[url].contains(0x3C) && Letters(text, url).digits >= 4
    }
}
