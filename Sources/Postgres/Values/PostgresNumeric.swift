/// An exact decimal number: `coefficient` divided by ten to the power of `scale`.
///
/// Holds up to 18 digits; what the server has beyond that is refused, never rounded.
public struct PostgresNumeric: PostgresScalar, Hashable {
    /// The most digits after the point.
    public static let maximumScale = 18
    private static let negative: UInt16 = 0x4000

    /// The number without its point.
    public var coefficient: Int64
    /// 0 to ``maximumScale``.
    public let scale: Int

    /// - Returns: nil for a scale outside 0 to ``maximumScale``.
    public init?(coefficient: Int64, scale: Int) {
        guard (0...Self.maximumScale).contains(scale) else { return nil }
        self.coefficient = coefficient
        self.scale = scale
    }

    /// The type that the server is told.
    public static var postgresType: PostgresType { .numeric }

    /// Digits are written in groups of four, aligned to the point. Source: `numeric_send` in the server.
    public func encode(into bytes: inout PostgresBytes) throws(PostgresError) {
        let fraction = (self.scale + 3) / 4
        let padded = self.coefficient.magnitude.multipliedFullWidth(by: Self.power(fraction * 4 - self.scale))
        var groups: [UInt16] = []
        var value = padded
        while value.high != 0 || value.low != 0 {
            let high = value.high.quotientAndRemainder(dividingBy: 10_000)
            let low = UInt64(10_000).dividingFullWidth((high.remainder, value.low))
            groups.append(UInt16(low.remainder))
            value = (high.quotient, low.quotient)
        }
        let weight = groups.count - fraction - 1
        bytes.append(Int16(groups.count))
        bytes.append(Int16(groups.isEmpty ? 0 : weight))
        bytes.append(self.coefficient < 0 ? Self.negative : 0)
        bytes.append(Int16(self.scale))
        for group in groups.reversed() { bytes.append(group) }
    }

    /// Reads the value's binary form.
    public static func decode(value field: PostgresField) throws(PostgresDecodingFailure) -> Self {
        guard field.type == .numeric else { throw .unexpected(field.type, for: Self.self) }
        var field = field
        let count = Int(try field.integer(Int16.self))
        let weight = Int(try field.integer(Int16.self))
        let sign = try field.integer(UInt16.self)
        let scale = Int(try field.integer(Int16.self))
        guard sign == 0 || sign == Self.negative else { throw .malformed("it is not a number, or infinite") }
        guard (0...Self.maximumScale).contains(scale) else {
            throw .malformed("it has \(scale) digits after the point")
        }
        var value: Int64 = 0
        for index in 0..<max(count, 0) {
            let group = Int64(try field.integer(UInt16.self))
            value = try Self.adding(group, at: (weight - index) * 4 + scale, to: value, isNegative: sign != 0)
        }
        try field.expectEnd()
        guard let numeric = Self(coefficient: value, scale: scale) else { throw .malformed("its scale") }
        return numeric
    }

    /// Adds four digits that count ten to the power of `exponent` each; below zero, they are beyond the scale and zero.
    private static func adding(
        _ group: Int64, at exponent: Int, to value: Int64, isNegative: Bool
    ) throws(PostgresDecodingFailure) -> Int64 {
        guard group != 0 else { return value }
        guard exponent < 19, exponent > -4 else { throw .malformed("it has more than 18 digits") }
        let shifted: (partialValue: Int64, overflow: Bool)
        if exponent >= 0 {
            let power = Int64(exactly: Self.power(exponent)) ?? 0
            shifted = group.multipliedReportingOverflow(by: power)
        } else {
            let cut = group.quotientAndRemainder(dividingBy: Int64(Self.power(-exponent)))
            guard cut.remainder == 0 else { throw .malformed("it has digits beyond its scale") }
            shifted = (cut.quotient, false)
        }
        let signed = isNegative ? -shifted.partialValue : shifted.partialValue
        let sum = value.addingReportingOverflow(signed)
        guard !shifted.overflow, !sum.overflow else { throw .malformed("it has more than 18 digits") }
        return sum.partialValue
    }

    /// Ten to the power of 0 to 18.
    private static func power(_ exponent: Int) -> UInt64 {
        (0..<exponent).reduce(into: UInt64(1)) { value, _ in value *= 10 }
    }
}
