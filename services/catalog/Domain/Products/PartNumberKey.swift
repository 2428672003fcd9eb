/// A part number as it is compared: capitals and digits alone, so that `04465-06080`, `04465 06080` and `0446506080` are one.
///
/// Letters and digits of other scripts stay, in capitals. A number that has neither is compared as it is printed. Different
/// numbers may have the same key: then somebody has to choose.
public struct PartNumberKey: Hashable, Sendable, CustomStringConvertible {
    /// The folded number.
    public let description: String

    /// Folds a number as it is printed.
    public init(_ number: String) {
        let folded = Self.folded(number)
        self.description = folded.isEmpty ? number : folded
    }

    private static func folded(_ number: String) -> String {
        if let ascii = Self.foldedASCII(number) { return ascii }
        var folded = ""
        for scalar in number.uppercased().unicodeScalars
        where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            folded.unicodeScalars.append(scalar)
        }
        return folded
    }

    /// nil where the number has other characters.
    private static func foldedASCII(_ number: String) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(number.utf8.count)
        for byte in number.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"): bytes.append(byte)
            case UInt8(ascii: "a")...UInt8(ascii: "z"): bytes.append(byte & 0xDF)
            case 0x80...: return nil
            default: continue
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
