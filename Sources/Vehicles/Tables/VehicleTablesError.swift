/// Why vehicle tables cannot be read.
public struct VehicleTablesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// For programs and people.
        public let description: String

        /// They are no vehicle tables, or ones of another version.
        public static let unknownFormat = Self(description: "vehicle-tables-unknown-format")
        /// They end too early, or are not what was written.
        public static let damaged = Self(description: "vehicle-tables-damaged")
    }

    /// What kind of failure it is.
    public let code: Code
    /// One line for people.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
