import Crypto
import Document
import Glibc
import System

/// The secret of one state folder, from which placeholders and digests are keyed.
enum RootKey {
    static let length = 32

    /// Reads the key, made once.
    ///
    /// - Throws: `Problem` for a file that is none.
    static func load(_ path: String) throws -> [UInt8] {
        if Files.exists(path) {
            let key = try Files.read(path, limit: 4096)
            guard key.count == length else {
                throw Problem(
                    "\(path) is not a key: it has \(key.count) bytes and not \(length)",
                    hint: "restore it from a backup; with another key all placeholders change")
            }
            return key
        }
        let key = try Random.bytes(length)
        try Files.replace(path, with: key, mode: 0o600)
        return key
    }

    /// When the key was first used, in seconds since 1970: recorded beside it, once.
    static func firstUse(of path: String, clock: WallClock) throws -> Int {
        let record = "\(path).since"
        if Files.exists(record), let seconds = Int(try Files.text(record, limit: 64).filter { !$0.isWhitespace }) {
            return seconds
        }
        let seconds = Int(clock.now().seconds)
        try Files.replace(record, with: Array("\(seconds)\n".utf8), mode: 0o600)
        return seconds
    }
}
