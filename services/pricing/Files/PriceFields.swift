internal import Money
internal import PricingDomain

/// What all formats ask of a price's fields.
enum PriceFields {
    /// The most bytes of a SKU.
    static let maximumSKUBytes = 64
    /// The greatest quantity from which on a price counts.
    static let maximumQuantity: Int64 = 1_000_000_000

    /// What is wrong with a text that is to be a SKU; nil: nothing.
    static func fault(ofSKU text: String, field: String) -> RecordFault? {
        let problem: String
        let bytes = text.utf8
        if bytes.isEmpty {
            problem = "is missing"
        } else if bytes.count > Self.maximumSKUBytes {
            problem = "has \(bytes.count) bytes"
        } else if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            problem = "has a control character"
        } else if bytes.first == 0x20 || bytes.last == 0x20 {
            problem = "has a space at its end"
        } else {
            return nil
        }
        return RecordFault(
            field: field, problem,
            expected: "1 to \(Self.maximumSKUBytes) bytes without control characters or space at either end")
    }

    /// The quantity that digits say; an empty text and 0 say 1.
    static func quantity(_ digits: some Collection<UInt8>, field: String) throws(RecordFault) -> Int64 {
        var quantity: Int64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw Self.invalidQuantity(field, "is no whole number")
            }
            quantity = quantity * 10 + Int64(byte - UInt8(ascii: "0"))
            guard quantity <= Self.maximumQuantity else { throw Self.invalidQuantity(field, "is too great") }
        }
        return max(1, quantity)
    }

    static func invalidQuantity(_ field: String, _ problem: String) -> RecordFault {
        RecordFault(field: field, problem, expected: "a whole number from 1 to \(Self.maximumQuantity)")
    }

    /// The amount that a text says.
    static func amount(_ text: String, field: String) throws(RecordFault) -> Amount {
        do throws(PricingRefusal) { return try Amount(text, field: field) } catch { throw RecordFault(error) }
    }

    /// The time between two instants.
    static func period(from: Instant, to: Instant, field: String) throws(RecordFault) -> Period {
        do throws(PricingRefusal) {
            return try Period(from: from, to: to, field: field)
        } catch {
            throw RecordFault(error)
        }
    }

    /// Without spaces and tabs at its ends.
    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
