internal import CatalogMessages
internal import XML

// The children of an App: their attributes when they begin, their texts, and what they come to.
extension ACESApplication {
    // MARK: Start tags

    mutating func startChild(_ name: ACESName, _ event: XMLEvent, in batch: borrowing XMLBatch) {
        if let kind = name.vehicleAttributeKind {
            let id = self.id(of: name, event, in: batch)
            self.fitment.attributes.append(VehicleAttribute(kind: kind, id: id))
            return
        }
        switch name {
        case .baseVehicle: self.vehicle.baseVehicleID = self.id(of: name, event, in: batch)
        case .subModel: self.vehicle.submodelID = self.id(of: name, event, in: batch)
        case .make: self.vehicle.makeID = self.id(of: name, event, in: batch)
        case .model: self.vehicle.modelID = self.id(of: name, event, in: batch)
        case .vehicleType: self.vehicle.vehicleTypeID = self.id(of: name, event, in: batch)
        case .equipmentBase: self.vehicle.equipmentBaseID = self.id(of: name, event, in: batch)
        case .mfr: self.vehicle.equipmentManufacturerID = self.id(of: name, event, in: batch)
        case .equipmentModel: self.vehicle.equipmentModelID = self.id(of: name, event, in: batch)
        case .years: self.readYears(event, in: batch)
        case .productionYears: self.readProductionYears(event, in: batch)
        case .partType:
            self.fitment.partTypeID = self.id(of: name, event, upTo: ACESLimits.partTypeID, in: batch)
        case .position:
            self.fitment.positionID = self.id(of: name, event, upTo: ACESLimits.partTypeID, in: batch)
        case .part: self.readBrands(event, in: batch)
        case .qual:
            self.qualifier = Qualifier(id: self.id(of: name, event, in: batch))
            self.hasQualifierText = false
        case .note: self.startNote(event, in: batch)
        default: self.refuseAttributes(of: event, of: name.written, in: batch)
        }
    }

