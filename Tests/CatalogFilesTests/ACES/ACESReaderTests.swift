import CatalogFiles
import CatalogMessages
import TestSupport
import Testing

@Suite("ACES files are read", .processorBound) struct ACESReaderTests {
    @Test("everything of an application is in its fitment")
    func everything() {
        let reading = ACESReading(ACESSample.file([ACESSample.everything]))
        let expected = Fitment(
            sku: "AB 12",
            vehicle: VehicleSelector(
                yearFrom: 2018, yearTo: 2022, makeID: 54, make: "Ford", modelID: 688, model: "Mustang",
                submodelID: 39, submodel: "GT"),
            attributes: [
                VehicleAttribute(kind: .bodyDoors, id: 2), VehicleAttribute(kind: .engineBase, id: 9, name: "5.0L"),
                VehicleAttribute(kind: .region, id: 1),
            ],
            qualifiers: [
                Qualifier(
                    id: 5, text: "With a b",
                    parameters: [
                        QualifierParameter(value: "10", unit: "mm", alternativeValue: "0.4", alternativeUnit: "in"),
                        QualifierParameter(value: "2"),
                    ]), Qualifier(id: 6, text: "Other"),
            ],
            notes: [
                FitmentNote(text: "First note with more words"), FitmentNote(text: "Deuxième", id: 3, language: "fr"),
            ],
            quantity: 2, partTypeID: 1896, partType: "Rotor", positionID: 22, position: "Front",
            manufacturerLabel: "Best", displayOrder: 4, assetName: "IMG1", assetOrder: 3, assetReference: "A",
            unvalidated: true, reference: "R & 1", partBrandCode: "BMNN", partSubBrandCode: "BMNP")
        #expect(reading.records == [CatalogRecord(line: 3, content: .fitment(expected, .add))])
        #expect(reading.fault == nil && reading.declaredCount == 1)
        #expect(reading.header == CatalogFileHeader(mode: .update, document: "Brakes", isTest: false))
    }

