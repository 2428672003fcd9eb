/// Texts without what two writers of the same thing differ in: capitals, and how much space is between words.
///
/// Only ASCII is looked at, so that the result never depends on a version of Unicode: ids of fitments are made of it.
enum FoldedText {
    /// The text in small letters, with single spaces between words; control characters count as spaces.
    static func bytes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        Self.append(text, to: &bytes)
        return bytes
    }

    /// Appends what ``bytes(_:)`` gives.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        let start = bytes.count
        var isSpaceDue = false
        for byte in text.utf8 {
            if byte <= 0x20 || byte == 0x7F {
                isSpaceDue = bytes.count > start
                continue
            }
            if isSpaceDue { bytes.append(0x20) }
            isSpaceDue = false
            bytes.append((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte)
        }
    }
}
