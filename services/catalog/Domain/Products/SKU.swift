/// A brand's own part number: 1 to 64 bytes of UTF-8 without control characters, no space at either end; case matters.
///
/// Two are equal if their bytes are, as in the database. `String` compares by canonical equivalence, which would take two
/// products for one.
public struct SKU: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The most bytes of it.
    public static let maximumBytes = 64
    /// What a valid one looks like, for people.
    public static let expected = "1 to 64 bytes without control characters or space at either end"

    /// The text.
    public let description: String

    /// A SKU by its text.
    ///
    /// - Throws: ``ProductFault`` of the field `sku`.
    public init(_ text: String) throws(ProductFault) {
        if let reason = Self.fault(of: text) {
            throw ProductFault(field: "sku", reason: reason, expected: Self.expected)
        }
        self.description = text
    }

    /// What is wrong with a text that is to be a name of up to 64 bytes; nil: nothing.
    static func fault(of text: String) -> String? {
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return "is empty" }
        guard bytes.count <= Self.maximumBytes else { return "has \(bytes.count) bytes" }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return "has a control character" }
        guard first != 0x20, last != 0x20 else { return "has a space at its end" }
        return nil
    }

    /// Whether the bytes are the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.description.utf8.elementsEqual(right.description.utf8)
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        for byte in self.description.utf8 { hasher.combine(byte) }
    }

    /// Whether the left one comes first by bytes, as in the database.
    public static func < (left: Self, right: Self) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}
