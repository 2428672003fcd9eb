internal import ProtobufC

/// What a part of a URL stands for; `nil` where it is not percent-encoded UTF-8 without NUL.
///
/// - Parameter plusIsSpace: Whether `+` is a space, as in a query.
func percentDecoded(_ bytes: RawSpan, _ range: Range<Int>, plusIsSpace: Bool) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(range.count)
    var position = range.lowerBound
    while position < range.upperBound {
        let byte = bytes.byte(at: position)
        switch byte {
        case UInt8(ascii: "%"):
            guard position + 2 < range.upperBound, let high = hexadecimalDigit(bytes.byte(at: position + 1)),
                let low = hexadecimalDigit(bytes.byte(at: position + 2))
            else { return nil }
            result.append(high << 4 | low)
            position += 3
            continue
        case UInt8(ascii: "+") where plusIsSpace:
            result.append(UInt8(ascii: " "))
        default:
            result.append(byte)
        }
        position += 1
    }
    guard !result.contains(0), result.span.bytes.isUTF8 else { return nil }
    return result
}
