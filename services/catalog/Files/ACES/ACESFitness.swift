internal import CatalogMessages

/// Whether an ACES 4.2 file can carry a fitment, so that reading it gives the same one.
enum ACESFitness {
    /// The first thing that it cannot carry; nil: there is none.
    static func reason(against fitment: Fitment) -> String? {
        guard let vehicle = fitment.vehicle else { return "the fitment names no vehicle" }
        return Self.reason(against: vehicle) ?? Self.reason(against: fitment.attributes)
            ?? fitment.qualifiers.lazy.compactMap(Self.reason(against:)).first
            ?? fitment.notes.lazy.compactMap(Self.reason(against:)).first ?? Self.reason(againstItemOf: fitment)
            ?? Self.reason(againstAssetOf: fitment)
    }

    // MARK: The vehicle

    private static func reason(against vehicle: VehicleSelector) -> String? {
        for (id, name, words) in [
            (vehicle.makeID, vehicle.make, "make"), (vehicle.modelID, vehicle.model, "model"),
            (vehicle.submodelID, vehicle.submodel, "submodel"),
        ] {
            if id == 0 && !name.isEmpty { return "the \(words) \(ACESValues.shown(name)) has no id, which ACES needs" }
            if let reason = Self.reason(againstWords: name, "the \(words)'s name") { return reason }
        }
        let hasYears = vehicle.yearFrom != 0 || vehicle.yearTo != 0
        let hasMake = hasYears || vehicle.makeID != 0 || vehicle.modelID != 0
        let hasModelOfEquipment = vehicle.equipmentManufacturerID != 0 || vehicle.equipmentModelID != 0
        let hasProduction = vehicle.productionStart != 0 || vehicle.productionEnd != 0
        let hasType = vehicle.vehicleTypeID != 0
        let ways = [vehicle.baseVehicleID != 0, hasMake, vehicle.equipmentBaseID != 0, hasModelOfEquipment]
        guard ways.count(where: { $0 }) == 1 else {
            return "the vehicle is not named in exactly one of the ways that ACES has"
        }
        let isWhole =
            if vehicle.baseVehicleID != 0 {
                !hasType && !hasProduction
            } else if hasMake {
                vehicle.makeID != 0 && !hasProduction && !(hasType && vehicle.modelID != 0)
                    && (vehicle.submodelID == 0 || vehicle.modelID != 0)
            } else if vehicle.equipmentBaseID != 0 {
                !hasType && !hasProduction && vehicle.submodelID == 0
            } else {
                vehicle.equipmentManufacturerID != 0 && vehicle.equipmentModelID != 0 && hasType
                    && vehicle.submodelID == 0
            }
        guard isWhole else { return "the vehicle's ids do not go together as ACES has them" }
        return hasMake
            ? Self.reason(againstYears: vehicle.yearFrom, vehicle.yearTo)
            : hasProduction ? Self.reason(againstProduction: vehicle) : nil
    }

    private static func isYear(_ year: Int32) -> Bool {
        (Int32(ACESLimits.years.lowerBound)...Int32(ACESLimits.years.upperBound)).contains(year)
    }

    private static func reason(againstYears from: Int32, _ to: Int32) -> String? {
        Self.isYear(from) && Self.isYear(to) && from <= to
            ? nil : "the years \(from) to \(to) are no range of model years, which ACES needs beside a make"
    }

    private static func reason(againstProduction vehicle: VehicleSelector) -> String? {
        let (start, end) = (vehicle.productionStart, vehicle.productionEnd)
        let isRange = (start == 0 || Self.isYear(start)) && (end == 0 || Self.isYear(end)) && (end == 0 || start <= end)
        return isRange ? nil : "the years of production \(start) to \(end) are no range of years"
    }

    // MARK: Conditions

