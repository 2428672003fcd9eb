internal import CatalogMessages

/// The names of ACES that mean something to the catalog, as numbers that ``XMLReader`` gives them.
///
/// Names that ACES 5.0 only changed have a number each, and are taken for their former ones.
enum ACESName: Int32, CaseIterable {
    // The order of the vehicle attributes is that of ``VehicleAttributeKind``, and of the schema: a name's number is its
    // kind's less one.
    case mfrBodyCode, bodyNumDoors, bodyType, driveType, engineBase, engineBlock, engineBoreStroke, engineDesignation
    case engineVIN, engineVersion, engineMfr, powerOutput, valvesPerEngine, fuelDeliveryType, fuelDeliverySubType
    case fuelSystemControlType, fuelSystemDesign, aspiration, cylinderHeadType, fuelType, ignitionSystemType
    case transmissionMfrCode, transmissionBase, transmissionType, transmissionControlType, transmissionNumSpeeds
    case transElecControlled, transmissionMfr, bedLength, bedType, wheelBase, brakeSystem, frontBrakeType
    case rearBrakeType, brakeABS, frontSpringType, rearSpringType, steeringSystem, steeringType, region

    // The other children of App that come once, in the schema's order.
    case baseVehicle, subModel, years, make, vehicleType, model, equipmentBase, mfr, equipmentModel, productionYears
    case qty, partType, mfrLabel, position, part, displayOrder, assetName, assetItemOrder, assetItemRef

    // Its children that come any number of times, and theirs.
    case qual, param, text, note

    // What ACES 5.0 calls otherwise.
    case partTerminology, partNumber

    // The file around the applications.
    case aces, header, submissionType, documentTitle, app, asset, digitalAsset, footer, recordCount

    // Attributes.
    case version, action, id, ref, validate, from, to, productionStart, productionEnd, value, uom, altvalue, altuom
    case lang, brandAAIAID, subBrandAAIAID, brandID, subBrandID

    /// How many names are kinds of vehicle attributes: the first ones.
    static let vehicleAttributeCount: Int32 = 40
    /// How many names stand at most once in an App: the first ones.
    static let singleCount: Int32 = 59

    /// The names as files write them, each at its number.
    static let all: [String] = Self.allCases.map(\.written)

    /// The name of a kind's element; nil: ACES has none.
    init?(_ kind: VehicleAttributeKind) {
        guard (1...Self.vehicleAttributeCount).contains(kind.rawValue) else { return nil }
        self.init(rawValue: kind.rawValue - 1)
    }

    /// The kind of vehicle attribute that it is; nil: none.
    var vehicleAttributeKind: VehicleAttributeKind? {
        self.rawValue < Self.vehicleAttributeCount ? VehicleAttributeKind(rawValue: self.rawValue + 1) : nil
    }

    /// The name that 4.2 has for it.
    var former: ACESName {
        switch self {
        case .partTerminology: .partType
        case .partNumber: .part
        case .brandID: .brandAAIAID
        case .subBrandID: .subBrandAAIAID
        default: self
        }
    }

    /// The name as files write it.
    var written: String {
        switch self {
        // Elements and attributes that begin with a small letter, and an abbreviation.
        case .param, .text, .version, .action, .id, .ref, .validate, .from, .to, .value, .uom, .altvalue, .altuom,
            .lang:
            "\(self)"
        case .aces: "ACES"
        default: "\(self)".prefix(1).uppercased() + "\(self)".dropFirst()
        }
    }
}
