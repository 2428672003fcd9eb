internal import ProtobufC

/// Base64 as RFC 4648 has it: written with the usual alphabet and padding, read with that of URLs too, and without
/// padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func append(_ bytes: RawSpan, to output: OutputBytes) {
        var position = 0
        while position < bytes.byteCount {
            let count = min(3, bytes.byteCount - position)
            var group: UInt32 = 0
            for index in 0..<3 {
                group = group << 8 | (index < count ? UInt32(bytes.byte(at: position + index)) : 0)
            }
            for index in 0..<4 {
                let digit = Self.alphabet[Int(group >> UInt32(18 - 6 * index) & 0x3F)]
                output.append(index <= count ? digit : UInt8(ascii: "="))
            }
            position += 3
        }
    }

    /// Appends what text stands for; false, and nothing appended, where it is not base64.
    static func decode(_ text: RawSpan, to output: OutputBytes) -> Bool {
        var end = text.byteCount
        if end > 0, end % 4 == 0 {
            for _ in 0..<2 where end > 0 && text.byte(at: end - 1) == UInt8(ascii: "=") { end -= 1 }
        }
        let begin = output.count
        var group: UInt32 = 0
        var bits = 0
        for position in 0..<end {
            guard let digit = Self.value(text.byte(at: position)) else {
                output.truncate(to: begin)
                return false
            }
            group = group << 6 | UInt32(digit)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            output.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            group &= (1 << UInt32(bits)) - 1
        }
        // A single digit left over, or bits that no byte holds: two texts must not stand for the same bytes.
        guard end % 4 != 1, group == 0 else {
            output.truncate(to: begin)
            return false
        }
        return true
    }

    private static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
