public import CatalogMessages
internal import XML

/// Writes fitments as an ACES 4.2 file, in the order and cardinality of its schema.
///
/// The header is that of the export's options, empty where they say nothing. The file is FULL; where only products of a SKU
/// prefix are asked for it is an UPDATE, as it does not have what a full file would replace. Apps are numbered from 1 on,
/// and counted in the footer.
///
/// A fitment that ACES cannot carry whole is left out with the reason, and nothing is put in its place: it may name its
/// vehicle or part type without ids, say no quantity, or have a text that is longer than the schema has it.
public struct ACESWriter: CatalogFileWriter {
    private var xml = XMLWriter()
    private var bytes: [UInt8] = []
    private var count: Int64
    private var isComplete = false

    /// A writer of one file.
    ///
    /// - Parameters:
    ///   - date: The day of the export, YYYY-MM-DD: of transfer, of effect, and where the options name none also of the
    ///     trade's databases.
    ///   - resumedAfter: How many fitments the file has already.
    ///   - isResumed: The file has its header already; what is written goes on behind what it has.
    /// - Throws: ``CatalogFileFault`` `header` where the options say something that XML or the schema cannot carry.
    public init(
        _ options: CatalogExportOptions, date: String, resumedAfter: Int64 = 0, isResumed: Bool = false
    ) throws(CatalogFileFault) {
        self.count = resumedAfter
        guard options.brandCode.isEmpty || ACESValues.isAssignableBrandCode(options.brandCode) else {
            throw CatalogFileFault(
                code: CatalogFileFault.XMLCode.header, line: 0,
                message: "the brand code \(options.brandCode) is none that is assigned; expected one, or none")
        }
        do throws(XMLError) {
            try self.writeHeader(options, date: date)
        } catch {
            throw CatalogFileFault(code: CatalogFileFault.XMLCode.header, line: 0, message: error.reason)
        }
        // The file ends behind a whole element, as it does here.
        if isResumed { self.bytes = [] }
    }

    private mutating func writeHeader(_ options: CatalogExportOptions, date: String) throws(XMLError) {
        try self.xml.start("ACES")
        try self.xml.attribute("version", "4.2")
        try self.xml.start("Header")
        try self.xml.element("Company", options.company)
        try self.xml.element("SenderName", options.senderName)
        try self.xml.element("SenderPhone", options.senderPhone)
        try self.xml.element("TransferDate", date)
        if !options.brandCode.isEmpty { try self.xml.element("BrandAAIAID", options.brandCode) }
        try self.xml.element("DocumentTitle", options.documentTitle)
        try self.xml.element("EffectiveDate", date)
        try self.xml.element("SubmissionType", options.skuPrefix.isEmpty ? "FULL" : "UPDATE")
        for (name, said) in [
            ("VcdbVersionDate", options.vehicleDatabaseDate), ("QdbVersionDate", options.qualifierDatabaseDate),
            ("PcdbVersionDate", options.partDatabaseDate),
        ] { try self.xml.element(name, said.isEmpty ? date : said) }
        try self.xml.end()
        self.bytes = self.xml.drain()
    }

    /// Leaves a product out: ACES has none.
    public mutating func append(_ product: Product) -> String? { "an ACES file carries fitments, not products" }

    /// Adds a fitment.
    ///
    /// - Returns: Why it is left out; nil: it is not.
    public mutating func append(_ fitment: Fitment) -> String? {
        if let reason = ACESFitness.reason(against: fitment) { return reason }
        // What is written of an App that turns out unwritable is dropped with the writer's copy, which has no bytes yet.
        let before = self.xml
        do throws(XMLError) {
            try self.write(fitment)
        } catch {
            self.xml = before
            return error.reason
        }
        self.bytes += self.xml.drain()
        self.count += 1
        return nil
    }

    /// Adds the footer, once.
    public mutating func complete() {
        guard !self.isComplete else { return }
        self.isComplete = true
        do throws(XMLError) {
            try self.xml.start("Footer")
            try self.xml.element("RecordCount", "\(self.count)")
            try self.xml.end()
            try self.xml.end()
        } catch {
            // Names and digits of our own within an open root can always be written.
            assertionFailure("\(error)")
        }
        self.bytes += self.xml.drain()
    }

    /// Takes out what is written so far: whole elements only.
    public mutating func take() -> [UInt8] {
        defer { self.bytes = [] }
        return self.bytes
    }

    // MARK: One application

