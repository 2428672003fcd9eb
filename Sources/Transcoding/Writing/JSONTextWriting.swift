internal import ProtobufC

/// Appends text in quotes, with the escapes that JSON asks for; false where it is not UTF-8.
func appendJSON(text: RawSpan, to output: OutputBytes) -> Bool {
    output.append(UInt8(ascii: "\""))
    var start = 0
    var position = 0
    var isASCII = true
    while true {
        position = plainEnd(text, position)
        guard position < text.byteCount else { break }
        let byte = text.byte(at: position)
        if byte >= 0x80 {
            isASCII = false
            position &+= 1
            continue
        }
        output.append(text.extracting(start..<position))
        appendEscape(byte, to: output)
        position &+= 1
        start = position
    }
    output.append(text.extracting(start..<text.byteCount))
    output.append(UInt8(ascii: "\""))
    return isASCII || text.isUTF8
}

/// Where the next byte is that is a quote, a backslash, a control character or not ASCII; the end, where none is.
@inline(__always)
func plainEnd(_ bytes: RawSpan, _ start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    var position = start
    while position &+ 8 <= bytes.byteCount {
        let word = bytes.littleEndianWord(at: position)
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        // A byte's top bit is set where it is below 0x20, zero after the exclusive or, or not ASCII. Borrows reach only
        // bytes above one that is found, and the lowest is all that counts.
        let found = ((word &- ones &* 0x20) | (quote &- ones) | (backslash &- ones) | word) & (ones &* 0x80)
        guard found == 0 else { return position &+ found.trailingZeroBitCount / 8 }
        position &+= 8
    }
    while position < bytes.byteCount {
        let byte = bytes.byte(at: position)
        guard byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C else { return position }
        position &+= 1
    }
    return position
}

private func appendEscape(_ byte: UInt8, to output: OutputBytes) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
    default:
        output.append("u00" as StaticString)
        for digit in [byte >> 4, byte & 15] {
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
