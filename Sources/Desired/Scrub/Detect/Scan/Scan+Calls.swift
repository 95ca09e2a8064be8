/// Secrets that follow a name without a sign between: in quotes, as arguments of calls and commands, as elements of XML.
extension Scan {
    /// `PASSWORD 'x'`, `storePassword "x"`, `the password `x``: what stands in quotes behind a word.
    mutating func quoted(after word: Range<Int>) {
        let name = isIdentified(by: word) ? password : names.name(text, word)
        guard name.secrecy == .password, let value = fields.valueOfWord(from: word.upperBound), value.isQuoted else {
            return
        }
        judge(name, value.range, isQuoted: true)
    }

    private var password: FieldName { FieldName(Array("password".utf8), 0..<8) }

    /// `IDENTIFIED BY 'x'` of SQL, and PowerShell's `ConvertTo-SecureString "x"`.
    private func isIdentified(by word: Range<Int>) -> Bool {
        if word.count == 2 {
            let line = text.nearLineStart(of: word.lowerBound)
            return text.contains("by", in: word)
                && text.contains("identified", in: Swift.max(line, word.lowerBound - 40)..<word.lowerBound)
        }
        return word.count == 12 && text.contains("securestring", in: word)
    }

    /// `setPassword("x")`, `define('DB_PASSWORD', 'x')`, `Credentials("user", "x")`: arguments of calls, of which the
    /// function or the first argument says what they are.
    ///
    /// - Parameter open: the parenthesis behind the function's name.
    mutating func arguments(of function: Range<Int>, from open: Int) {
        guard let first = fields.valueOfWord(from: open + 1), first.isQuoted, !first.range.isEmpty else { return }
        let words = FieldName.words(text, function)
        guard let last = words.last else { return }
        let sets = words[0] == "set" || words[0] == "with" || words.count == 1
        if sets, names.name(text, function).secrecy == .password {
            return judge(names.name(text, function), first.range, isQuoted: true)
        }
        let isPair = last == "credential" || last == "credentials" || words.suffix(2).joined() == "basicauth"
        guard isPair || Self.setters.contains(last) || Self.setters.contains(words[0]),
            let second = argument(after: first.range)
        else { return }
        let name = isPair ? password : names.name(text, first.range)
        if name.secrecy != .none { judge(name, second, isQuoted: true) }
    }

    /// Functions that give a value to what their first argument names.
    private static let setters: Set<String> = ["define", "setenv", "putenv", "set", "put", "env", "property"]

    /// The quoted argument that follows one.
    private mutating func argument(after first: Range<Int>) -> Range<Int>? {
        var place = first.upperBound + 1
        guard text.at(place) == 0x2C else { return nil }
        place += 1
        while text.at(place).isSpace { place += 1 }
        guard let second = fields.valueOfWord(from: place), second.isQuoted else { return nil }
        return second.range
    }

    /// `<password>x</password>`, with the sign at `close` that ends the element's start.
    mutating func element(closedAt close: Int) {
        var start = close
        while start > 0, close - start <= 48,
            text[start - 1].isWord || text[start - 1] == 0x2D || text[start - 1] == 0x2E
        {
            start -= 1
        }
        guard start < close, text.at(start - 1) == 0x3C || text.at(start - 1) == 0x3A else { return }
        let name = names.name(text, start..<close)
        guard name.secrecy != .none || name.personal != .none else { return }
        let limit = Swift.min(text.count, close + 1024)
        guard let end = text.index(of: 0x3C, from: close + 1, to: limit), text.at(end + 1) == 0x2F else { return }
        let value = text.trimmed(close + 1..<end)
        if !value.isEmpty { judge(name, value, isQuoted: true) }
    }

    // MARK: Commands

    /// A password among the options of a program that takes one on its command line.
    mutating func command(_ word: Range<Int>) {
        guard let program = Program.all.first(where: { text.has($0.name, at: word.lowerBound) }),
            !text.at(word.lowerBound - 1).isWord
        else { return }
        let name = word.lowerBound..<word.lowerBound + program.name.utf8CodeUnitCount
        guard text.at(name.upperBound).isBlank else { return }
        let end = Swift.min(text.nearLineEnd(from: name.upperBound), name.upperBound + 1024)
        var place = name.upperBound
        while place < end {
            guard text[place] == 0x2D, text[place - 1].isBlank,
                let option = program.options.first(where: { text.has($0, at: place) })
            else {
                place += 1
                continue
            }
            place += option.utf8CodeUnitCount
            if let value = value(of: program, behind: place, end) { take(value, of: program) }
        }
    }

    private mutating func value(of program: Program, behind place: Int, _ end: Int) -> Range<Int>? {
        guard program.isAttached || text.at(place).isBlank || text.at(place) == 0x3D else { return nil }
        if program.isAttached, text.at(place).isBlank { return nil }
        let start = text.at(place) == 0x3D ? place + 1 : place
        guard let value = fields.valueOfWord(from: start), value.range.lowerBound < end else { return nil }
        return value.range
    }

    private mutating func take(_ value: Range<Int>, of program: Program) {
        var value = value
        if program.isPair {
            guard let colon = text.index(of: 0x3A, from: value.lowerBound, to: value.upperBound) else { return }
            value = colon + 1..<value.upperBound
        }
        // A value that is too long is cut, and what the mark goes on with may be beyond it.
        if value.count > 5, text.has("pass:", at: value.lowerBound) { value = value.lowerBound + 5..<value.upperBound }
        guard !value.isEmpty, text[value.lowerBound] != 0x2D else { return }
        judge(password, value, isQuoted: true)
    }
}

/// A program that takes a password on its command line.
private struct Program {
    var name: StaticString
    var options: [StaticString]
    /// Whether the password follows its option without a blank.
    var isAttached = false
    /// Whether a user's name and a colon come before it.
    var isPair = false

    static let all = [
        Program(name: "curl", options: ["-u", "--user", "--proxy-user"], isPair: true),
        Program(name: "mysqldump", options: ["-p"], isAttached: true),
        Program(name: "mysqladmin", options: ["-p"], isAttached: true),
        Program(name: "mysql", options: ["-p"], isAttached: true),
        Program(name: "mariadb", options: ["-p"], isAttached: true),
        Program(name: "redis-cli", options: ["-a"]),
        Program(name: "sshpass", options: ["-p"]),
        Program(name: "docker login", options: ["-p"]),
        Program(name: "podman login", options: ["-p"]),
        Program(name: "openssl", options: ["-k", "-passin", "-passout", "-pass"]),
        Program(name: "htpasswd -b", options: []),
    ]
}
