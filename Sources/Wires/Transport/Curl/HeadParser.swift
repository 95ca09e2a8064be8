/// Header lines as libcurl hands them over, gathered to the head of the final answer: interim answers (1xx) and what
/// proxies said before it are dropped, trailers ignored.
struct HeadParser {
    /// A final answer's status and headers.
    struct Head: Sendable {
        var status: Int
        var headers: HTTPHeaders
    }

    /// What a line brought.
    enum Event {
        case more
        case head(Head)
        /// The head is longer than allowed, or no HTTP.
        case malformed
    }

    static let limit = 512 << 10
    private var status = 0
    private var headers = HTTPHeaders()
    private var size = 0
    private var isDone = false

    mutating func line(_ bytes: UnsafeRawBufferPointer) -> Event {
        size += bytes.count
        guard size <= Self.limit else { return .malformed }
        if isDone { return .more }
        let line = String(decoding: bytes, as: UTF8.self).trimming { $0 == "\r\n" || $0 == "\n" || $0 == "\r" }
        if line.hasPrefix("HTTP/") { return begin(line) }
        if line.isEmpty { return end() }
        guard let colon = line.firstIndex(of: ":") else { return .more }
        let value = line[line.index(after: colon)...].trimming { $0 == " " || $0 == "\t" }
        headers.add(String(line[..<colon]), String(value))
        return .more
    }

    private mutating func begin(_ line: Substring) -> Event {
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, let code = Int(parts[1]), (100..<1000).contains(code) else { return .malformed }
        status = code
        headers = HTTPHeaders()
        return .more
    }

    private mutating func end() -> Event {
        guard status >= 200 else { return .more }
        isDone = true
        return .head(Head(status: status, headers: headers))
    }
}

extension StringProtocol {
    fileprivate func trimming(_ isBlank: (Character) -> Bool) -> Substring {
        var rest = Substring(self)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest.drop(while: isBlank)
    }
}
