/// Numbers as people read them.
enum NumberText {
    /// A whole number, its thousands apart.
    static func whole(_ number: Double) -> String {
        let digits = Array(String(Int64(min(max(number.rounded(), -9e18), 9e18))))
        var text = ""
        for (place, digit) in digits.enumerated() {
            let behind = digits.count - place
            if place > 0, behind.isMultiple(of: 3), digits[place - 1] != "-" { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// A number with three digits that count, more only in front of the point; none for nothing.
    static func short(_ number: Double) -> String {
        switch number {
        case 0: "0"
        case ..<0.9995: self.fixed(number, decimals: 3)
        case ..<9.995: self.fixed(number, decimals: 2)
        case ..<99.95: self.fixed(number, decimals: 1)
        default: self.whole(number)
        }
    }

    /// A number with so many digits behind the point, from 1 on.
    static func fixed(_ number: Double, decimals: Int) -> String {
        let factor = (0..<decimals).reduce(1) { factor, _ in factor * 10 }
        let scaled = Int64((min(max(number, -1e12), 1e12) * Double(factor)).rounded())
        let magnitude = scaled.magnitude
        let rest = String(magnitude % UInt64(factor))
        return (scaled < 0 ? "-" : "") + "\(magnitude / UInt64(factor))."
            + String(repeating: "0", count: decimals - rest.count) + rest
    }
}
