import Foundation
import TestSupport
import Testing

@testable import Vehicles

@Suite("Damaged tables are refused, and whatever they hold nothing traps", .processorBound)
struct VehicleTablesTests {
    /// Uses everything that tables offer.
    private func use(_ tables: VehicleTables) throws {
        for text in ["1XXACC5B0CP000001", "2XXZAAAA0FP000001", "1X9AAAAA0CP001001"] {
            _ = tables.describe(try .checked(text), currentYear: 2026).stillToAsk
        }
        for make in tables.catalog.makes.prefix(5) {
            for model in make.models.prefix(5) {
                _ = tables.catalog.find(make: make.name, model: model.name, year: 2012).description
                _ = make.configurations(ofModel: model.name)?.engines.map(\.description)
            }
            _ = make.nearestModels(to: "Roomer")
        }
    }

    @Test("the embedded tables are read, and have what they say")
    func embedded() throws {
        let tables = try VehicleTables.embedded
        #expect(tables.catalog.makes.count > 400)
        #expect(tables.catalog.makes.map(\.models.count).reduce(0, +) > 4_000)
    }

    @Test("bytes that are something else are of an unknown format")
    func unknown() throws {
        for bytes in [[], [0], Array("DRVEHIC\u{2}".utf8), Array(repeating: 0, count: 100)] as [[UInt8]] {
            let error = #expect(throws: VehicleTablesError.self) { try VehicleTables(file: bytes) }
            #expect(error?.code == .unknownFormat)
        }
    }

    @Test("a file that ends early, or goes on, is refused, wherever that is")
    func truncated() throws {
        let file = try SmallTables.exampleFile.get()
        for length in 8..<file.count {
            let error = #expect(throws: VehicleTablesError.self) { try VehicleTables(file: Array(file.prefix(length))) }
            #expect(error?.code == .damaged)
        }
        #expect(throws: VehicleTablesError.self) { try VehicleTables(file: file + [0]) }
    }

    @Test("no change of a byte goes unnoticed")
    func changed() throws {
        let file = try SmallTables.exampleFile.get()
        for place in file.indices {
            var other = file
            other[place] ^= 1 << UInt8(place % 8)
            #expect(throws: VehicleTablesError.self, "\(place)") { try VehicleTables(file: other) }
        }
    }

    @Test("what has a right checksum and wrong content is refused or can be used, and never traps")
    func wrongContent() throws {
        var generator = SeededGenerator(seed: testSeed())
        let file = try SmallTables.exampleFile.get()
        let payload = Array(file[TableReader.headerBytes...])
        var refused = 0
        for _ in 0..<6_000 {
            var other = payload
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: other.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: other[place] = .random(in: 0...255, using: &generator)
                case 1: other[place] = other[place] &+ 1
                case 2: other.remove(at: place)
                default: other.insert(.random(in: 0...255, using: &generator), at: place)
                }
            }
            do {
                try self.use(VehicleTables(reader: TableReader(payload: other)))
            } catch let error as VehicleTablesError {
                #expect(error.code == .damaged)
                refused += 1
            }
        }
        #expect((1_000..<6_000).contains(refused))
    }

    @Test("the checksum is that of gzip")
    func checksum() {
        #expect(Checksum.crc32(Array("123456789".utf8)[...]) == 0xCBF4_3926)
        #expect(Checksum.crc32([]) == 0)
    }

    @Test("the script gives the same bytes for the same files")
    func deterministic() throws {
        #expect(try SmallTables.example.file() == SmallTables.exampleFile.get())
    }

    @Test(
        "the script refuses what it cannot understand",
        arguments: [
            "1XX,A(B),2012,2999,Example,Roamer,,,,", "1XX,A[Z-A],2012,2999,Example,Roamer,,,,",
            "1XX,ABCDEABCDEABCDE,2012,2999,Example,Roamer,,,,", "9XX,A,2012,2999,Example,Roamer,,,,",
            "1XX,A,soon,2999,Example,Roamer,,,,", "1XX,A,2012",
        ])
    func refused(_ row: String) {
        var tables = SmallTables.example
        tables.patterns += row + "\n"
        #expect(throws: Python.Failure.self) { try tables.file() }
    }
}
