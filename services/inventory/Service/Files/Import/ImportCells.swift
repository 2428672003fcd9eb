internal import FileFormats
internal import InventoryDomain

/// Reads single values of a row; what is wrong names the field.
enum ImportCells {
    static func text(_ bytes: ArraySlice<UInt8>, _ field: String) throws(RowFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalid(field, "is not UTF-8", expected: "text in UTF-8")
        }
        return text
    }

    /// Makes a value of a field; what is wrong with it names the field.
    static func naming<Value>(
        _ field: String, _ make: () throws(InvalidValue) -> Value
    ) throws(RowFault) -> Value {
        do throws(InvalidValue) { return try make() } catch {
            throw .invalid(field, error.reason, expected: error.expected)
        }
    }

    /// A whole number, perhaps with a fraction of zeros, as spreadsheets write it.
    static func number(_ bytes: ArraySlice<UInt8>, _ field: String) throws(RowFault) -> Int64 {
        var whole = bytes
        if let point = bytes.firstIndex(of: UInt8(ascii: ".")) {
            let fraction = bytes[(point + 1)...]
            if !fraction.isEmpty, fraction.allSatisfy({ $0 == UInt8(ascii: "0") }) { whole = bytes[..<point] }
        }
        if let number = Self.digits(whole) { return number }
        let shown = String(decoding: bytes.prefix(64), as: UTF8.self).debugDescription
        throw .invalid(field, "is \(shown)", expected: "a whole number, such as 100")
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let digits = isNegative ? bytes.dropFirst() : bytes
        // 18 digits fit; all that are valid have 16 at the most.
        guard (1...18).contains(digits.count) else { return nil }
        var number: Int64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return isNegative ? -number : number
    }

    static func units(_ bytes: ArraySlice<UInt8>, _ field: String) throws(RowFault) -> UnitCount {
        let number = try Self.number(bytes, field)
        return try Self.naming(field) { () throws(InvalidValue) in try UnitCount(number) }
    }

    static func flag(_ bytes: ArraySlice<UInt8>, _ field: String) throws(RowFault) -> Bool {
        switch String(decoding: bytes.prefix(8), as: UTF8.self).lowercased() {
        case "true": return true
        case "false": return false
        case let other: throw .invalid(field, "is \(other.debugDescription)", expected: "true or false")
        }
    }

    static func version(_ bytes: ArraySlice<UInt8>, _ field: String) throws(RowFault) -> VersionExpectation {
        let number = try Self.number(bytes, field)
        guard (0...InventoryLimits.maximumUnits).contains(number) else {
            throw .invalid(field, "is \(number)", expected: "0 to \(InventoryLimits.maximumUnits)")
        }
        return .exactly(number)
    }
}
