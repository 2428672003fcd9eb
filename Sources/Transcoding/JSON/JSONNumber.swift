internal import ProtobufC

/// A decimal number, exact: `(-1)^isNegative * digits * 10^exponent`.
struct DecimalNumber {
    /// The place in the input.
    var range: Range<Int>
    var isNegative = false
    var digits: UInt64 = 0
    var exponent = 0
    /// Further digits than fit were left out, and one of them was not zero.
    var isCut = false

    /// The number as a whole one; `nil` where it is none, or beyond 64 bits.
    var magnitude: UInt64? { self.magnitude(scaledBy: 0) }

    /// The number times a power of ten as a whole one; `nil` where it is none, or beyond 64 bits.
    func magnitude(scaledBy power: Int) -> UInt64? {
        guard !self.isCut else { return nil }
        var result = self.digits
        var exponent = self.exponent &+ power
        guard result != 0, exponent != 0 else { return result }
        while exponent < 0 {
            let (quotient, remainder) = result.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { return nil }
            result = quotient
            exponent &+= 1
        }
        while exponent > 0 {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            result = product
            exponent &-= 1
        }
        return result
    }

    /// The number times a power of ten as a signed whole one.
    func signed(scaledBy power: Int = 0) -> Int64? {
        guard let magnitude = self.magnitude(scaledBy: power) else { return nil }
        if self.isNegative {
            return magnitude <= UInt64(1) << 63 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }

    /// The number as one without a sign.
    var unsigned: UInt64? {
        guard let magnitude, !self.isNegative || magnitude == 0 else { return nil }
        return magnitude
    }
}

/// Powers of ten that a double holds exactly.
private let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]

extension JSONScanner {
    /// The double nearest to a number; `nil` beyond its range.
    func double(_ number: DecimalNumber) -> Double? {
        // Both factors are exact, so that the one rounding is the right one.
        if !number.isCut, number.digits <= 1 << 53, abs(number.exponent) < exactPowers.count {
            let digits = Double(number.digits)
            let power = exactPowers[abs(number.exponent)]
            let value = number.exponent < 0 ? digits / power : digits * power
            return number.isNegative ? -value : value
        }
        guard let value = Double(String(copying: self.bytes.extracting(number.range))), value.isFinite else {
            return nil
        }
        return value == 0 && number.digits != 0 ? nil : value
    }

    /// The float nearest to a number; `nil` beyond its range.
    func float(_ number: DecimalNumber) -> Float? {
        if !number.isCut, number.digits <= 1 << 24, abs(number.exponent) <= 10 {
            let digits = Float(number.digits)
            let power = Float(exactPowers[abs(number.exponent)])
            let value = number.exponent < 0 ? digits / power : digits * power
            return number.isNegative ? -value : value
        }
        guard let value = Float(String(copying: self.bytes.extracting(number.range))), value.isFinite else {
            return nil
        }
        return value == 0 && number.digits != 0 ? nil : value
    }

    /// Takes a number; the position must be at its sign or first digit.
    mutating func number() throws(JSONError) -> DecimalNumber {
        var number = DecimalNumber(range: self.position..<self.position)
        let start = self.position
        if self.current == UInt8(ascii: "-") {
            number.isNegative = true
            self.position &+= 1
        }
        if self.current == UInt8(ascii: "0") {
            self.position &+= 1
            if Self.isDigit(self.current) { throw self.error("a number begins with a needless zero") }
        } else {
            try self.digits(&number, isFraction: false)
        }
        if self.current == UInt8(ascii: ".") {
            self.position &+= 1
            try self.digits(&number, isFraction: true)
        }
        if self.current | 0x20 == UInt8(ascii: "e") { try self.exponent(&number) }
        number.range = start..<self.position
        return number
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func digits(_ number: inout DecimalNumber, isFraction: Bool) throws(JSONError) {
        guard Self.isDigit(self.current) else { throw self.unexpected("a digit") }
        while self.position < self.bytes.byteCount {
            let digit = self.bytes.byte(at: self.position) &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            self.position &+= 1
            if number.digits < UInt64.max / 10 {
                number.digits = number.digits &* 10 &+ UInt64(digit)
                if isFraction { number.exponent &-= 1 }
                continue
            }
            let (product, tooLarge) = number.digits.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
            if tooLarge || overflow || number.isCut {
                // What is dropped is lost, unless it is zero: then the place is made up for by the exponent.
                number.isCut = number.isCut || digit != 0
                if !isFraction { number.exponent &+= 1 }
            } else {
                number.digits = sum
                if isFraction { number.exponent &-= 1 }
            }
        }
    }

    private mutating func exponent(_ number: inout DecimalNumber) throws(JSONError) {
        self.position &+= 1
        var isNegative = false
        if self.current == UInt8(ascii: "-") || self.current == UInt8(ascii: "+") {
            isNegative = self.current == UInt8(ascii: "-")
            self.position &+= 1
        }
        guard Self.isDigit(self.current) else { throw self.unexpected("a digit") }
        var exponent = 0
        while Self.isDigit(self.current) {
            // Beyond this no number with fewer digits than input bytes is anything but zero or too large.
            if exponent < 1_000_000_000 { exponent = exponent &* 10 &+ Int(self.current &- UInt8(ascii: "0")) }
            self.position &+= 1
        }
        number.exponent &+= isNegative ? -exponent : exponent
    }
}
