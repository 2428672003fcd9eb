internal import CatalogMessages

extension FitmentRules {
    /// The most attributes, qualifiers, notes, and parameters of a qualifier.
    static let maximumAttributes = 64
    static let maximumQualifiers = 50
    static let maximumNotes = 50
    static let maximumParameters = 20
    /// The most bytes of all texts of a fitment together: 32 KiB.
    static let maximumTextBytes = 1 << 15
    /// The greatest id: the tables of the trade count in 31 bits.
    static let maximumID: UInt32 = 2_147_483_647

    static func checkConditions(_ fitment: Fitment, _ faults: inout [ProductFault]) {
        Self.check(count: fitment.attributes.count, "attributes", Self.maximumAttributes, &faults)
        Self.check(count: fitment.qualifiers.count, "qualifiers", Self.maximumQualifiers, &faults)
        Self.check(count: fitment.notes.count, "notes", Self.maximumNotes, &faults)
        for (index, attribute) in fitment.attributes.enumerated() {
            let field = "attributes[\(index)]"
            if attribute.kind == .unspecified || !attribute.kind.isKnown {
                faults.append(
                    ProductFault(
                        field: "\(field).kind", reason: "is not known", expected: "a kind of vehicle attribute"))
            }
            if attribute.id == 0 && FoldedText.bytes(attribute.name).isEmpty {
                faults.append(
                    ProductFault(
                        field: field, reason: "has neither id nor name", expected: "an id from 1 on, or a name"))
            }
            Self.check(attribute.name, "\(field).name", 120, &faults)
        }
        for (index, qualifier) in fitment.qualifiers.enumerated() { Self.check(qualifier, index, &faults) }
        for (index, note) in fitment.notes.enumerated() {
            if FoldedText.bytes(note.text).isEmpty {
                faults.append(
                    ProductFault(field: "notes[\(index)].text", reason: "is empty", expected: "a note's words"))
            }
            Self.check(note.text, "notes[\(index)].text", 8_000, &faults)
            Self.check(note.language, "notes[\(index)].language", 8, &faults)
        }
    }

    private static func check(_ qualifier: Qualifier, _ index: Int, _ faults: inout [ProductFault]) {
        let field = "qualifiers[\(index)]"
        if qualifier.id == 0 && FoldedText.bytes(qualifier.text).isEmpty {
            faults.append(
                ProductFault(field: field, reason: "has neither id nor text", expected: "an id from 1 on, or a text"))
        }
        Self.check(qualifier.text, "\(field).text", 4_000, &faults)
        Self.check(count: qualifier.parameters.count, "\(field).parameters", Self.maximumParameters, &faults)
        for (place, parameter) in qualifier.parameters.enumerated() {
            let field = "\(field).parameters[\(place)]"
            Self.check(parameter.value, "\(field).value", 400, &faults)
            Self.check(parameter.unit, "\(field).unit", 3, &faults)
            Self.check(parameter.alternativeValue, "\(field).alternativeValue", 400, &faults)
            Self.check(parameter.alternativeUnit, "\(field).alternativeUnit", 3, &faults)
        }
    }

    static func checkSizes(_ fitment: Fitment, _ faults: inout [ProductFault]) {
        let bytes = fitment.conditionBytes
        if bytes > Self.maximumTextBytes && faults.isEmpty {
            faults.append(
                ProductFault(
                    field: "notes", reason: "have \(bytes) bytes with attributes and qualifiers",
                    expected: "at most \(Self.maximumTextBytes) bytes together"))
        }
        if let vehicle = fitment.vehicle {
            Self.check(vehicle.make, "vehicle.make", 80, &faults)
            Self.check(vehicle.model, "vehicle.model", 120, &faults)
            Self.check(vehicle.submodel, "vehicle.submodel", 120, &faults)
            Self.checkName(vehicle.submodel, id: vehicle.submodelID, "vehicle.submodel", &faults)
            for (id, field) in [
                (vehicle.baseVehicleID, "baseVehicleId"), (vehicle.makeID, "makeId"), (vehicle.modelID, "modelId"),
                (vehicle.submodelID, "submodelId"), (vehicle.vehicleTypeID, "vehicleTypeId"),
                (vehicle.equipmentBaseID, "equipmentBaseId"),
                (vehicle.equipmentManufacturerID, "equipmentManufacturerId"),
                (vehicle.equipmentModelID, "equipmentModelId"),
            ] { Self.check(id, "vehicle.\(field)", Self.maximumID, &faults) }
        }
        Self.check(fitment.quantity, "quantity", 9_999, &faults)
        Self.check(fitment.partTypeID, "partTypeId", 99_999_999, &faults)
        Self.check(fitment.positionID, "positionId", 99_999_999, &faults)
        Self.check(fitment.partType, "partType", 240, &faults)
        Self.check(fitment.position, "position", 120, &faults)
        Self.check(fitment.manufacturerLabel, "manufacturerLabel", 240, &faults)
        Self.check(fitment.assetName, "assetName", 45, &faults)
        Self.check(fitment.assetReference, "assetReference", 240, &faults)
        Self.check(fitment.reference, "reference", 240, &faults)
        for (code, field) in [
            (fitment.partBrandCode, "partBrandCode"), (fitment.partSubBrandCode, "partSubBrandCode"),
        ] where !code.isEmpty {
            let isCode =
                code.utf8.count == 4 && code.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            if !isCode {
                faults.append(
                    ProductFault(field: field, reason: "is no brand code", expected: "four capitals, or none"))
            }
        }
    }

    private static func check(_ text: String, _ field: String, _ maximum: Int, _ faults: inout [ProductFault]) {
        let count = text.utf8.count
        guard count > maximum else { return }
        faults.append(ProductFault(field: field, reason: "has \(count) bytes", expected: "at most \(maximum) bytes"))
    }

    private static func check(_ number: UInt32, _ field: String, _ maximum: UInt32, _ faults: inout [ProductFault]) {
        guard number > maximum else { return }
        faults.append(ProductFault(field: field, reason: "is \(number)", expected: "at most \(maximum)"))
    }

    private static func check(count: Int, _ field: String, _ maximum: Int, _ faults: inout [ProductFault]) {
        guard count > maximum else { return }
        faults.append(ProductFault(field: field, reason: "has \(count) entries", expected: "at most \(maximum)"))
    }
}

extension VehicleAttributeKind {
    /// Whether this version of the product has the kind.
    var isKnown: Bool { (1...VehicleAttributeKind.engine.rawValue).contains(self.rawValue) }
}

extension Fitment {
    /// The bytes of the texts of its conditions; all others are few.
    fileprivate var conditionBytes: Int {
        let qualifiers = self.qualifiers.reduce(0) { bytes, qualifier in
            qualifier.parameters.reduce(bytes + qualifier.text.utf8.count) { bytes, parameter in
                bytes + parameter.value.utf8.count + parameter.alternativeValue.utf8.count
            }
        }
        return self.notes.reduce(qualifiers) { $0 + $1.text.utf8.count }
            + self.attributes.reduce(0) { $0 + $1.name.utf8.count }
    }
}
