internal import XML

/// Strings that files repeat, such as notes and part numbers, kept so that the same bytes are not copied each time.
///
/// A table of fixed size: where two texts would have the same place, the later one takes it.
struct RepeatedTexts {
    /// How many texts it keeps at most; a power of two.
    static let places = 4_096
    /// The most bytes of a text that it keeps, so that it never has more than a mebibyte of them.
    static let maximumTextBytes = 256
    /// Texts of so many bytes are stored in the string's own place, without memory that could be shared.
    private static let inlineBytes = 15

    private struct Entry {
        var bytes: [UInt8]
        var text: String
    }

    private var entries: [Entry?] = Array(repeating: nil, count: Self.places)

    /// The text of an event.
    mutating func text(_ event: XMLEvent, in batch: borrowing XMLBatch) -> String {
        let bytes = batch.text(event)
        guard bytes.count > Self.inlineBytes, bytes.count <= Self.maximumTextBytes else { return batch.string(event) }
        let place = Self.place(bytes)
        if let entry = self.entries[place], Self.isEqual(entry.bytes, bytes) { return entry.text }
        let text = batch.string(event)
        self.entries[place] = Entry(bytes: Array(text.utf8), text: text)
        return text
    }

    /// FNV-1a (Fowler, Noll, Vo), which mixes the low bits that the place is made of well enough for a cache.
    private static func place(_ bytes: borrowing Span<UInt8>) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x0100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 32)) & UInt64(Self.places - 1))
    }

    private static func isEqual(_ kept: [UInt8], _ bytes: borrowing Span<UInt8>) -> Bool {
        guard kept.count == bytes.count else { return false }
        for index in kept.indices where kept[index] != bytes[index] { return false }
        return true
    }
}
