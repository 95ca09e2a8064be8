import Crypto
import Foundation
import Testing

@Suite struct TextFormTests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `writes and reads RFC 4648's examples`(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        let url = Base64.encode(Array(plain.utf8), .url)
        #expect(url == encoded.filter { $0 != "=" })
        #expect(Base64.decode(url, .url) == Array(plain.utf8))
    }

    @Test func `agrees with Foundation for every length`() {
        for count in 0..<200 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ count) }
            let encoded = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == encoded)
            #expect(Base64.decode(encoded) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: ["Z", "Zg", "Zg=", "Zg===", "Z===", "Zm9v=", "Zg==Zg==", "Zm-v", "Zm9v===="])
    func `refuses what is not base64`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `skips line breaks in base64`() {
        #expect(Base64.decode("Zm9v\r\nYmFy\n") == Array("foobar".utf8))
    }

    @Test(arguments: ["0", "0g", "zz", "0x12", "é0"])
    func `refuses what is not hexadecimal`(text: String) {
        #expect(Hex.decode(text) == nil)
    }
}
