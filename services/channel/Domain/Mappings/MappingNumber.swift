internal import Money

/// A decimal number in a mapping: exact, with a sign and at most six places.
struct MappingNumber: Hashable, Sendable {
    /// The most decimal places.
    static let places = Amount.maximumDecimalPlaces

    /// In millionths.
    let micros: Int64

    /// nil: the text is no plain decimal number, or has more places.
    init?(_ text: String) {
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let digits = isNegative ? String(text.dropFirst()) : text
        guard let micros = try? DecimalText.parse(digits, decimalPlaces: Self.places) else { return nil }
        self.micros = isNegative ? -micros : micros
    }

    private init(micros: Int64) { self.micros = micros }

    /// The product, to six places, half away from zero; nil: it is too great.
    func multiplied(by factor: MappingNumber) -> MappingNumber? {
        let product = Int128(self.micros) * Int128(factor.micros)
        let rounded = Rounding.divide(product, by: Int128(Amount.perUnit), .halfUp)
        return Int64(exactly: rounded).map { MappingNumber(micros: $0) }
    }

    /// The number with so many places, half away from zero, and as many written; nil: it is too great.
    func text(rounded places: Int) -> String? {
        var step: Int64 = 1
        for _ in places..<Self.places { step *= 10 }
        let steps = Rounding.divide(Int128(self.micros), by: Int128(step), .halfUp)
        guard let micros = Int64(exactly: steps * Int128(step)) else { return nil }
        return DecimalText.format(micros, scale: Self.places, places: places)
    }

    /// The number with no more places than it has.
    var text: String { DecimalText.format(self.micros, scale: Self.places, places: 0) }
}
