import CatalogMessages
import Foundation
import Gzip
import TestSupport
import Testing

@testable import CatalogDomain

/// Reviews a real catalog, whose findings are known one by one.
@Suite(
    "A real catalog has exactly the findings that are known of it",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)), .processorBound)
struct FitmentReviewConformanceTests {
    private struct Finding: Hashable {
        let kind: String
        let baseVehicleID: String
        let partTypeID: String
        let positionID: String
        let applications: [String]
        let parts: [String]
    }

    @Test("211 overlaps, 545 of conditions beside none, no duplicate, group by group")
    func airQualitee() throws {
        let applications = try self.applications()
        #expect(applications.count == 6_512)
        let sorted = applications.map { ReviewedFitment($0.fitment, sku: $0.part, reference: $0.id, nil) }
            .sorted {
                ($0.vehicleKey, $0.reviewKey, Int($0.reference)!) < ($1.vehicleKey, $1.reviewKey, Int($1.reference)!)
            }
        var review = FitmentReview([.overlap, .duplicate, .commentNoComment, .gap, .unknownVehicle], nil)
        var findings: [FitmentFinding] = []
        for fitment in sorted { findings += review.add(fitment) }
        findings += review.finish()
        let found = findings.map { finding in
            Finding(
                kind: finding.kind == .overlap ? "overlap" : finding.kind == .commentNoComment ? "cnc" : "other",
                baseVehicleID: "\(finding.vehicle?.baseVehicleID ?? 0)", partTypeID: "\(finding.partTypeID)",
                positionID: "\(finding.positionID)", applications: finding.fitmentIDs, parts: finding.skus)
        }
        let expected = try self.expected()
        #expect(found.count == 756 && found.count { $0.kind == "overlap" } == 211)
        #expect(found.count { $0.kind == "cnc" } == 545)
        #expect(Set(found).symmetricDifference(expected) == [])
    }

    private func expected() throws -> Set<Finding> {
        let path = "data/aces-pies/airqualitee-expected-conflicts.csv"
        let table = CSVTable(try String(contentsOf: SharedData.file(path), encoding: .utf8))
        let names = ["kind", "base_vehicle_id", "part_type_id", "position_id", "app_ids", "parts"]
        let columns = try names.map { try #require(table.column($0)) }
        return Set(
            table.rows.map { row in
                let values = columns.map { row[$0] }
                return Finding(
                    kind: values[0], baseVehicleID: values[1], partTypeID: values[2], positionID: values[3],
                    applications: values[4].split(separator: "|").map(String.init),
                    parts: Set(values[5].split(separator: "|").map(String.init)).sorted())
            })
    }

    private func applications() throws -> [(id: String, part: String, fitment: Fitment)] {
        let path = "data/aces-pies/aces-3.1-airqualitee-full-2017-01-12.xml.gz"
        let decoder = try GzipDecoder(.init(bytes: 1 << 26))
        decoder.append(Array(try Data(contentsOf: SharedData.file(path))))
        var bytes: [UInt8] = []
        while let piece = try decoder.next() { bytes += piece }
        try decoder.complete()
        let text = try #require(String(bytes: bytes, encoding: .isoLatin1))
        return text.components(separatedBy: "<App ").dropFirst().map { application in
            let record = application.components(separatedBy: "</App>")[0]
            let id = record.firstMatch(of: /id="(\d+)"/).map { String($0.1) } ?? ""
            var fitment = Fitment(vehicle: VehicleSelector())
            var part = ""
            for match in record.matches(of: /<(\w+)(?: id="(\d+)")?[^>]*?(?:\/>|>([^<]*)<)/) {
                let number = match.2.flatMap { UInt32($0) } ?? 0
                switch match.1 {
                case "BaseVehicle": fitment.vehicle?.baseVehicleID = number
                case "SubModel": fitment.vehicle?.submodelID = number
                case "PartType": fitment.partTypeID = number
                case "Position": fitment.positionID = number
                case "Note": fitment.notes.append(FitmentNote(text: String(match.3 ?? "")))
                case "Part": part = String(match.3 ?? "")
                case "EngineBase": fitment.attributes.append(VehicleAttribute(kind: .engineBase, id: number))
                case "EngineDesignation":
                    fitment.attributes.append(VehicleAttribute(kind: .engineDesignation, id: number))
                case "BodyType": fitment.attributes.append(VehicleAttribute(kind: .bodyType, id: number))
                case "Region": fitment.attributes.append(VehicleAttribute(kind: .region, id: number))
                case "FuelType": fitment.attributes.append(VehicleAttribute(kind: .fuelType, id: number))
                default: break
                }
            }
            return (id, part, fitment)
        }
    }
}