    private mutating func write(_ fitment: Fitment) throws(XMLError) {
        try self.xml.start("App")
        try self.xml.attribute("action", "A")
        try self.xml.attribute("id", "\(self.count + 1)")
        if !fitment.reference.isEmpty { try self.xml.attribute("ref", fitment.reference) }
        if fitment.unvalidated { try self.xml.attribute("validate", "no") }
        try self.write(fitment.vehicle ?? VehicleSelector())
        for attribute in fitment.attributes.sorted(by: { $0.kind.rawValue < $1.kind.rawValue }) {
            guard let name = ACESName(attribute.kind) else { continue }
            try self.write(name, attribute.id, attribute.name)
        }
        for qualifier in fitment.qualifiers { try self.write(qualifier) }
        for note in fitment.notes { try self.write(note) }
        try self.xml.element("Qty", "\(fitment.quantity)")
        try self.write(.partType, fitment.partTypeID, fitment.partType)
        try self.writeText(.mfrLabel, fitment.manufacturerLabel)
        try self.write(.position, fitment.positionID, fitment.position)
        try self.writePart(fitment)
        try self.writeNumber(.displayOrder, fitment.displayOrder)
        try self.writeText(.assetName, fitment.assetName)
        try self.writeNumber(.assetItemOrder, fitment.assetOrder)
        try self.writeText(.assetItemRef, fitment.assetReference)
        try self.xml.end()
    }

    private mutating func write(_ vehicle: VehicleSelector) throws(XMLError) {
        try self.write(.baseVehicle, vehicle.baseVehicleID, "")
        if vehicle.yearFrom != 0 {
            try self.xml.start("Years")
            try self.xml.attribute("from", "\(vehicle.yearFrom)")
            try self.xml.attribute("to", "\(vehicle.yearTo)")
            try self.xml.end()
        }
        try self.write(.make, vehicle.makeID, vehicle.make)
        try self.write(.model, vehicle.modelID, vehicle.model)
        try self.write(.subModel, vehicle.submodelID, vehicle.submodel)
        try self.write(.equipmentBase, vehicle.equipmentBaseID, "")
        try self.write(.mfr, vehicle.equipmentManufacturerID, "")
        try self.write(.equipmentModel, vehicle.equipmentModelID, "")
        try self.write(.vehicleType, vehicle.vehicleTypeID, "")
        guard vehicle.productionStart != 0 || vehicle.productionEnd != 0 else { return }
        try self.xml.start("ProductionYears")
        if vehicle.productionStart != 0 { try self.xml.attribute("ProductionStart", "\(vehicle.productionStart)") }
        if vehicle.productionEnd != 0 { try self.xml.attribute("ProductionEnd", "\(vehicle.productionEnd)") }
        try self.xml.end()
    }

    private mutating func write(_ qualifier: Qualifier) throws(XMLError) {
        try self.xml.start("Qual")
        try self.xml.attribute("id", "\(qualifier.id)")
        for parameter in qualifier.parameters {
            try self.xml.start("param")
            try self.xml.attribute("value", parameter.value)
            for (name, value) in [
                ("uom", parameter.unit), ("altvalue", parameter.alternativeValue),
                ("altuom", parameter.alternativeUnit),
            ] where !value.isEmpty { try self.xml.attribute(name, value) }
            try self.xml.end()
        }
        try self.xml.element("text", qualifier.text)
        try self.xml.end()
    }

    private mutating func write(_ note: FitmentNote) throws(XMLError) {
        try self.xml.start("Note")
        if note.id != 0 { try self.xml.attribute("id", "\(note.id)") }
        if !note.language.isEmpty { try self.xml.attribute("lang", note.language) }
        try self.xml.text(note.text)
        try self.xml.end()
    }

    private mutating func writePart(_ fitment: Fitment) throws(XMLError) {
        try self.xml.start("Part")
        for (name, code) in [
            ("BrandAAIAID", fitment.partBrandCode), ("SubBrandAAIAID", fitment.partSubBrandCode),
        ] where !code.isEmpty { try self.xml.attribute(name, code) }
        try self.xml.text(fitment.sku)
        try self.xml.end()
    }

    /// An element with an id, and the name that goes with it; nothing without an id.
    private mutating func write(_ name: ACESName, _ id: UInt32, _ text: String) throws(XMLError) {
        guard id != 0 else { return }
        try self.xml.start(name.written)
        try self.xml.attribute("id", "\(id)")
        try self.xml.text(text)
        try self.xml.end()
    }

    private mutating func writeText(_ name: ACESName, _ text: String) throws(XMLError) {
        if !text.isEmpty { try self.xml.element(name.written, text) }
    }

    private mutating func writeNumber(_ name: ACESName, _ number: UInt32) throws(XMLError) {
        if number != 0 { try self.xml.element(name.written, "\(number)") }
    }
}
