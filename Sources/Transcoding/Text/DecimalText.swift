internal import ProtobufC

extension OutputBytes {
    /// Appends millionths as a plain decimal number, without zeros at its end: 12500000 gives `12.5`.
    func append(micros: Int64) {
        if micros < 0 { self.append(UInt8(ascii: "-")) }
        let (whole, fraction) = micros.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        self.append(decimal: whole)
        guard fraction != 0 else { return }
        self.append(UInt8(ascii: "."))
        var rest = fraction
        var divisor: UInt64 = 100_000
        while rest != 0 {
            self.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }

    /// Appends a whole number.
    @inline(__always)
    func append(signed value: Int64) {
        if value < 0 { self.append(UInt8(ascii: "-")) }
        self.append(decimal: value.magnitude)
    }

    /// Appends a double as a JSON number, the shortest that gives it back; what is no number becomes text.
    func append(double value: Double) {
        self.append(floating: value.description, value.isFinite, value.isNaN, value < 0)
    }

    /// Appends a float as ``append(double:)`` does.
    func append(float value: Float) { self.append(floating: value.description, value.isFinite, value.isNaN, value < 0) }

    private func append(floating description: String, _ isFinite: Bool, _ isNaN: Bool, _ isNegative: Bool) {
        guard isFinite else { return self.append(isNaN ? "\"NaN\"" : isNegative ? "\"-Infinity\"" : "\"Infinity\"") }
        self.append(description.hasSuffix(".0") ? String(description.dropLast(2)) : description)
    }
}