    @Test("each way to name a vehicle is taken")
    func vehicles() {
        let ways: [(String, VehicleSelector)] = [
            (#"<BaseVehicle id="1"/>"#, VehicleSelector(baseVehicleID: 1)),
            (#"<BaseVehicle id="1"/><SubModel id="2"/>"#, VehicleSelector(baseVehicleID: 1, submodelID: 2)),
            (
                #"<Years from="1896" to="2100"/><Make id="3"/>"#,
                VehicleSelector(yearFrom: 1896, yearTo: 2100, makeID: 3)
            ),
            (
                #"<Years from="2001" to="2001"/><Make id="3"/><VehicleType id="5"/>"#,
                VehicleSelector(yearFrom: 2001, yearTo: 2001, makeID: 3, vehicleTypeID: 5)
            ),
            (
                #"<Years from="2001" to="2001"/><Make id="3"/><Model id="4"/>"#,
                VehicleSelector(yearFrom: 2001, yearTo: 2001, makeID: 3, modelID: 4)
            ),
            (#"<EquipmentBase id="2147483647"/>"#, VehicleSelector(equipmentBaseID: 2_147_483_647)),
            (
                #"<Mfr id="1"/><EquipmentModel id="2"/><VehicleType id="3"/><ProductionYears ProductionStart="1999"/>"#,
                VehicleSelector(
                    vehicleTypeID: 3, equipmentManufacturerID: 1, equipmentModelID: 2, productionStart: 1999)
            ),
        ]
        let applications = ways.indices.map { ACESSample.application(ways[$0].0, id: "\($0 + 1)") }
        let reading = ACESReading(ACESSample.file(applications))
        #expect(reading.refusals.isEmpty)
        #expect(reading.added.map(\.vehicle) == ways.map(\.1))
    }

    @Test("each vehicle attribute is taken for its kind")
    func attributes() {
        let names = [
            "MfrBodyCode", "BodyNumDoors", "BodyType", "DriveType", "EngineBase", "EngineBlock", "EngineBoreStroke",
            "EngineDesignation", "EngineVIN", "EngineVersion", "EngineMfr", "PowerOutput", "ValvesPerEngine",
            "FuelDeliveryType", "FuelDeliverySubType", "FuelSystemControlType", "FuelSystemDesign", "Aspiration",
            "CylinderHeadType", "FuelType", "IgnitionSystemType", "TransmissionMfrCode", "TransmissionBase",
            "TransmissionType", "TransmissionControlType", "TransmissionNumSpeeds", "TransElecControlled",
            "TransmissionMfr", "BedLength", "BedType", "WheelBase", "BrakeSystem", "FrontBrakeType", "RearBrakeType",
            "BrakeABS", "FrontSpringType", "RearSpringType", "SteeringSystem", "SteeringType", "Region",
        ]
        let applications = names.indices.map {
            ACESSample.application(#"<BaseVehicle id="1"/>"#, #"<\#(names[$0]) id="\#($0 + 7)"/>"#, id: "\($0 + 1)")
        }
        let reading = ACESReading(ACESSample.file(applications))
        #expect(
            reading.added.map(\.attributes)
                == names.indices.map {
                    [VehicleAttribute(kind: VehicleAttributeKind(rawValue: Int32($0 + 1)), id: UInt32($0 + 7))]
                })
    }

    @Test("the names of ACES 5.0 are taken for the former ones, and its longer part numbers")
    func fifthVersion() {
        let part = String(repeating: "P", count: 48)
        let application = ACESSample.application(
            partType: #"<PartTerminology id="5"/>"#, part: #"<PartNumber BrandID="BMNN">\#(part)</PartNumber>"#)
        let reading = ACESReading(ACESSample.file([application], version: "5.0"))
        #expect(reading.added.map(\.sku) == [part] && reading.added.map(\.partTypeID) == [5])
        #expect(reading.added.map(\.partBrandCode) == ["BMNN"])
        #expect(ACESReading(ACESSample.file([application])).refusals.map(\.field) == ["Part"])
    }

    @Test("a deletion is one, whatever else the file has gives no record")
    func deletion() {
        let deletion = ACESSample.application().replacing(#"action="A""#, with: #"action="D""#)
        let asset = #"<Asset action="A" id="1"><BaseVehicle id="1"/><AssetName>X</AssetName></Asset>"#
        let digital =
            "<DigitalAsset><DigitalFileInformation><FileName>f</FileName></DigitalFileInformation></DigitalAsset>"
        let reading = ACESReading(ACESSample.file([deletion, asset + digital], count: " 1 "))
        #expect(reading.fault == nil && reading.declaredCount == 1 && reading.records.count == 1)
        guard case .fitment(_, .delete) = reading.records.first?.content else {
            Issue.record("it is no deletion")
            return
        }
    }

    @Test("the kind of a file is compared without case", arguments: ["FULL", "Full", "update", "Test"])
    func kinds(_ kind: String) {
        let file = ACESSample.file([ACESSample.application()]).replacing(">Update<", with: "> \(kind)\n<")
        let expected: [String: CatalogFileHeader] = [
            "full": CatalogFileHeader(mode: .full, document: "Brakes"),
            "update": CatalogFileHeader(mode: .update, document: "Brakes"),
            "test": CatalogFileHeader(document: "Brakes", isTest: true),
        ]
        #expect(ACESReading(file).header == expected[kind.lowercased()])
    }

    @Test("what is left out without being misread is no fault")
    func tolerance() {
        let application = ACESSample.application(
            #"<BaseVehicle id=" +0001 ">1997 Neon</BaseVehicle>"#, "<Note> </Note>", quantity: "")
        let fitment = Fitment(sku: "P1", vehicle: VehicleSelector(baseVehicleID: 1), partTypeID: 1896)
        #expect(ACESReading(ACESSample.file([application])).added == [fitment])
        // The order of elements means nothing.
        let turned = #"<App action="A" id="1"><Part>P1</Part><PartType id="1896"/><BaseVehicle id="1"/></App>"#
        #expect(ACESReading(ACESSample.file([turned])).added == [fitment])
    }

    @Test("a file is the same in pieces of any size")
    func pieces() {
        let applications = [
            ACESSample.everything, ACESSample.application(id: "8"), ACESSample.application(id: "8"),
            ACESSample.application(id: "x"),
        ]
        let file = ACESSample.file(applications)
        let whole = ACESReading(file)
        #expect(whole.records.count == 4 && whole.refusals.count == 2 && whole.fault == nil)
        for size in [1, 2, 3, 7, 64, 1_000] { #expect(ACESReading(file, pieceBytes: size) == whole, "\(size)") }
    }

    @Test("records that nobody asked for wait for the next pieces")
    func waiting() throws {
        let file = ACESSample.file((1...3).map { ACESSample.application(id: "\($0)") })
        let reader = try ACESReader()
        for byte in file.utf8 { try reader.append([byte]) }
        try reader.complete()
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 3 && reader.declaredCount == 3)
    }

    @Test("a file larger than a block is read piece by piece")
    func large() throws {
        let file = Array(ACESSample.file((1...5_000).map { ACESSample.application(id: "\($0)") }).utf8)
        let whole = ACESReading(file, pieceBytes: file.count)
        #expect(whole.records.count == 5_000 && whole.fault == nil)
        #expect(whole.records.map(\.line) == (3...5_002).map { Int64($0) })
        #expect(ACESReading(file, pieceBytes: 4_095) == whole)
    }
}
