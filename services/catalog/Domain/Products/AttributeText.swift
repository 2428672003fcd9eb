/// What an attribute's value says: a number with a unit where it is one ("1.5 kg"), else words.
public enum AttributeText: Hashable, Sendable {
    /// Anything that is no number.
    case text(String)
    /// A number, in the base unit of what it measures.
    case number(AttributeNumber)

    /// The most bytes of a value that is looked at for a number.
    static let maximumNumberBytes = 64

    /// Reads a value. Nothing is wrong with any: what is no number is text.
    public init(_ value: String, unit: String = "") {
        let text = unit.isEmpty ? value : "\(value) \(unit)"
        self = AttributeNumber(text).map { .number($0) } ?? .text(value)
    }
}

/// A number of an attribute, so that `1.5 kg` and `1500 g` are the same.
public struct AttributeNumber: Hashable, Sendable {
    /// What is measured.
    public let dimension: AttributeDimension
    /// In millionths of the dimension's base unit; a half is rounded away from zero.
    public let micros: Int64

    /// Reads a number with or without a unit: `280`, `-0.5 in`, `1,500 lbs`, `12V`, `3/4 in`.
    ///
    /// - Returns: nil for anything else, and for what the base unit cannot hold.
    public init?(_ text: String) {
        guard text.utf8.count <= AttributeText.maximumNumberBytes else { return nil }
        var rest = Substring(text).trimmed
        guard let number = Ratio(reading: &rest) else { return nil }
        let unit = rest.trimmed
        guard let found = AttributeUnit(name: unit) else { return nil }
        guard let micros = number.scaled(by: found.micros) else { return nil }
        self.dimension = found.dimension
        self.micros = micros
    }
}

/// An exact number while it is read.
private struct Ratio {
    var numerator: Int64
    var denominator: Int64

    /// The most digits of a number, on both sides of its point together.
    static let maximumDigits = 15

    /// Reads a sign, digits with commas between thousands, and a fraction with a point or a slash.
    init?(reading text: inout Substring) {
        let isNegative = text.first == "-"
        if isNegative || text.first == "+" { text.removeFirst() }
        guard let whole = Self.digits(&text, grouped: true) else { return nil }
        (self.numerator, self.denominator) = (whole.value, 1)
        if text.first == ".", let next = text.dropFirst().first, next.isASCII, next.isWholeNumber {
            text.removeFirst()
            guard let fraction = Self.digits(&text, grouped: false), whole.count + fraction.count <= Self.maximumDigits
            else { return nil }
            self.denominator = (0..<fraction.count).reduce(1) { power, _ in power * 10 }
            self.numerator = whole.value * self.denominator + fraction.value
        } else if text.first == "/" {
            text.removeFirst()
            guard let divisor = Self.digits(&text, grouped: false), divisor.value > 0 else { return nil }
            self.denominator = divisor.value
        }
        if isNegative { self.numerator = -self.numerator }
    }

    private static func digits(_ text: inout Substring, grouped: Bool) -> (value: Int64, count: Int)? {
        var value: Int64 = 0
        var count = 0
        while let character = text.first {
            if grouped, character == ",", count > 0, Self.isGroup(text.dropFirst()) {
                text.removeFirst()
                continue
            }
            guard character.isASCII, let digit = character.wholeNumberValue else { break }
            count += 1
            guard count <= Self.maximumDigits else { return nil }
            value = value * 10 + Int64(digit)
            text.removeFirst()
        }
        return count == 0 ? nil : (value, count)
    }

    /// Whether three digits follow, and no fourth.
    private static func isGroup(_ text: Substring) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isWholeNumber }
        return digits.count == 3
    }

    /// Times millionths, rounded; nil where it does not fit.
    func scaled(by micros: Int64) -> Int64? {
        let product = Int128(self.numerator) * Int128(micros)
        let divisor = Int128(self.denominator)
        let half = product < 0 ? -divisor / 2 : divisor / 2
        return Int64(exactly: (product + half) / divisor)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self.drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
