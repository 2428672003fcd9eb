/// Decimal numbers as text, read and written without any binary fraction.
public enum DecimalText {
    /// What is wrong with a text, after the name of its field.
    public struct Fault: Error, Hashable {
        /// For people: "is no decimal number".
        public var reason: String

        /// A fault for a reason.
        public init(reason: String) { self.reason = reason }
    }

    /// The most bytes that are looked at: any valid number has fewer.
    public static let maximumBytes = 32

    /// A number in units of its last decimal place: "12.99" with six places is 12990000.
    ///
    /// - Throws: Where it is no plain decimal number, is below zero, has more places, or does not fit into 64 bits.
    public static func parse(_ text: String, decimalPlaces: Int) throws(Fault) -> Int64 {
        let bytes = text.utf8
        guard !bytes.isEmpty else { throw Fault(reason: "is empty") }
        guard bytes.count <= Self.maximumBytes else { throw Fault(reason: "has \(bytes.count) bytes") }
        guard bytes.first != UInt8(ascii: "-") else { throw Fault(reason: "is below zero or has a sign") }
        var (value, places, digits): (Int64, Int?, Int) = (0, nil, 0)
        for byte in bytes {
            if byte == UInt8(ascii: "."), places == nil, digits > 0 {
                places = 0
                continue
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                throw Fault(reason: "is no decimal number")
            }
            digits += 1
            if let count = places {
                // Zeros behind the last place say nothing.
                if count >= decimalPlaces {
                    guard byte == UInt8(ascii: "0") else {
                        throw Fault(reason: "has more than \(decimalPlaces) decimal places")
                    }
                    continue
                }
                places = count + 1
            }
            value = try Self.append(Int64(byte - UInt8(ascii: "0")), to: value)
        }
        guard bytes.last != UInt8(ascii: ".") else { throw Fault(reason: "ends with its point") }
        for _ in (places ?? 0)..<decimalPlaces { value = try Self.append(0, to: value) }
        return value
    }

    private static func append(_ digit: Int64, to value: Int64) throws(Fault) -> Int64 {
        let (tenfold, isTooGreat) = value.multipliedReportingOverflow(by: 10)
        let (sum, isGreater) = tenfold.addingReportingOverflow(digit)
        guard !isTooGreat, !isGreater else { throw Fault(reason: "is too great") }
        return sum
    }

    /// The text of a number in units of its last decimal place.
    ///
    /// - Parameters:
    ///   - scale: How many decimal places a unit is.
    ///   - places: How many are written at least; zeros behind them are not.
    public static func format(_ value: Int64, scale: Int, places: Int) -> String {
        // Three bytes more than the longest: a sign, a zero and the point.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { buffer in
            var (end, rest, place) = (buffer.count, value.magnitude, scale)
            var isWriting = false
            while place > 0 || rest > 0 || end == buffer.count || buffer[end] == UInt8(ascii: ".") {
                let digit = UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                if place <= 0 || isWriting || digit != 0 || place <= places {
                    isWriting = true
                    end -= 1
                    buffer[end] = UInt8(ascii: "0") + digit
                }
                place -= 1
                if place == 0, isWriting, scale > 0 {
                    end -= 1
                    buffer[end] = UInt8(ascii: ".")
                }
            }
            if value < 0 {
                end -= 1
                buffer[end] = UInt8(ascii: "-")
            }
            return String(decoding: buffer[end...], as: UTF8.self)
        }
    }
}
