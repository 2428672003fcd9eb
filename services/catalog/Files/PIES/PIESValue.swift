/// What a text or an attribute of PIES may be. Lengths are counted in characters of Unicode, as XML Schema does.
enum PIESValue: Sendable {
    case text(ClosedRange<Int>)
    /// Digits and capital letters of ASCII, so many.
    case code(Int)
    /// Capital letters of ASCII, so many.
    case letters(Int)
    case choice([String])
    case whole(ClosedRange<Int64>)
    /// A number of 0 or more, with so many digits in all and behind the point.
    case decimal(digits: Int, fraction: Int)
    /// YYYY-MM-DD.
    case date
    /// UN or NA, and four digits.
    case materialNumber

    /// What is wrong with a text, and what would be right; nil: nothing.
    func fault(of text: String) -> String? {
        if let fault = Self.unwritable(text) { return fault }
        guard self.allows(text) else {
            let length = text.unicodeScalars.count
            let what = length > Self.quotedLength ? "has \(length) characters" : "is \(text.debugDescription)"
            return "\(text.isEmpty ? "is empty" : what); \(self.expected) would be valid"
        }
        return nil
    }

    private static let quotedLength = 60

    private func allows(_ text: String) -> Bool {
        switch self {
        case .text(let range): range.contains(text.unicodeScalars.count)
        case .code(let length): text.utf8.count == length && text.utf8.allSatisfy(Self.isCode)
        case .letters(let length): text.utf8.count == length && text.utf8.allSatisfy(Self.isCapital)
        case .choice(let choices): choices.contains(text)
        case .whole(let range): Self.whole(text).map(range.contains) ?? false
        case .decimal(let digits, let fraction): Self.isDecimal(text, digits: digits, fraction: fraction)
        case .date: Self.isDay(text)
        case .materialNumber: Self.isMaterialNumber(text)
        }
    }

    private var expected: String {
        switch self {
        case .text(let range): "\(range.lowerBound) to \(range.upperBound) characters"
        case .code(let length): "\(length) capital letters or digits"
        case .letters(let length): "\(length) capital letters"
        case .choice(let choices): choices.joined(separator: ", ")
        case .whole(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .decimal(let digits, let fraction):
            "a number from 0 on, of at most \(digits) digits, \(fraction) of them behind the point,"
        case .date: "a day of the calendar, YYYY-MM-DD,"
        case .materialNumber: "UN or NA and four digits, such as UN1950,"
        }
    }

    // MARK: Reading

    /// The number that digits are, white space around them left out; nil: they are none, or not within 18 digits.
    static func whole(_ text: String) -> Int64? {
        let digits = Self.trimmed(text)
        guard (1...18).contains(digits.count), digits.allSatisfy(Self.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// A number in millionths; nil: it is none, has more than six decimals that are not 0, or more than 12 before the
    /// point.
    static func micros(_ text: String) -> Int64? {
        guard let parts = Self.parts(text), parts.fraction.count <= 6, parts.whole.count <= 12 else { return nil }
        var digits = parts.whole + parts.fraction
        digits += Array(repeating: UInt8(ascii: "0"), count: 6 - parts.fraction.count)
        let magnitude = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        return parts.isNegative ? -magnitude : magnitude
    }

    /// A number as PIES has it: digits, and a point where there are decimals.
    static func text(micros: Int64) -> String {
        let magnitude = micros.magnitude
        let fraction = String(magnitude % 1_000_000)
        var decimals = String(repeating: "0", count: 6 - fraction.count) + fraction
        while decimals.last == "0" { decimals.removeLast() }
        let whole = "\(micros < 0 ? "-" : "")\(magnitude / 1_000_000)"
        return decimals.isEmpty ? whole : "\(whole).\(decimals)"
    }

    private struct NumberParts {
        var isNegative: Bool
        /// Without zeros before them.
        var whole: [UInt8]
        /// Without zeros behind them.
        var fraction: [UInt8]
    }

    private static func parts(_ text: String) -> NumberParts? {
        var digits = Self.trimmed(text)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits = digits.dropFirst() }
        let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.endIndex
        let whole = digits[..<point]
        var fraction = digits[point...].dropFirst()
        guard !whole.isEmpty || !fraction.isEmpty, whole.allSatisfy(Self.isDigit), fraction.allSatisfy(Self.isDigit)
        else { return nil }
        while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        return NumberParts(
            isNegative: isNegative, whole: Array(whole.drop { $0 == UInt8(ascii: "0") }), fraction: Array(fraction))
    }

    private static func isDecimal(_ text: String, digits: Int, fraction: Int) -> Bool {
        guard let parts = Self.parts(text), Self.micros(text) != nil else { return false }
        let isZero = parts.whole.isEmpty && parts.fraction.isEmpty
        return (!parts.isNegative || isZero) && parts.fraction.count <= fraction
            && parts.whole.count + parts.fraction.count <= digits
    }

    /// The Gregorian calendar, the years 1 to 9999.
    static func isDay(_ text: String) -> Bool {
        let bytes = Self.trimmed(text)
        guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), year >= 1, (1...12).contains(month)
        else { return false }
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }

    /// A day without white space around it.
    static func day(_ text: String) -> String { String(decoding: Self.trimmed(text), as: UTF8.self) }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy(Self.isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    private static func isMaterialNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 6 && (text.hasPrefix("UN") || text.hasPrefix("NA"))
            && bytes.suffix(4).allSatisfy(Self.isDigit)
    }

    /// XML Schema drops white space around numbers and days, but not around texts.
    private static func trimmed(_ text: String) -> [UInt8] {
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D }
        let bytes = text.utf8.drop(while: isSpace)
        return Array(bytes.reversed().drop(while: isSpace).reversed())
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    private static func isCode(_ byte: UInt8) -> Bool { Self.isCapital(byte) || Self.isDigit(byte) }

    /// XML 1.0 section 2.2; a file that is read has none of them.
    private static func unwritable(_ text: String) -> String? {
        let wrong = text.unicodeScalars.first { scalar in
            let isControl = scalar.value < 0x20 && ![0x09, 0x0A, 0x0D].contains(scalar.value)
            return isControl || scalar.value == 0xFFFE || scalar.value == 0xFFFF
        }
        return wrong.map { "has the character \(String($0.value, radix: 16)) (hexadecimal), which XML cannot carry" }
    }
}
