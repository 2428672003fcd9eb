/// Units that are moved, asked for or held: 1 to 2^53 - 1.
public struct Quantity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of units.
    public let units: Int64

    /// A quantity.
    ///
    /// - Throws: ``InvalidValue`` outside 1 to 2^53 - 1.
    public init(_ units: Int64) throws(InvalidValue) {
        guard (1...InventoryLimits.maximumUnits).contains(units) else {
            throw InvalidValue("quantity", "is \(units)", expected: "1 to \(InventoryLimits.maximumUnits)")
        }
        self.units = units
    }

    /// The number.
    public var description: String { "\(self.units)" }

    /// Whether the left one is less.
    public static func < (left: Quantity, right: Quantity) -> Bool { left.units < right.units }
}

/// Units that are there, or a limit of units: 0 to 2^53 - 1.
public struct UnitCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number of units.
    public let units: Int64

    /// A count.
    ///
    /// - Throws: ``InvalidValue`` outside 0 to 2^53 - 1.
    public init(_ units: Int64) throws(InvalidValue) {
        guard (0...InventoryLimits.maximumUnits).contains(units) else {
            throw InvalidValue("number of units", "is \(units)", expected: "0 to \(InventoryLimits.maximumUnits)")
        }
        self.units = units
    }

    private init() { self.units = 0 }

    /// None.
    public static let zero = UnitCount()

    /// The number.
    public var description: String { "\(self.units)" }

    /// Whether the left one is less.
    public static func < (left: UnitCount, right: UnitCount) -> Bool { left.units < right.units }
}

/// A difference of units: -(2^53 - 1) to 2^53 - 1, not zero.
public struct UnitDelta: Hashable, Sendable, CustomStringConvertible {
    /// The number of units, negative for fewer.
    public let units: Int64

    /// A difference.
    ///
    /// - Throws: ``InvalidValue`` for zero and beyond 2^53 - 1 either way.
    public init(_ units: Int64) throws(InvalidValue) {
        let range = -InventoryLimits.maximumUnits...InventoryLimits.maximumUnits
        guard units != 0, range.contains(units) else {
            let expected = "\(range.lowerBound) to \(range.upperBound), not zero"
            throw InvalidValue("difference", "is \(units)", expected: expected)
        }
        self.units = units
    }

    /// The number.
    public var description: String { "\(self.units)" }
}
