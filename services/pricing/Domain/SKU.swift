internal import PricingMessages

/// A brand's own part number, as the catalog has it. Equal, and ordered, by its bytes, as in the database.
///
/// `String` compares by canonical equivalence, which would take two products for one.
public struct SKU: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most bytes of it.
    public static let maximumBytes = 64

    /// The text.
    public let description: String

    /// A SKU that was checked before, such as a stored one.
    public init(unchecked text: String) { self.description = text }

    /// A SKU by its text: 1 to 64 bytes without control characters or space at either end.
    ///
    /// - Parameter field: Where it stands, for the refusal.
    public init(_ text: String, field: String) throws(PricingRefusal) {
        if let problem = Self.fault(of: text) {
            throw PricingRefusal(
                .invalidValue, field: field, problem,
                expected: "1 to \(Self.maximumBytes) bytes without control characters or space at either end")
        }
        self.description = text
    }

    private static func fault(of text: String) -> String? {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return "is empty" }
        guard bytes.count <= Self.maximumBytes else { return "has \(bytes.count) bytes" }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return "has a control character" }
        return first == 0x20 || last == 0x20 ? "has a space at its end" : nil
    }

    /// Whether the bytes are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.description.utf8.count == right.description.utf8.count
            && left.description.utf8.elementsEqual(right.description.utf8)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        // Eight at a time: it is done for each line of each quote.
        var (word, count) = (UInt64(0), 0)
        for byte in self.description.utf8 {
            word = word << 8 | UInt64(byte)
            count += 1
            if count & 7 == 0 {
                hasher.combine(word)
                word = 0
            }
        }
        hasher.combine(word)
        hasher.combine(count)
    }

    /// Whether the left one comes first by bytes, as in the database.
    public static func < (left: Self, right: Self) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
