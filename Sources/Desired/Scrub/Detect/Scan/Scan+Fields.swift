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
        var inner = Scan(text: Array(text[range]), level: level + 1)
        swap(&inner.names, &names)
        inner.run()
        swap(&inner.names, &names)
        return inner.findings.contains { $0.family == .secret }
    }

    /// Judges the field whose separator is at a place. The value of a name that says nothing is not even read.
    mutating func field(at separator: Int) {
        guard var head = fields.head(at: separator) else { return }
        let refers = refers(head.name)
        if !refers, !saysAnything(head) {
            guard let declared = fields.declared(head), saysAnything(declared) else { return }
            head = declared
        }
        guard let field = fields.field(of: head) else { return }
        judge(field, refers: refers)
    }

    /// `name`, `key` and `value`, of which one tells what the other is.
    private func refers(_ name: Range<Int>) -> Bool {
        switch name.count {
        case 3: text.has("key", at: name.lowerBound)
        case 4: text.has("name", at: name.lowerBound) || text.has("Name", at: name.lowerBound)
        case 5: text.has("value", at: name.lowerBound) || text.has("Value", at: name.lowerBound)
        default: false
        }
    }

    private mutating func saysAnything(_ head: TextFieldReader.Head) -> Bool {
        let meaning = names.name(text, head.name)
        if meaning.secrecy != .none || meaning.personal != .none { return true }
        return head.phrase != head.name && names.name(text, head.phrase).personal != .none
    }

    private mutating func judge(_ field: TextField, refers: Bool) {
        if refers {
            if field.name.count < 5 {
                lastNamed = field.value
            } else if let named = lastNamed, field.name.lowerBound - named.upperBound < 64,
                field.name.lowerBound > named.upperBound
            {
                lastNamed = nil
                return judge(named, field.value, isQuoted: field.isQuoted)
            }
        }
        let isPhrase = field.phrase != field.name && names.name(text, field.phrase).personal != .none
        judge(isPhrase ? field.phrase : field.name, field.value, isQuoted: field.isQuoted)
    }

    mutating func judge(_ name: Range<Int>, _ value: Range<Int>, isQuoted: Bool) {
        judge(names.name(text, name), value, isQuoted: isQuoted)
    }

    mutating func judge(_ meaning: FieldName, _ value: Range<Int>, isQuoted: Bool) {
        if meaning.secrecy == .password || meaning.secrecy == .token, !isQuoted, text.at(value.lowerBound) == 0x5B {
            return list(meaning, from: value.lowerBound + 1)
        }
        if meaning.secrecy != .none, let range = secretPart(value, meaning.secrecy, isQuoted: isQuoted) {
            add("secret-assignment", .secret, range)
        }
        guard meaning.personal != .none, let found = personal.finding(meaning.personal, value) else { return }
        add(found.type, .personal, found.range)
    }

    /// `["x", "y"]`: the texts that a list holds, up to what is none.
    private mutating func list(_ meaning: FieldName, from start: Int) {
        let limit = Swift.min(text.count, start + 1024)
        var place = start
        while place < limit, text[place].isSpace || text[place] == 0x2C || text[place].isQuote {
            if text[place].isQuote {
                guard let item = fields.valueOfWord(from: place), item.isQuoted else { return }
                if !item.range.isEmpty { judge(meaning, item.range, isQuoted: true) }
                place = item.range.upperBound
            }
            place += 1
        }
    }

    func secretPart(_ value: Range<Int>, _ secrecy: FieldName.Secrecy, isQuoted: Bool) -> Range<Int>? {
        var range = value
        for scheme in ["Bearer ", "Basic ", "bearer ", "Token ", "token "] as [StaticString]
        where text.has(scheme, at: range.lowerBound) && range.count > scheme.utf8CodeUnitCount {
            range = range.lowerBound + scheme.utf8CodeUnitCount..<range.upperBound
        }
        // After the first word of a plain value comes a comment, or it is a sentence.
        if let blank = text[range].firstIndex(where: { $0.isSpace }) { range = range.lowerBound..<blank }
        // `{"Ref":` begins an object, and `ConvertTo-SecureString "x"` asks for what follows.
        let isObject = text.at(range.lowerBound) == 0x7B && text.at(range.lowerBound + 1).isQuote
        if !isQuoted, isObject || text.has("ConvertTo-", at: range.lowerBound) { return nil }
        guard SecretValue(text: text, range: range, isQuoted: isQuoted).isSecret(secrecy) else { return nil }
        return Oddities(text: text).isCiphertextOrStandIn(range) ? nil : range
    }
}
