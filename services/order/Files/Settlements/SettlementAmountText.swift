internal import Money

/// Amounts as files of marketplaces have them: "12.99", "-4,50", "1,234.56", "1.234,56".
enum SettlementAmountText {
    static let expected =
        "an amount such as -12.99, with a point or a comma, at most 6 decimal places, and below 9000000000 either way"

    /// What is wrong with a text, behind its name.
    struct Problem: Error, Hashable { let text: String }

    /// The amount of a text, in micros.
    ///
    /// A point and a comma both stand before decimals; where a number has both, the last one does and the other one
    /// groups thousands. One of them alone with three digits behind it, as in 1,234, could be either: that is refused,
    /// unless there is no thousand in front of it, as in 0,125.
    static func parse(_ text: ArraySlice<UInt8>) throws(Problem) -> Int64 {
        var digits = text
        var isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits.removeFirst()
        }
        guard let first = digits.first, Self.isDigit(first) else { throw Problem(text: "is no amount") }
        let plain = try Self.plain(digits)
        let value: Int64
        do throws(DecimalText.Fault) {
            value = try DecimalText.parse(String(decoding: plain, as: UTF8.self), decimalPlaces: 6)
        } catch {
            throw Problem(text: error.reason)
        }
        guard value <= Amount.maximum.micros else { throw Problem(text: "is too great") }
        return isNegative ? -value : value
    }

    private static let (point, comma) = (UInt8(ascii: "."), UInt8(ascii: ","))

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Digits with a point before decimals, and nothing else.
    private static func plain(_ digits: ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
        let marks = digits.indices.filter { digits[$0] == Self.point || digits[$0] == Self.comma }
        guard let last = marks.last else { return Array(digits) }
        let (whole, decimals) = (digits[..<last], digits[(last + 1)...])
        guard marks.count > 1 else {
            guard decimals.count != 3 || whole.count > 3 || whole.first == UInt8(ascii: "0") else {
                throw Problem(text: "could be a thousand or a decimal, as three digits stand behind one mark")
            }
            return Array(whole) + [Self.point] + decimals
        }
        let groups = Array(marks.dropLast())
        let mark = digits[groups[0]]
        guard groups.allSatisfy({ digits[$0] == mark }) else { throw Problem(text: "is no amount") }
        guard digits[last] != mark else {
            // 1,234,567: thousands only.
            try Self.checkGroups(digits)
            return digits.filter(Self.isDigit)
        }
        try Self.checkGroups(whole)
        return whole.filter(Self.isDigit) + [Self.point] + decimals
    }

    /// Whether marks stand between groups of three digits.
    private static func checkGroups(_ digits: ArraySlice<UInt8>) throws(Problem) {
        let groups = digits.split(omittingEmptySubsequences: false) { $0 == Self.point || $0 == Self.comma }
        guard let first = groups.first, (1...3).contains(first.count), groups.dropFirst().allSatisfy({ $0.count == 3 }),
            groups.allSatisfy({ $0.allSatisfy(Self.isDigit) })
        else { throw Problem(text: "is no amount") }
    }
}
