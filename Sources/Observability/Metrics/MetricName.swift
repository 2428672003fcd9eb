/// Turns names and values into what the Prometheus text format allows.
enum MetricName {
    /// A metric's name: letters, digits, `_` and `:`, not beginning with a digit.
    static func metric(_ name: String) -> String { self.sanitized(name, allowsColon: true) }

    /// A label's name: letters, digits and `_`, not beginning with a digit. `le` belongs to histograms.
    static func label(_ name: String) -> String {
        let name = self.sanitized(name, allowsColon: false)
        return name == "le" || name.hasPrefix("__") ? "label_" + name : name
    }

    /// A label's value: a backslash, a quotation mark and a line feed are escaped.
    static func labelValue(_ value: String) -> String { self.escaped(value, quotation: true) }

    /// A help text: a backslash and a line feed are escaped.
    static func help(_ text: String) -> String { self.escaped(text, quotation: false) }

    /// A number: Go's spelling of the special values is the format's.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let integer = Int64(exactly: value) { return String(integer) }
        return String(value)
    }

    private static func sanitized(_ name: String, allowsColon: Bool) -> String {
        var result = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result = "_" }
                result.unicodeScalars.append(scalar)
            case ":" where allowsColon: result.unicodeScalars.append(scalar)
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }

    private static func escaped(_ text: String, quotation: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotation: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
