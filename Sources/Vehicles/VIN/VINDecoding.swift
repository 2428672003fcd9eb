/// What a WMI says about its vehicles.
public struct Manufacturer: Hashable, Sendable {
    /// The WMI: three characters, or six for makers of few vehicles.
    public let identifier: String
    /// The maker's name, such as "Honda of Canada Mfg., Inc.".
    public let name: String?
    /// The make of its vehicles, where they all have one.
    public let make: String?
    /// The country in two letters (ISO 3166).
    public let country: String?
    /// Such as "Passenger Car" or "Truck".
    public let vehicleType: String?
    /// "Light Truck" or "Heavy Truck", where all are one or the other.
    public let truckType: String?

    /// Whether all of its vehicles are cars, MPVs or trucks of at most 10,000 lb.
    var isLight: Bool {
        self.vehicleType.map { $0 != "Truck" } ?? false || self.truckType == "Light Truck"
    }

    /// Whether some of its vehicles may be such ones.
    var mayBeLight: Bool { self.truckType != "Heavy Truck" }
}

/// What the tables tell about a VIN.
public struct VINDecoding: Hashable, Sendable {
    /// The VIN.
    public let vin: VIN
    /// Who made it; nil where the tables do not know the WMI.
    public let manufacturer: Manufacturer?
    /// The model year, which is not the year in which it was built; nil where the code stands for none.
    public let modelYear: Int?
    /// The other year that the code may stand for, where neither rule nor patterns decide.
    public let otherModelYear: Int?
    /// The make, in vPIC's spelling.
    public let make: String?
    /// The model, in vPIC's spelling.
    public let model: String?
    /// The series within the model, as the maker calls it.
    public let series: String?
    /// The trim within the series.
    public let trim: String?
    /// Such as "Sedan/Saloon".
    public let bodyClass: String?
    /// Such as "BEV (Battery Electric Vehicle)"; nil also where the maker does not say.
    public let electrification: String?
    /// What to know about it.
    public let findings: [VINFinding]

    /// Whether nothing says that the VIN is wrong.
    public var isPlausible: Bool { !self.findings.contains { $0.severity == .error } }
}
