/// The values that a number's Swift type has, as far as rules can name them.
struct NumberRange {
    private let lower: Int64
    private let upper: Int64?

    /// The range of a Swift type, by its name.
    init(_ typeName: String) {
        switch typeName {
        case "Int32": (self.lower, self.upper) = (Int64(Int32.min), Int64(Int32.max))
        case "UInt32": (self.lower, self.upper) = (0, Int64(UInt32.max))
        case "UInt64": (self.lower, self.upper) = (0, nil)
        default: (self.lower, self.upper) = (.min, typeName == "Int64" ? .max : nil)
        }
    }

    /// Whether the type has the value.
    func contains(_ value: Int64) -> Bool {
        value >= self.lower && self.upper.map { value <= $0 } ?? true
    }

    /// Whether no value of the type is less, so that a minimum needs no check.
    func isLowerBound(_ value: Int64) -> Bool { value == self.lower }

    /// Whether no value of the type is greater, so that a maximum needs no check.
    func isUpperBound(_ value: Int64) -> Bool { value == self.upper }
}
