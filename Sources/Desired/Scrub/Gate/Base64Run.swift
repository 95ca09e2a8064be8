/// Base64 in both alphabets at once, from any place on.
enum Base64Run {
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0, count: 256)
        for byte in UInt8(0)...255 {
            switch byte {
            case 0x41...0x5A: values[Int(byte)] = byte - 0x41
            case 0x61...0x7A: values[Int(byte)] = byte - 0x61 + 26
            case 0x30...0x39: values[Int(byte)] = byte - 0x30 + 52
            case 0x2B, 0x2D: values[Int(byte)] = 62
            case 0x2F, 0x5F: values[Int(byte)] = 63
            default: break
            }
        }
        return values
    }()

    /// The bytes of a run that holds nothing but signs of base64.
    static func decode(_ text: [UInt8], _ run: Range<Int>) -> [UInt8] {
        let values = values
        let count = run.count * 3 / 4
        return [UInt8](unsafeUninitializedCapacity: count + 3) { buffer, used in
            text.withUnsafeBufferPointer { text in
                var bits: UInt32 = 0
                var width = 0
                var place = 0
                for index in run {
                    bits = bits << 6 | UInt32(values[Int(text[index])])
                    width += 6
                    if width >= 8 {
                        width -= 8
                        buffer[place] = UInt8(truncatingIfNeeded: bits >> UInt32(width))
                        place += 1
                    }
                }
                used = place
            }
        }
    }
}
