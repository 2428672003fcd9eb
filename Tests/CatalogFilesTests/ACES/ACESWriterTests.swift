import CatalogFiles
import CatalogMessages
import TestSupport
import Testing

@Suite("Fitments are written as ACES", .processorBound) struct ACESWriterTests {
    static let options = CatalogExportOptions(
        company: "Acme & Co", senderName: "Jo", senderPhone: "1", documentTitle: "Brakes", brandCode: "BMNN",
        vehicleDatabaseDate: "2025-12-31")

    static func file(_ fitments: [Fitment]) throws -> [UInt8] {
        var writer = try ACESWriter(Self.options, date: "2026-01-02")
        for fitment in fitments { #expect(writer.append(fitment) == nil, "\(fitment)") }
        writer.complete()
        return writer.take()
    }

    private static let plain = Fitment(
        sku: "P1", vehicle: VehicleSelector(baseVehicleID: 1), quantity: 1, partTypeID: 2)

    @Test("what is written is read as the same fitments")
    func roundTrip() throws {
        var random = RandomACESFitments(SeededGenerator(seed: testSeed()))
        let fitments = (0..<1_000).map { _ in random.fitment() }
        let reading = ACESReading(try Self.file(fitments))
        #expect(reading.fault == nil && reading.refusals.isEmpty && reading.declaredCount == 1_000)
        #expect(reading.header == CatalogFileHeader(mode: .full, document: "Brakes"))
        for (read, written) in zip(reading.added, fitments) where read != written {
            Issue.record("\(written) was read as \(read)")
        }
    }

    @Test("a file that is taken up again is the same as one that is written at once")
    func resuming() throws {
        var random = RandomACESFitments(SeededGenerator(seed: testSeed()))
        let fitments = (0..<20).map { _ in random.fitment() }
        let whole = try Self.file(fitments)
        for count in [0, 1, 7, 20] {
            var first = try ACESWriter(Self.options, date: "2026-01-02")
            for fitment in fitments.prefix(count) { _ = first.append(fitment) }
            var second = try ACESWriter(
                Self.options, date: "2026-01-02", resumedAfter: Int64(count), isResumed: true)
            for fitment in fitments.dropFirst(count) { _ = second.append(fitment) }
            second.complete()
            #expect(first.take() + second.take() == whole)
        }
    }

    @Test("what ACES cannot carry is left out with the reason, and not counted")
    func leftOut() throws {
        func changed(_ change: (inout Fitment) -> Void) -> Fitment {
            var fitment = Self.plain
            change(&fitment)
            return fitment
        }
        func vehicle(_ vehicle: VehicleSelector) -> Fitment { changed { $0.vehicle = vehicle } }
        let bad: [Fitment] = [
            changed { $0.vehicle = nil }, vehicle(VehicleSelector()),
            vehicle(VehicleSelector(yearFrom: 2001, yearTo: 2002, make: "Ford")),
            vehicle(VehicleSelector(yearFrom: 2001, yearTo: 2002, makeID: 1, model: "Focus")),
            vehicle(VehicleSelector(baseVehicleID: 1, submodel: "GT")),
            vehicle(VehicleSelector(baseVehicleID: 1, yearFrom: 2001, yearTo: 2002, makeID: 1)),
            vehicle(VehicleSelector(yearFrom: 2001, makeID: 1)),
            vehicle(VehicleSelector(equipmentManufacturerID: 1, equipmentModelID: 2)),
            changed { $0.attributes = [VehicleAttribute(kind: .engine, name: "2.5L L4")] },
            changed { $0.attributes = [VehicleAttribute(kind: .driveType, name: "AWD")] },
            changed { $0.attributes = [1, 2].map { VehicleAttribute(kind: .driveType, id: $0) } },
            changed {
                $0.attributes = [VehicleAttributeKind.transmissionBase, .transmissionType].map {
                    VehicleAttribute(kind: $0, id: 1)
                }
            }, changed { $0.qualifiers = [Qualifier(text: "with")] }, changed { $0.notes = [FitmentNote(text: " ")] },
            changed { $0.notes = [FitmentNote(text: "a\u{1}")] }, changed { $0.quantity = 0 },
            changed { $0.partTypeID = 0 }, changed { $0.position = "Front" }, changed { $0.sku = "" },
            changed { $0.sku = String(repeating: "P", count: 46) }, changed { $0.sku = "A  B" },
            changed { $0.partBrandCode = "AAAA" }, changed { $0.assetName = "a b" }, changed { $0.assetOrder = 1 },
        ]
        var writer = try ACESWriter(Self.options, date: "2026-01-02")
        for fitment in bad { #expect(writer.append(fitment) != nil, "\(fitment)") }
        #expect(writer.append(Product()) != nil)
        #expect(writer.append(Self.plain) == nil)
        writer.complete()
        let file = writer.take()
        #expect(file == (try Self.file([Self.plain])))
        #expect(ACESReading(file).declaredCount == 1)
    }

    @Test("a header that cannot be written is a fault")
    func header() {
        for options in [CatalogExportOptions(company: "a\u{1}"), CatalogExportOptions(brandCode: "AAAA")] {
            #expect(throws: CatalogFileFault.self) { try ACESWriter(options, date: "2026-01-02") }
        }
    }
}

/// Fitments that an ACES file can carry, with every field of it.
struct RandomACESFitments<Generator: RandomNumberGenerator> {
    private var generator: Generator

    init(_ generator: Generator) { self.generator = generator }

    private mutating func id(_ maximum: UInt32 = 2_147_483_647) -> UInt32 {
        .random(in: 1...maximum, using: &self.generator)
    }
    private mutating func chance() -> Bool { Bool.random(using: &self.generator) }

    private mutating func text() -> String {
        let characters = Array("aZ09 <>&\"'\n\r\t;é€😀\u{FEFF}")
        let count = Int.random(in: 0...20, using: &self.generator)
        let middle = (0..<count).map { _ in characters.randomElement(using: &self.generator) ?? "a" }
        return self.chance() ? "" : String(middle) + "x "
    }

    private mutating func token(_ count: Int) -> String {
        String((0..<count).map { _ in "ABCxyz-0189".randomElement(using: &self.generator) ?? "A" })
    }

    mutating func fitment() -> Fitment {
        var fitment = Fitment(sku: self.token(20) + " &<" + self.token(2), vehicle: self.vehicle())
        for kind in VehicleAttributeKind.mfrToRegion where Int.random(in: 0..<8, using: &self.generator) == 0 {
            fitment.attributes.append(VehicleAttribute(kind: kind, id: self.id(), name: self.text()))
        }
        fitment.qualifiers = (0..<Int.random(in: 0...2, using: &self.generator)).map { _ in self.qualifier() }
        fitment.notes = (0..<Int.random(in: 0...2, using: &self.generator)).map { _ in
            FitmentNote(text: self.text() + "n", id: self.chance() ? self.id() : 0, language: self.chance() ? "en" : "")
        }
        (fitment.quantity, fitment.partTypeID, fitment.partType) = (self.id(9_999), self.id(99_999_999), self.text())
        if self.chance() { (fitment.positionID, fitment.position) = (self.id(99_999_999), self.text()) }
        (fitment.manufacturerLabel, fitment.reference) = (self.text(), self.text())
        (fitment.unvalidated, fitment.displayOrder) = (self.chance(), self.chance() ? self.id() : 0)
        if self.chance() {
            (fitment.assetName, fitment.assetReference) = (self.token(45), self.text())
            fitment.assetOrder = self.chance() ? self.id() : 0
        }
        if self.chance() { (fitment.partBrandCode, fitment.partSubBrandCode) = ("BMNN", self.chance() ? "BBBA" : "") }
        return fitment
    }

    private mutating func qualifier() -> Qualifier {
        Qualifier(
            id: self.id(), text: self.text(),
            parameters: (0..<Int.random(in: 0...2, using: &self.generator)).map { _ in
                QualifierParameter(
                    value: self.text(), unit: self.chance() ? "mm" : "", alternativeValue: self.text(),
                    alternativeUnit: self.chance() ? "in" : "")
            })
    }

    private mutating func vehicle() -> VehicleSelector {
        let year = Int32.random(in: 1896...2100, using: &self.generator)
        let years = Int32.random(in: year...2100, using: &self.generator)
        switch Int.random(in: 0..<6, using: &self.generator) {
        case 0: return VehicleSelector(baseVehicleID: self.id())
        case 1: return VehicleSelector(baseVehicleID: self.id(), submodelID: self.id(), submodel: self.text())
        case 2:
            return VehicleSelector(
                yearFrom: year, yearTo: years, makeID: self.id(), make: self.text(),
                vehicleTypeID: self.chance() ? self.id() : 0)
        case 3:
            return VehicleSelector(
                yearFrom: year, yearTo: years, makeID: self.id(), modelID: self.id(), model: self.text(),
                submodelID: self.id())
        case 4: return VehicleSelector(equipmentBaseID: self.id())
        default:
            return VehicleSelector(
                vehicleTypeID: self.id(), equipmentManufacturerID: self.id(), equipmentModelID: self.id(),
                productionStart: self.chance() ? year : 0, productionEnd: self.chance() ? years : 0)
        }
    }
}

extension VehicleAttributeKind {
    /// The kinds that ACES has, without those that the base of a transmission says already.
    fileprivate static let mfrToRegion = (1...40).filter { !(24...26).contains($0) }.map { Self(rawValue: Int32($0)) }
}
