/// How values are written in Swift source.
enum Literal {
    /// A string literal.
    static func string(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": literal += "\\\\"
            case "\"": literal += "\\\""
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                literal += "\\u{\(String(scalar.value, radix: 16))}"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    /// The expression of a value that is `nil` unless a condition holds: on one line where it fits behind what is in front.
    static func optional(_ condition: String, _ value: String, columns: Int) -> String {
        let line = "\(condition) ? \(value) : nil"
        return line.count + columns <= SourcePrinter.maximumColumns ? line : "\(condition)\n    ? \(value)\n    : nil"
    }

    /// A decimal literal with its digits in groups of three.
    static func integer(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3), digits.count > 4 { result += "_" }
            result.append(digit)
        }
        return value < 0 ? "-" + result : result
    }

    /// A hexadecimal literal of eight digits.
    static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
