/// What fields hold, judged by their names, and Secrets of Kubernetes.
extension Scan {
    mutating func secret(kindAt kind: Range<Int>) {
        guard secretBudget > 0 else { return }
        var looked = 64
        let entries = KubernetesSecrets(text: text).entries(kindAt: kind, looked: &looked)
        secretBudget -= looked
        for entry in entries {
            guard Oddities(text: text).isSecret(entry) else { continue }
            // A file within says itself what in it is secret.
            if entry.isBlock, !entry.isEncoded, findingsWithin(entry.value) { continue }
            add("kubernetes-secret", .secret, entry.value)
        }
    }

    mutating func findingsWithin(_ range: Range<Int>) -> Bool {
        guard level < 2 else { return false }
        var inner = Scan(text: Array(text[range]), names: names, level: level + 1)
        inner.run()
        names = inner.names
        return inner.findings.contains { $0.family == .secret }
    }

    mutating func judge(_ field: TextField) {
        let name = text[field.name]
        if name.count == 4, name.elementsEqual("name".utf8) || name.elementsEqual("Name".utf8) {
            lastNamed = field.value
        }
        if name.count == 3, name.elementsEqual("key".utf8) { lastNamed = field.value }
        if name.count == 5, name.elementsEqual("value".utf8) || name.elementsEqual("Value".utf8), let named = lastNamed,
            field.name.lowerBound - named.upperBound < 64, field.name.lowerBound > named.upperBound
        {
            lastNamed = nil
            judge(named, field.value, isQuoted: field.isQuoted)
            return
        }
        let isPhrase = field.phrase != field.name && names.name(text, field.phrase).personal != .none
        judge(isPhrase ? field.phrase : field.name, field.value, isQuoted: field.isQuoted)
    }

    mutating func judge(_ name: Range<Int>, _ value: Range<Int>, isQuoted: Bool) {
        judge(names.name(text, name), value, isQuoted: isQuoted)
    }

    mutating func judge(_ meaning: FieldName, _ value: Range<Int>, isQuoted: Bool) {
        if meaning.secrecy != .none, let range = secretPart(value, meaning.secrecy, isQuoted: isQuoted) {
            add("secret-assignment", .secret, range)
        }
        guard meaning.personal != .none, let found = personal.finding(meaning.personal, value) else { return }
        add(found.type, .personal, found.range)
    }

    func secretPart(_ value: Range<Int>, _ secrecy: FieldName.Secrecy, isQuoted: Bool) -> Range<Int>? {
        var range = value
        for scheme in ["Bearer ", "Basic ", "bearer ", "Token ", "token "] as [StaticString]
        where text.has(scheme, at: range.lowerBound) && range.count > scheme.utf8CodeUnitCount {
            range = range.lowerBound + scheme.utf8CodeUnitCount..<range.upperBound
        }
        // After the first word of a plain value comes a comment, or it is a sentence.
        if let blank = text[range].firstIndex(where: { $0.isSpace }) { range = range.lowerBound..<blank }
        guard SecretValue(text: text, range: range, isQuoted: isQuoted).isSecret(secrecy) else { return nil }
        return Oddities(text: text).isCiphertextOrStandIn(range) ? nil : range
    }
}
