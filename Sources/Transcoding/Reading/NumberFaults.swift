/// How numbers are refused.
enum NumberFaults {
    static let beyondDouble = Fault(reason: "is beyond the range of the number", expected: "at most 1.7e308 either way")
    static let beyondFloat = Fault(reason: "is beyond the range of the number", expected: "at most 3.4e38 either way")

    static func integer(_ kind: ValueKind, _ number: DecimalNumber) -> Fault {
        // 2 * 64 bits are less than 40 digits: whatever is whole and small enough has been taken already.
        let isWhole = !number.isCut && (number.exponent >= 0 || number.magnitude != nil)
        return Fault(
            reason: isWhole || number.isCut ? "is beyond the range" : "is not a whole number",
            expected: self.range(kind))
    }

    static func range(_ kind: ValueKind) -> String {
        switch kind {
        case .int32, .sint32, .sfixed32: "a whole number from \(Int32.min) to \(Int32.max)"
        case .uint32, .fixed32: "a whole number from 0 to \(UInt32.max)"
        case .uint64, .fixed64: "a whole number from 0 to \(UInt64.max)"
        default: "a whole number from \(Int64.min) to \(Int64.max)"
        }
    }
}
