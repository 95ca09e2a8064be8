import Document

/// Names and comments in the text of a proposed policy.
enum PolicyText {
    /// A name as a key or value of YAML.
    static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.first.map { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A } ?? false
        let isWord = name.utf8.allSatisfy { byte in
            byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        }
        let isTaken = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(name.lowercased())
        return isPlain && isWord && !isTaken ? name : JSON.text(.string(name))
    }

    /// A text that stays on its line.
    static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
