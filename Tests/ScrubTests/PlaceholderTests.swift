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