    /// The id that an element must have; 0, and a failure, where it has none.
    private mutating func id(
        of name: ACESName, _ event: XMLEvent, upTo maximum: UInt32 = ACESLimits.id, in batch: borrowing XMLBatch
    ) -> UInt32 {
        var id: UInt32 = 0
        var isSaid = false
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            if attribute.name == ACESName.id.rawValue {
                id = self.positive(attribute, of: name.written, "id", upTo: maximum, in: batch) ?? 0
                isSaid = true
            } else {
                self.refuse(attribute, of: name.written)
            }
        }
        if !isSaid { self.fail("\(name.written)/@id", "is missing; expected a whole number from 1 to \(maximum)") }
        return id
    }

    private mutating func readYears(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            switch ACESName(rawValue: attribute.name) {
            case .from: self.vehicle.yearFrom = self.year(attribute, of: "Years", "from", in: batch)
            case .to: self.vehicle.yearTo = self.year(attribute, of: "Years", "to", in: batch)
            default: self.refuse(attribute, of: "Years")
            }
        }
        for (year, name) in [(self.vehicle.yearFrom, "from"), (self.vehicle.yearTo, "to")] where year == 0 {
            self.fail("Years/@\(name)", "is missing; expected a year")
        }
        self.checkOrder("Years/@to", from: self.vehicle.yearFrom, to: self.vehicle.yearTo)
    }

    private mutating func readProductionYears(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        let name = "ProductionYears"
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            switch ACESName(rawValue: attribute.name) {
            case .productionStart:
                self.vehicle.productionStart = self.year(attribute, of: name, "ProductionStart", in: batch)
            case .productionEnd:
                self.vehicle.productionEnd = self.year(attribute, of: name, "ProductionEnd", in: batch)
            default: self.refuse(attribute, of: name)
            }
        }
        guard self.vehicle.productionEnd != 0 else { return }
        self.checkOrder(
            "\(name)/@ProductionEnd", from: self.vehicle.productionStart, to: self.vehicle.productionEnd)
    }

    private mutating func year(
        _ attribute: XMLAttribute, of element: String, _ name: String, in batch: borrowing XMLBatch
    ) -> Int32 {
        let years = ACESLimits.years
        if let year = ACESValues.positive(batch.text(attribute), upTo: years.upperBound), years.contains(year) {
            return Int32(year)
        }
        let text = ACESValues.shown(batch.string(attribute))
        self.fail(
            "\(element)/@\(name)", "is \(text); expected a year from \(years.lowerBound) to \(years.upperBound)")
        return 0
    }

    private mutating func checkOrder(_ field: String, from: Int32, to: Int32) {
        guard from > to else { return }
        self.fail(field, "is \(to), before \(from); expected \(from) or later")
    }

    private mutating func readBrands(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            switch ACESName(rawValue: attribute.name)?.former {
            case .brandAAIAID: self.fitment.partBrandCode = self.brand(attribute, in: batch)
            case .subBrandAAIAID: self.fitment.partSubBrandCode = self.brand(attribute, in: batch)
            default: self.refuse(attribute, of: "Part")
            }
        }
    }

    private mutating func brand(_ attribute: XMLAttribute, in batch: borrowing XMLBatch) -> String {
        let code = ACESValues.token(batch.string(attribute))
        guard !code.isEmpty, !ACESValues.isBrandCode(code) else { return code }
        self.fail("Part", "has the brand \(ACESValues.shown(code)); expected four capitals")
        return ""
    }

    private mutating func startNote(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        self.note = FitmentNote()
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            switch ACESName(rawValue: attribute.name) {
            case .id: self.note.id = self.positive(attribute, of: "Note", "id", in: batch) ?? 0
            case .lang:
                self.note.language = self.limited(
                    ACESValues.token(batch.string(attribute)), "Note/@lang", bytes: ACESLimits.languageBytes)
            default: self.refuse(attribute, of: "Note")
            }
        }
    }

    mutating func startParameter(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        var parameter = QualifierParameter()
        var hasValue = false
        for attribute in batch.attributes(of: event) where attribute.namespace == XMLEvent.noNamespace {
            let text = batch.string(attribute)
            switch ACESName(rawValue: attribute.name) {
            case .value:
                parameter.value = self.limited(text, "Qual/param/@value", bytes: ACESLimits.parameterBytes)
                hasValue = true
            case .uom:
                parameter.unit = self.limited(
                    ACESValues.token(text), "Qual/param/@uom", bytes: ACESLimits.unitBytes)
            case .altvalue:
                parameter.alternativeValue = self.limited(
                    text, "Qual/param/@altvalue", bytes: ACESLimits.parameterBytes)
            case .altuom:
                parameter.alternativeUnit = self.limited(
                    ACESValues.token(text), "Qual/param/@altuom", bytes: ACESLimits.unitBytes)
            default: self.refuse(attribute, of: "Qual/param")
            }
        }
        if !hasValue { self.fail("Qual/param/@value", "is missing; expected the parameter's value") }
        guard self.qualifier.parameters.count < ACESLimits.parameters else {
            return self.fail("Qual/param", "stands more than \(ACESLimits.parameters) times in one Qual")
        }
        self.qualifier.parameters.append(parameter)
    }

    // MARK: Texts

    mutating func childText(_ name: ACESName, _ event: XMLEvent, in batch: borrowing XMLBatch) {
        switch name {
        case .part: self.readPart(event, in: batch)
        case .qty: self.fitment.quantity = self.numberText(name, event, upTo: ACESLimits.quantity, in: batch)
        case .displayOrder: self.fitment.displayOrder = self.numberText(name, event, in: batch)
        case .assetItemOrder: self.fitment.assetOrder = self.numberText(name, event, in: batch)
        case .note: self.note.text = self.words(name, event, bytes: ACESLimits.noteBytes, in: batch)
        case .mfrLabel:
            self.fitment.manufacturerLabel = self.words(name, event, bytes: ACESLimits.labelBytes, in: batch)
        case .assetName:
            let text = ACESValues.token(batch.string(event))
            self.fitment.assetName = self.limited(text, name.written, bytes: ACESLimits.assetNameBytes)
        case .assetItemRef:
            self.fitment.assetReference = self.words(
                name, event, bytes: ACESLimits.assetReferenceBytes, in: batch)
        case .qual: self.fail("Qual", "has text between its elements; expected none")
        default: self.readName(name, event, in: batch)
        }
    }

    /// The name that may stand beside an id. Where the catalog has no place for one, it is passed over: the id says it all.
    private mutating func readName(_ name: ACESName, _ event: XMLEvent, in batch: borrowing XMLBatch) {
        switch name {
        case .make: self.vehicle.make = self.words(name, event, bytes: ACESLimits.makeBytes, in: batch)
        case .model: self.vehicle.model = self.words(name, event, bytes: ACESLimits.nameBytes, in: batch)
        case .subModel: self.vehicle.submodel = self.words(name, event, bytes: ACESLimits.nameBytes, in: batch)
        case .partType:
            self.fitment.partType = self.words(name, event, bytes: ACESLimits.partTypeBytes, in: batch)
        case .position: self.fitment.position = self.words(name, event, bytes: ACESLimits.nameBytes, in: batch)
        default:
            guard name.vehicleAttributeKind != nil else { return }
            let text = self.words(name, event, bytes: ACESLimits.nameBytes, in: batch)
            // The element's start has added its attribute.
            guard let last = self.fitment.attributes.indices.last else { return }
            self.fitment.attributes[last].name = text
        }
    }

    private mutating func readPart(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        let text = self.texts.text(event, in: batch)
        let part = ACESValues.isToken(batch.text(event)) ? text : ACESValues.token(text)
        let count = ACESValues.characterCount(part)
        let maximum = self.partCharacters
        guard count <= maximum else {
            return self.fail("Part", "has \(count) characters; expected at most \(maximum)")
        }
        self.fitment.sku = self.limited(part, "Part", bytes: ACESLimits.partBytes)
    }

    /// A number that stands in an element; 0 where there is nothing but white space.
    private mutating func numberText(
        _ name: ACESName, _ event: XMLEvent, upTo maximum: UInt32 = ACESLimits.id, in batch: borrowing XMLBatch
    ) -> UInt32 {
        if let number = ACESValues.positive(batch.text(event), upTo: maximum) { return number }
        guard !ACESValues.isBlank(batch.text(event)) else { return 0 }
        let text = ACESValues.shown(batch.string(event))
        self.fail(name.written, "is \(text); expected a whole number from 1 to \(maximum)")
        return 0
    }

    /// A text as it stands; empty where there is nothing but white space, or it is too long.
    private mutating func words(
        _ name: ACESName, _ event: XMLEvent, bytes maximum: Int, in batch: borrowing XMLBatch
    ) -> String {
        guard !ACESValues.isBlank(batch.text(event)) else { return "" }
        let count = batch.text(event).count
        guard count <= maximum else {
            self.fail(name.written, "has \(count) bytes; expected at most \(maximum)")
            return ""
        }
        return self.texts.text(event, in: batch)
    }

    mutating func readQualifierText(_ event: XMLEvent, in batch: borrowing XMLBatch) {
        guard !ACESValues.isBlank(batch.text(event)) else { return }
        let count = batch.text(event).count
        guard count <= ACESLimits.qualifierBytes else {
            return self.fail("Qual/text", "has \(count) bytes; expected at most \(ACESLimits.qualifierBytes)")
        }
        self.qualifier.text = self.texts.text(event, in: batch)
    }

    // MARK: End tags

    mutating func append(_ qualifier: Qualifier) {
        guard self.fitment.qualifiers.count < ACESLimits.qualifiers else {
            return self.fail("Qual", "stands more than \(ACESLimits.qualifiers) times in an App")
        }
        self.fitment.qualifiers.append(qualifier)
    }

    /// A note without words says nothing, unless it has an id, which then has no words to go with.
    mutating func append(_ note: FitmentNote) {
        guard !note.text.isEmpty else {
            if note.id != 0 { self.fail("Note", "has an id but no words; expected the note's words") }
            return
        }
        guard self.fitment.notes.count < ACESLimits.notes else {
            return self.fail("Note", "stands more than \(ACESLimits.notes) times in an App")
        }
        self.fitment.notes.append(note)
    }
}
