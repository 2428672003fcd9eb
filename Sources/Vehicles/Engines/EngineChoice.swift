/// An engine as the EPA's table tells it: enough to choose between those of one vehicle, and no part number.
public struct EngineChoice: Hashable, Sendable, CustomStringConvertible {
    /// What it burns.
    public enum Fuel: String, Sendable, Hashable, Comparable {
        case gasoline = "Gasoline"
        case diesel = "Diesel"
        case electricity = "Electric"
        case ethanol = "E85"
        case hydrogen = "Hydrogen"
        case naturalGas = "CNG"
        case propane = "LPG"
        /// What a newer table has and this version does not know.
        case other = "Other Fuel"

        /// By name.
        public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// How it shares its work with an electric motor.
    public enum Hybrid: String, Sendable, Hashable {
        case hybrid = "Hybrid"
        case plugIn = "Plug-in Hybrid"
    }

    /// In tenths of a litre; nil for electric motors.
    public let displacementTenths: Int?
    /// How many cylinders, or rotors; nil for electric motors.
    public let cylinders: Int?
    /// What it burns; all grades of gasoline are one.
    public let fuel: Fuel
    /// What else it burns; of plug-in hybrids electricity.
    public let secondFuel: Fuel?
    /// Whether it has a turbocharger.
    public let isTurbocharged: Bool
    /// Whether it has a supercharger.
    public let isSupercharged: Bool
    /// Whether it is part of a hybrid drive.
    public let hybrid: Hybrid?

    /// The usual form: "2.5L 4 cyl Turbo", "6.7L 8 cyl Turbo Diesel", "Electric". ``EngineText`` reads it again.
    public var description: String {
        var words: [String] = []
        if let displacementTenths { words.append("\(displacementTenths / 10).\(displacementTenths % 10)L") }
        if let cylinders { words.append("\(cylinders) cyl") }
        if self.isTurbocharged { words.append("Turbo") }
        if self.isSupercharged { words.append("Supercharged") }
        if self.fuel != .gasoline { words.append(self.fuel.rawValue) }
        if let hybrid { words.append(hybrid.rawValue) }
        if let secondFuel, secondFuel != .electricity { words.append("/ \(secondFuel.rawValue)") }
        return words.isEmpty ? self.fuel.rawValue : words.joined(separator: " ")
    }
}

extension EngineChoice: Comparable {
    /// By displacement, cylinders, and then the text.
    public static func < (left: Self, right: Self) -> Bool {
        let (first, second) = (left.displacementTenths ?? 0, right.displacementTenths ?? 0)
        if first != second { return first < second }
        let (fewer, more) = (left.cylinders ?? 0, right.cylinders ?? 0)
        return fewer != more ? fewer < more : left.description < right.description
    }
}

extension EngineChoice {
    init(_ reader: inout TableReader, _ strings: StringTable) throws(VehicleTablesError) {
        let tenths = try reader.number(below: 1_000, "displacement")
        let cylinders = try reader.number(below: 100, "cylinders")
        let fuel = try strings.next(&reader)
        let secondFuel = try strings.nextIfAny(&reader)
        let charging = try reader.number(below: 4, "charging")
        let kind = try strings.next(&reader)
        self.displacementTenths = tenths == 0 ? nil : tenths
        self.cylinders = cylinders == 0 ? nil : cylinders
        self.fuel = Self.fuel(fuel)
        self.secondFuel = secondFuel.map(Self.fuel)
        self.isTurbocharged = charging & 1 != 0
        self.isSupercharged = charging & 2 != 0
        self.hybrid = Hybrid(rawValue: kind)
    }

    /// The EPA's names.
    private static func fuel(_ name: String) -> Fuel {
        switch name {
        case "Regular Gasoline", "Midgrade Gasoline", "Premium Gasoline": .gasoline
        case "Diesel": .diesel
        case "Electricity": .electricity
        case "E85": .ethanol
        case "Hydrogen": .hydrogen
        case "Natural Gas": .naturalGas
        case "Propane": .propane
        default: .other
        }
    }
}
