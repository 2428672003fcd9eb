import Foundation
import Gzip
import TestSupport
import Testing

@testable import Vehicles

/// Compares with the files that the tables were made of, and with what another decoder tells.
@Suite(
    "The embedded tables say what their sources say",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)), .processorBound)
struct VehiclesConformanceTests {
    private static let currentYear = 2026

    private func table(_ path: String) throws -> CSVTable {
        let data = Array(try Data(contentsOf: SharedData.file(path)))
        guard path.hasSuffix(".gz") else { return CSVTable(String(decoding: data, as: UTF8.self)) }
        let decoder = try GzipDecoder(.init(bytes: 1 << 28))
        decoder.append(data)
        var bytes: [UInt8] = []
        while let piece = try decoder.next() { bytes += piece }
        try decoder.complete()
        return CSVTable(String(decoding: bytes, as: UTF8.self))
    }

    @Test(
        "each VIN of the vectors is decoded right in year, make and model, also with a wrong check digit, and years later",
        arguments: [2024, 2026, 2030])
    func vectors(_ currentYear: Int) throws {
        let vectors = try self.table("data/vin/vin-decode-vectors.csv")
        let names = ["vin", "check_digit_valid", "model_year", "make", "model"]
        let columns = try names.map { try #require(vectors.column($0)) }
        let decoder = try VehicleTables.embedded.decoder
        var wrongDigits = 0
        for row in vectors.rows {
            let values = columns.map { row[$0] }
            let decoding = decoder.decode(try VIN(values[0]), currentYear: currentYear)
            #expect(decoding.modelYear.map { String($0) } == values[2], "\(row)")
            #expect(decoding.make?.lowercased() == values[3].lowercased(), "\(row)")
            // Some of the expected ones have series and trim behind the model.
            let model = decoding.model?.lowercased() ?? "none"
            #expect(values[4].lowercased().hasPrefix(model), "\(row) \(model)")
            #expect(decoding.vin.hasValidCheckDigit == (values[1] == "Y"), "\(row)")
            wrongDigits += decoding.findings.contains { $0.code == .checkDigit } ? 1 : 0
        }
        #expect(vectors.rows.count >= 300)
        #expect(wrongDigits == vectors.rows.count { $0[columns[1]] == "N" } && wrongDigits > 20)
    }

    @Test("a decoding is that of the rows of the source, one by one")
    func rows() throws {
        var generator = SeededGenerator(seed: testSeed())
        let reference = try ReferenceDecoder(
            manufacturers: self.table("data/vin/wmi-vpic.csv"),
            patterns: self.table("data/vin/vpic-vds-patterns.csv.gz"))
        let decoder = try VehicleTables.embedded.decoder
        let identifiers = reference.rows.keys.sorted()
        var models = 0
        for _ in 0..<1_500 {
            let wmi = try #require(identifiers.randomElement(using: &generator))
            let row = try #require(reference.rows[wmi]?.randomElement(using: &generator))
            let vin = try self.vin(wmi: wmi, row.pattern, year: row.years.lowerBound, using: &generator)
            let ours = decoder.decode(vin, currentYear: Self.currentYear)
            let year = try #require(ours.modelYear)
            #expect(ours.fields == reference.decode(vin.text, wmi: wmi, year: year), "\(vin.text) \(year)")
            models += ours.model == nil ? 0 : 1
        }
        #expect(models > 500)
    }

    /// A VIN that a pattern matches at least in its first part, and of its first year.
    private func vin(
        wmi: String, _ pattern: String, year: Int, using generator: inout SeededGenerator
    ) throws -> VIN {
        var characters = Array(try VIN.random(using: &generator, beginning: String(wmi.prefix(3))).text)
        if wmi.count == 6 { characters.replaceSubrange(11..<14, with: wmi.dropFirst(3)) }
        var place = 3
        var rest = Array(pattern)[...]
        while let character = rest.popFirst(), place < 8 {
            if character == "[" {
                characters[place] = rest.first ?? "0"
                rest = rest.drop { $0 != "]" }.dropFirst()
            } else if character != "." {
                characters[place] = character
            }
            place += 1
        }
        let codes = Array("ABCDEFGHJKLMNPRSTVWXY123456789")
        characters[9] = codes[max(0, year - 1980) % codes.count]
        return try VIN(String(characters.map { "IOQ".contains($0) ? "0" : $0 }))
    }

    @Test("the script makes the embedded tables of the sources once more, byte by byte")
    func fresh() throws {
        let output = FileManager.default.temporaryDirectory.appending(path: "driveline-vehicles-\(UUID())")
        defer { try? FileManager.default.removeItem(at: output) }
        let made = try SmallTables.make(
            from: [SharedData.file("data/vin"), SharedData.file("data/vehicles")], output: output)
        #expect(made == VehicleTables.embeddedFile)
        let sources = Python.root.appending(path: "Sources/CVehicleTables/SOURCES.txt")
        #expect(try Data(contentsOf: output.appending(path: "SOURCES.txt")) == Data(contentsOf: sources))
    }

    @Test("each make and model of the sources is known in each year of a closed range")
    func ranges() throws {
        let ranges = try self.table("data/vehicles/vpic-make-model-year-ranges.csv.gz")
        let catalog = try VehicleTables.embedded.catalog
        for row in ranges.rows {
            let model = try #require(catalog.make(named: row[0])?.model(named: row[1]), "\(row)")
            let (first, last) = (try #require(Int(row[2])), try #require(Int(row[3])))
            // Two models may have one key, of which the first counts.
            guard model.name == row[1] else { continue }
            for year in last == 2_999 ? first...first : first...last {
                #expect(model.existence(in: year) == .attested, "\(row) \(year)")
            }
            if last == 2_999 { #expect(model.existence(in: 2_100) == .possible, "\(row)") }
        }
    }

    @Test("each configuration of the EPA's table is found by its make and its own model")
    func configurations() throws {
        let cars = try self.table("data/vehicles/epa-vehicles-1984-2020.csv.gz")
        let columns = try ["year", "make", "model", "displ"].map { try #require(cars.column($0)) }
        var tables: [String: [Int: Set<Int>]] = [:]
        for make in try VehicleTables.embedded.catalog.makes {
            for model in make.models {
                for configuration in make.configurations(ofModel: model.name)?.configurations ?? [] {
                    for year in configuration.years.spans.joined() {
                        tables[configuration.text, default: [:]][year, default: []].insert(
                            configuration.engine.displacementTenths ?? 0)
                    }
                }
            }
        }
        for row in cars.rows {
            let values = columns.map { row[$0] }
            let tenths = Int(((Double(values[3]) ?? 0) * 10).rounded())
            let year = try #require(Int(values[0]))
            #expect(tables[values[2]]?[year]?.contains(tenths) == true, "\(values)")
        }
    }
}
