import Foundation
import Gzip
import Money
import PricingDomain
import TestSupport
import Testing
import XML

@testable import PricingFiles

@Suite(
    "Prices in PIES are read and written as its schema says",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)), .processorBound)
struct PIESPriceConformanceTests {
    private func bytes(_ path: String) throws -> [UInt8] {
        let data = Array(try Data(contentsOf: SharedData.file(path)))
        guard path.hasSuffix(".gz") else { return data }
        let decoder = try GzipDecoder(.init(bytes: 1 << 28))
        decoder.append(data)
        var bytes: [UInt8] = []
        while let piece = try decoder.next() { bytes += piece }
        try decoder.complete()
        return bytes
    }

    @Test("the example of the shape is read with its three prices")
    func example() throws {
        let bytes = try self.bytes("data/aces-pies/pies-7.2-shape-example-synthetic.xml.gz")
        let choices = ["LST", "JBR", "RMP"].map { PIESListChoice(tradeCode: $0, listID: $0) }
        let reading = try PriceReading(pies: bytes, choices)
        #expect(reading.fault == nil && reading.refusals == [])
        let year = try period("2026-01-01", "2027-01-01")
        #expect(
            reading.prices == [
                FilePrice(
                    sku: "ZX1001", listID: "LST", period: year, amount: Amount(micros: 24_990_000), currency: "USD"),
                FilePrice(
                    sku: "ZX1001", listID: "JBR", minimumQuantity: 12, period: year, amount: Amount(micros: 12_500_000),
                    currency: "USD"),
                FilePrice(
                    sku: "ZX1001", listID: "RMP", period: year, amount: Amount(micros: 19_990_000), currency: "USD"),
            ])
    }

    @Test("what is written has the elements of the schema in its order, and those that it asks for")
    func order() throws {
        let table = try CSVTable(String(decoding: self.bytes("data/aces-pies/schema-structure.csv"), as: UTF8.self))
        var places: [String: Int] = [:]
        var required: [String: Set<String>] = [:]
        let columns = try ["standard", "version", "path", "min"].map { try #require(table.column($0)) }
        for (place, row) in table.rows.enumerated() where row[columns[0]] == "PIES" && row[columns[1]] == "7.2" {
            let path = row[columns[2]]
            places[path] = place
            let (parent, name) = Self.split(path)
            if row[columns[3]] == "1" { required[parent, default: []].insert(name) }
        }
        var random = SeededGenerator(seed: testSeed())
        let file = try PIESPriceWriterTests.file(RandomPrices.make(50, isWholeDays: true, using: &random))
        let xml = try XMLReader()
        var batch = XMLBatch()
        var events: [XMLEvent] = []
        try xml.read(file, into: &batch)
        events += batch.events
        try xml.complete(into: &batch)
        events += batch.events
        var path = ""
        var children: [[String]] = [[]]
        for event in events where event.kind != .text {
            if event.kind == .start {
                let name = try #require(xml.name(event.name))
                children[children.count - 1].append(name)
                path += "/\(name)"
                #expect(places[path] != nil, "\(path) is no element of the schema")
                children.append([])
            } else {
                let names = children.removeLast()
                let order = names.compactMap { places["\(path)/\($0)"] }
                #expect(order == order.sorted(), "\(path) has its elements in another order: \(names)")
                #expect(required[path, default: []].isSubset(of: names), "\(path) has \(names)")
                path = Self.split(path).parent
            }
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