    private static func reason(against attributes: [VehicleAttribute]) -> String? {
        var kinds: Set<ACESName> = []
        for attribute in attributes {
            guard let name = ACESName(attribute.kind) else { return "ACES has no vehicle attribute \(attribute.kind)" }
            guard attribute.id != 0 else {
                return "\(name.written) \(ACESValues.shown(attribute.name)) has no id, which ACES needs"
            }
            guard kinds.insert(name).inserted else { return "\(name.written) is required twice, which ACES cannot say" }
            if let reason = Self.reason(againstWords: attribute.name, "\(name.written)'s name") { return reason }
        }
        let parts: Set<ACESName> = [.transmissionType, .transmissionControlType, .transmissionNumSpeeds]
        return kinds.contains(.transmissionBase) && !kinds.isDisjoint(with: parts)
            ? "TransmissionBase stands beside what it says already, which ACES does not have" : nil
    }

    private static func reason(against qualifier: Qualifier) -> String? {
        guard qualifier.id != 0 else {
            return "the qualifier \(ACESValues.shown(qualifier.text)) has no id, which ACES needs"
        }
        for unit in qualifier.parameters.flatMap({ [$0.unit, $0.alternativeUnit] }) {
            guard Self.isToken(unit), unit.utf8.count <= ACESLimits.unitBytes else {
                return
                    "the unit \(ACESValues.shown(unit)) is none of at most three characters without spaces around them"
            }
        }
        return Self.reason(againstWords: qualifier.text, "the qualifier's text")
    }

    private static func reason(against note: FitmentNote) -> String? {
        guard !note.text.isEmpty else { return "a note has no words" }
        guard Self.isToken(note.language) else { return "a note's language has spaces around it" }
        return Self.reason(againstWords: note.text, "a note")
    }

    // MARK: The item

    private static func reason(againstItemOf fitment: Fitment) -> String? {
        let part = fitment.sku
        guard !part.isEmpty, Self.isToken(part) else {
            return "the part number \(ACESValues.shown(part)) is empty or has spaces that ACES would drop"
        }
        guard ACESValues.characterCount(part) <= ACESLimits.partCharacters else {
            return "the part number has more than \(ACESLimits.partCharacters) characters"
        }
        guard fitment.quantity != 0 else { return "the fitment says no quantity, which ACES needs" }
        guard fitment.partTypeID != 0 else { return "the part type has no id, which ACES needs" }
        guard fitment.positionID != 0 || fitment.position.isEmpty else {
            return "the position \(ACESValues.shown(fitment.position)) has no id, which ACES needs"
        }
        for code in [fitment.partBrandCode, fitment.partSubBrandCode]
        where !code.isEmpty && !ACESValues.isAssignableBrandCode(code) {
            return "the brand code \(ACESValues.shown(code)) is none that is assigned"
        }
        return Self.reason(againstWords: fitment.partType, "the part type's name")
            ?? Self.reason(againstWords: fitment.position, "the position's name")
            ?? Self.reason(againstWords: fitment.manufacturerLabel, "the manufacturer's label")
    }

    private static func reason(againstAssetOf fitment: Fitment) -> String? {
        let name = fitment.assetName
        guard !name.isEmpty else {
            return fitment.assetOrder != 0 || !fitment.assetReference.isEmpty
                ? "an asset's order or reference stands without its name" : nil
        }
        guard ACESValues.isNameToken(name), name.utf8.count <= ACESLimits.assetNameBytes else {
            return "the asset's name \(ACESValues.shown(name)) is no name of at most 45 letters and digits"
        }
        return Self.reason(againstWords: fitment.assetReference, "the asset's reference")
    }

    // MARK: Texts

    /// White space alone is read as nothing.
    private static func reason(againstWords text: String, _ what: String) -> String? {
        !text.isEmpty && text.utf8.allSatisfy(ACESValues.isSpace) ? "\(what) is nothing but white space" : nil
    }

    private static func isToken(_ text: String) -> Bool { ACESValues.token(text) == text }
}
