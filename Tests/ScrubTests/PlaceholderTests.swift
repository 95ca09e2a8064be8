import Document
import Scrub
import Testing

@Suite struct PlaceholderTests {
    let placeholder = Placeholder(key: [1, 2, 3])

    /// A value, and the shape that its placeholder must keep.
    @Test(arguments: [
        ("correct-Horse42", #"[a-z]{7}-[A-Z][a-z]{4}\d{2}"#),
        ("8437", #"[1-9]\d{3}"#),
        ("john.doe@company.com", #"[a-z]{4}\.[a-z]{3}@example\.com"#),
        (
            "postgres://shop:s3cret@db.company.com:5432/shop?sslmode=require",
            #"postgres://[a-z]{4}:[a-z]\d[a-z]{4}@[a-z]{2}\.[a-z]{7}\.com:5432/[a-z]{4}\?sslmode=[a-z]{7}"#
        ),
        ("redis://:pass@cache:6379/0", #"redis://:[a-z]{4}@cache:6379/\d"#),
        ("amqp://u:p@10.1.2.3:5672", #"amqp://[a-z]:[a-z]@192\.0\.2\.1:5672"#),
        (
            "-----BEGIN KEY-----\nMIIEpA+/==\n-----END KEY-----\n",
            #"-----BEGIN KEY-----\n[A-Z]{4}[a-z][A-Z]\+/==\n-----END KEY-----\n"#
        ),
        (#"{"user":"ann","port":8080,"on":true}"#, #"\{"user":"[a-z]{3}","port":[1-9]\d{3},"on":true\}"#),
        ("USER=ann\n# a comment\nPASS=geheim\n", #"USER=[a-z]{3}\nPASS=[a-z]{6}\n"#),
        ("Zürich", #"[A-Z][a-z]{5}"#),
        ("----", #"[a-z]{4}"#),
    ])
    func `keeps the shape and changes the value`(value: String, shape: String) throws {
        let text = placeholder.text(for: value)
        #expect(text != value)
        let regex = try Regex(shape)
        #expect(text.wholeMatch(of: regex) != nil, "\(text)")
        #expect(placeholder.text(for: value) == text)
        #expect(Placeholder(key: [1]).text(for: value) != text)
    }

    @Test(arguments: ["", "true", "False", "null"])
    func `leaves what says nothing`(value: String) {
        #expect(placeholder.text(for: value) == value)
    }

    @Test func `changes bytes that are no text`() {
        let bytes: [UInt8] = [0xff, 0xfe, 0, 1]
        #expect(placeholder.bytes(for: bytes) != bytes)
        #expect(placeholder.bytes(for: bytes).count == 4)
    }

    @Test func `gives a part the placeholder that it has alone`() {
        let password = placeholder.text(for: "hunter2")
        #expect(placeholder.text(for: "mysql://app:hunter2@db/app").contains(":\(password)@"))
        #expect(placeholder.text(for: #"{"password":"hunter2"}"#) == #"{"password":"\#(password)"}"#)
    }

    @Test func `does not follow nesting without end`() {
        let nested = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(!placeholder.text(for: nested).isEmpty)
    }

    @Test func `hides a secret text from whatever prints it`() {
        let secret = SecretText("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.revealed == "hunter2")
    }
}
