/// Something about a VIN that whoever uses its decoding should know.
public struct VINFinding: Hashable, Sendable, CustomStringConvertible {
    /// What was found.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For programs and people.
        public let description: String

        /// Character 9 is not the check digit.
        public static let checkDigit = Self(description: "vin-check-digit")
        /// Character 10 stands for no year.
        public static let unknownModelYear = Self(description: "vin-unknown-model-year")
        /// Character 10 stands for two years, and nothing decides between them.
        public static let modelYearUnsure = Self(description: "vin-model-year-unsure")
        /// The tables do not know the WMI.
        public static let unknownManufacturer = Self(description: "vin-unknown-manufacturer")
        /// The tables have no model for this descriptor and year.
        public static let unknownModel = Self(description: "vin-unknown-model")
    }

    /// How bad it is.
    public enum Severity: String, Sendable, Hashable {
        /// The VIN is wrong.
        case error
        /// The VIN may be wrong.
        case warning
        /// The VIN may be right; less is known of it.
        case note
    }

    /// What was found.
    public let code: Code
    /// How bad it is.
    public let severity: Severity
    /// One line for people, without the VIN.
    public let description: String
}

extension VINFinding {
    /// An error where the check digit is mandatory, and a warning elsewhere.
    static func checkDigit(of vin: VIN) -> Self? {
        guard !vin.hasValidCheckDigit else { return nil }
        return Self(
            code: .checkDigit, severity: vin.isNorthAmerican ? .error : .warning,
            description: """
                the check digit, character 9, is \(vin.checkDigit), and the others give \(vin.expectedCheckDigit): \
                \(vin.isNorthAmerican ? "at least one character is wrong" : "a character may be wrong")
                """)
    }

    static func unknownModelYear(_ code: Character) -> Self {
        Self(
            code: .unknownModelYear, severity: .warning,
            description: "character 10 is \(code), which stands for no model year")
    }

    static func modelYearUnsure(_ year: Int, or other: Int) -> Self {
        Self(
            code: .modelYearUnsure, severity: .note,
            description: "the model year is \(year), or else \(other), which has the same code")
    }

    static func unknownManufacturer(_ vin: VIN) -> Self {
        Self(
            code: .unknownManufacturer, severity: .note,
            description: """
                the tables do not know the manufacturer \(vin.smallSeriesIdentifier ?? vin.manufacturerIdentifier)
                """)
    }

    static func unknownModel(_ vin: VIN) -> Self {
        Self(
            code: .unknownModel, severity: .note,
            description: """
                the tables have no model for the characters \(vin.descriptor) of the manufacturer \
                \(vin.manufacturerIdentifier) in that year
                """)
    }
}
