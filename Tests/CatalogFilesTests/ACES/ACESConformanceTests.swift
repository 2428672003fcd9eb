import CatalogFiles
import CatalogMessages
import Foundation
import Gzip
import TestSupport
import Testing

@Suite("A real ACES file", .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)), .processorBound)
struct ACESConformanceTests {
    @Test("gives as many fitments, and of each element as many, as were counted by other means")
    func counts() throws {
        let reading = ACESReading(try Self.file())
        #expect(reading.fault == nil && reading.refusals.isEmpty)
        #expect(reading.header == CatalogFileHeader(mode: .full, document: "AirQualitee", isTest: false))
        let fitments = reading.added
        func count(_ kind: VehicleAttributeKind) -> Int {
            fitments.reduce(0) { $0 + $1.attributes.filter { $0.kind == kind }.count }
        }
        var counted: [String: Int] = [
            "app_elements": fitments.count, "footer_record_count": Int(reading.declaredCount ?? -1),
            "distinct_parts": Set(fitments.map(\.sku)).count,
            "distinct_base_vehicles": Set(fitments.compactMap { $0.vehicle?.baseVehicleID }).count,
            "elements_BaseVehicle": fitments.filter { $0.vehicle?.baseVehicleID ?? 0 > 0 }.count,
            "elements_Qty": fitments.filter { $0.quantity > 0 }.count,
            "elements_PartType": fitments.filter { $0.partTypeID > 0 }.count,
            "elements_Position": fitments.filter { $0.positionID > 0 }.count,
            "elements_Part": fitments.filter { !$0.sku.isEmpty }.count,
            "elements_Note": fitments.reduce(0) { $0 + $1.notes.count },
            "elements_SubModel": fitments.filter { $0.vehicle?.submodelID ?? 0 > 0 }.count,
            "elements_EngineBase": count(.engineBase), "elements_EngineDesignation": count(.engineDesignation),
            "elements_BodyType": count(.bodyType), "elements_Region": count(.region),
            "elements_FuelType": count(.fuelType),
        ]
        for type in [6832, 11292, 14335, 12819] {
            counted["apps_part_type_\(type)"] = fitments.filter { $0.partTypeID == type }.count
        }
        for position in [1, 341_221] {
            counted["apps_with_position_\(position)"] = fitments.filter { $0.positionID == position }.count
        }
        let table = CSVTable(
            try String(contentsOf: SharedData.file("data/aces-pies/airqualitee-expected-counts.csv"), encoding: .utf8))
        var compared = 0
        for row in table.rows {
            guard let number = counted[row[0]] else { continue }
            #expect("\(number)" == row[1], "\(row[0])")
            compared += 1
        }
        #expect(compared == counted.count)
    }

    @Test("is the same in pieces of any size")
    func pieces() throws {
        let file = try Self.file()
        let whole = ACESReading(file)
        #expect(ACESReading(file, pieceBytes: 997) == whole && ACESReading(file, pieceBytes: file.count) == whole)
    }

    @Test("is written again with the same fitments, and as the schema has it")
    func writing() throws {
        let fitments = ACESReading(try Self.file()).added
        let file = try ACESWriterTests.file(fitments)
        #expect(ACESReading(file).added == fitments)
        let structure = try SchemaStructure("ACES", "4.2")
        #expect(try structure.faults(of: file) == [])
    }

    @Test("fitments with every field are written as the schema has it")
    func schema() throws {
        var random = RandomACESFitments(SeededGenerator(seed: testSeed()))
        let structure = try SchemaStructure("ACES", "4.2")
        #expect(try structure.faults(of: ACESWriterTests.file((0..<500).map { _ in random.fitment() })) == [])
        // The check itself: an element at another place, one too many, one too few.
        let file = String(decoding: try ACESWriterTests.file([random.fitment()]), as: UTF8.self)
        #expect(try !structure.faults(of: Array(file.replacing("<Qty>", with: "<Qty>1</Qty><Qty>").utf8)).isEmpty)
        #expect(try !structure.faults(of: Array(file.replacing("TransferDate", with: "MfrCode").utf8)).isEmpty)
        #expect(try !structure.faults(of: Array(file.replacing(#" action="A""#, with: "").utf8)).isEmpty)
    }

    static func file() throws -> [UInt8] {
        let file = SharedData.file("data/aces-pies/aces-3.1-airqualitee-full-2017-01-12.xml.gz")
        let decoder = try GzipDecoder(GzipDecoder.Limits(bytes: 64 << 20))
        decoder.append(Array(try Data(contentsOf: file)))
        var bytes: [UInt8] = []
        while let piece = try decoder.next() { bytes += piece }
        try decoder.complete()
        return bytes
    }
}
