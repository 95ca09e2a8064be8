import Crypto

/// Sprig's functions over passwords: slow digests, derived passwords, and texts under a password.
enum PasswordFunctions {
    static let all: [String: TemplateEvaluator.Function] = [
        "bcrypt": { .string(try bcrypt($0, try $0.string(0))) },
        "htpasswd": { arguments in
            let (name, password) = (try arguments.string(0), try arguments.string(1))
            if name.contains(":") { return .string("invalid username: \(name)") }
            return .string("\(name):\(try bcrypt(arguments, password))")
        },
        "derivePassword": { try derived($0) },
        "encryptAES": { arguments in
            let (password, text) = (try arguments.string(0), Array(try arguments.string(1).utf8))
            // The text goes into the draw, so that two texts never start alike.
            let start = RandomStream(arguments, over: text).take(16)
            return .string(Base64.encode(start + (try BlockCipher.encrypt(text, key: key(password), start: start))))
        },
        "decryptAES": { arguments in
            let password = try arguments.string(0)
            guard let bytes = Base64.decode(try arguments.string(1)), bytes.count >= 32, bytes.count % 16 == 0 else {
                throw TemplateError("the text was not made by encryptAES")
            }
            let start = Array(bytes.prefix(16))
            do {
                return .text(try BlockCipher.decrypt(Array(bytes.dropFirst(16)), key: key(password), start: start))
            } catch {
                throw TemplateError("the text was encrypted under another password")
            }
        },
    ]

    private static func bcrypt(_ arguments: Arguments, _ password: String) throws -> String {
        let bytes = Array(password.utf8)
        guard bytes.count <= 72 else {
            return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
        }
        try arguments.evaluator.labour(60)
        // The salt follows from the password.
        let salt = RandomStream(arguments, over: bytes).take(16)
        return try arguments.evaluator.keys.text(from: Array("bcrypt".utf8) + salt) {
            try PasswordHash.bcrypt(bytes, salt: salt)
        }
    }

    /// The password's first 32 bytes, and zeros behind them.
    private static func key(_ password: String) -> [UInt8] {
        let bytes = Array(password.utf8.prefix(32))
        return bytes + [UInt8](repeating: 0, count: 32 - bytes.count)
    }

    // MARK: Derived passwords

    /// The Master Password algorithm: what each letter of a pattern stands for, and the patterns of each class.
    private static let characters: [Character: String] = [
        "V": "AEIOU", "C": "BCDFGHJKLMNPQRSTVWXYZ", "v": "aeiou", "c": "bcdfghjklmnpqrstvwxyz",
        "A": "AEIOUBCDFGHJKLMNPQRSTVWXYZ", "a": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        "n": "0123456789", "o": "@&%?,=[]_:-+*$#!'^~;()/.",
        "x": "AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    ]

    private static let patterns: [String: [Substring]] = [
        "maximum": "anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno", "medium": "CvcnoCvc CvcCvcno", "short": "Cvcn",
        "basic": "aaanaaan aannaaan aaannaaa", "pin": "nnnn",
        "long": """
        CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv \
        CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv \
        CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno
        """,
    ].mapValues { $0.split(separator: " ") }

    private static let purpose = Array("com.lyndir.masterpassword".utf8)

    private static func derived(_ arguments: Arguments) throws -> TemplateValue {
        guard let counter = UInt32(exactly: try arguments.int(0)) else {
            throw TemplateError("the counter \(try arguments.int(0)) is no number of 32 bits")
        }
        let (type, password) = (try arguments.string(1), try arguments.string(2))
        let (user, site) = (Array(try arguments.string(3).utf8), Array(try arguments.string(4).utf8))
        guard let patterns = patterns[type] else {
            return .string("cannot find password template \(type)")
        }
        try arguments.evaluator.labour(180)
        let key = try PasswordHash.scrypt(
            Array(password.utf8), salt: purpose + bytes(UInt32(user.count)) + user, cost: 32768, blockSize: 8,
            parallel: 2, count: 64)
        let seed = HMAC.sha256(purpose + bytes(UInt32(site.count)) + site + bytes(counter), key: key)
        let pattern = patterns[Int(seed[0]) % patterns.count]
        let result = zip(pattern, seed.dropFirst()).map { letter, byte in
            let choices = Array(characters[letter] ?? "?")
            return choices[Int(byte) % choices.count]
        }
        return .string(String(result))
    }

    private static func bytes(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}
