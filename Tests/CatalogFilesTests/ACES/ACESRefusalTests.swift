import CatalogFiles
import CatalogMessages
import TestSupport
import Testing

@testable import struct CatalogFiles.ApplicationNumbers

@Suite("Bad ACES files and applications are refused with line and reason", .processorBound) struct ACESRefusalTests {
    private static let vehicle = #"<BaseVehicle id="1"/>"#

    /// Applications, and the element or attribute that is at fault.
    static let bad: [(String, String)] = [
        (ACESSample.application(#"<BaseVehicle id="1"/>"#, #"<Wheels id="1"/>"#), "Wheels"),
        (ACESSample.application(#"<BaseVehicle id="1"/>"#, "<Header/>"), "Header"),
        (ACESSample.application(#"<BaseVehicle id="1"/>"#, "loose"), "App"),
        (ACESSample.application(#"<BaseVehicle id="1"/>"#, #"<BodyType id="1"/><BodyType id="1"/>"#), "BodyType"),
        (ACESSample.application(rest: "<Part>P2</Part>"), "Part"),
        (ACESSample.application(rest: "<PartNumber>P2</PartNumber>"), "Part"),
        (ACESSample.application(#"<BaseVehicle id="1" year="2"/>"#), "BaseVehicle/@year"),
        (ACESSample.application(partType: ""), "PartType"),
        (ACESSample.application(part: ""), "Part"),
        (ACESSample.application(part: "<Part/>"), "Part"),
        (ACESSample.application(part: "<Part> \n </Part>"), "Part"),
        (ACESSample.application(part: "<Part>\(String(repeating: "é", count: 46))</Part>"), "Part"),
        (ACESSample.application(part: "<Part>\(String(repeating: "é", count: 45))</Part>"), "Part"),
        (ACESSample.application(part: #"<Part BrandAAIAID="bm">P</Part>"#), "Part"),
        (ACESSample.application(""), "BaseVehicle"),
        (ACESSample.application(#"<Make id="1"/>"#), "Make"),
        (ACESSample.application(#"<Years from="2001" to="2002"/>"#), "Years"),
        (ACESSample.application(#"<BaseVehicle id="1"/><Make id="1"/>"#), "BaseVehicle"),
        (ACESSample.application(#"<Mfr id="1"/><EquipmentModel id="1"/>"#), "Mfr"),
        (ACESSample.application(#"<Years from="2001" to="2002"/><Make id="1"/><SubModel id="2"/>"#), "SubModel"),
        (ACESSample.application("<BaseVehicle/>"), "BaseVehicle/@id"),
        (ACESSample.application(#"<BaseVehicle id="0"/>"#), "BaseVehicle/@id"),
        (ACESSample.application(#"<BaseVehicle id="-1"/>"#), "BaseVehicle/@id"),
        (ACESSample.application(#"<BaseVehicle id="1.0"/>"#), "BaseVehicle/@id"),
        (ACESSample.application(#"<BaseVehicle id=""/>"#), "BaseVehicle/@id"),
        (ACESSample.application(#"<BaseVehicle id="2147483648"/>"#), "BaseVehicle/@id"),
        (ACESSample.application(#"<BaseVehicle id="99999999999999999999999"/>"#), "BaseVehicle/@id"),
        (ACESSample.application(partType: #"<PartType id="100000000"/>"#), "PartType/@id"),
        (ACESSample.application(#"<Years from="0" to="2002"/><Make id="1"/>"#), "Years/@from"),
        (ACESSample.application(#"<Years from="2001" to="9999"/><Make id="1"/>"#), "Years/@to"),
        (ACESSample.application(#"<Years from="1895" to="2001"/><Make id="1"/>"#), "Years/@from"),
        (ACESSample.application(#"<Years from="2003" to="2002"/><Make id="1"/>"#), "Years/@to"),
        (ACESSample.application(#"<Years to="2002"/><Make id="1"/>"#), "Years/@from"),
        (ACESSample.application(#"<Years from="2002"/><Make id="1"/>"#), "Years/@to"),
        (
            ACESSample.application(
                #"<Mfr id="1"/><EquipmentModel id="1"/><VehicleType id="1"/>"#
                    + #"<ProductionYears ProductionStart="2002" ProductionEnd="2001"/>"#),
            "ProductionYears/@ProductionEnd"
        ),
        (ACESSample.application(quantity: "<Qty>0</Qty>"), "Qty"),
        (ACESSample.application(quantity: "<Qty>two</Qty>"), "Qty"),
        (ACESSample.application(quantity: "<Qty>10000</Qty>"), "Qty"),
        (ACESSample.application(rest: "<DisplayOrder>-4</DisplayOrder>"), "DisplayOrder"),
        (ACESSample.application(attributes: #" validate="maybe""#), "App/@validate"),
        (ACESSample.application(attributes: #" colour="red""#), "App/@colour"),
        (ACESSample.application(id: "0"), "App/@id"),
        (ACESSample.application(Self.vehicle, "<Note>\(String(repeating: "n", count: 8_001))</Note>"), "Note"),
        (ACESSample.application(Self.vehicle, #"<Note id="1"/>"#), "Note"),
        (ACESSample.application(Self.vehicle, String(repeating: "<Note>n</Note>", count: 51)), "Note"),
        (ACESSample.application(Self.vehicle, #"<Qual id="1"><param/><text/></Qual>"#), "Qual/param/@value"),
        (ACESSample.application(Self.vehicle, "<Qual><text>a</text></Qual>"), "Qual/@id"),
        (ACESSample.application(Self.vehicle, #"<Qual id="1"><text/><text/></Qual>"#), "Qual/text"),
        (ACESSample.application(Self.vehicle, #"<Qual id="1">a</Qual>"#), "Qual"),
        (ACESSample.application(Self.vehicle, #"<Qual id="1"><note/></Qual>"#), "note"),
        (
            ACESSample.application(Self.vehicle, #"<Qual id="1"><param value="1" uom="long"/></Qual>"#),
            "Qual/param/@uom"
        ),
        (
            ACESSample.application(Self.vehicle, #"<TransmissionBase id="1"/><TransmissionType id="2"/>"#),
            "TransmissionType"
        ),
        (#"<App id="1"><BaseVehicle id="1"/><PartType id="1"/><Part>P1</Part></App>"#, "App/@action"),
        (#"<App action="X" id="1"><BaseVehicle id="1"/><PartType id="1"/><Part>P1</Part></App>"#, "App/@action"),
        (#"<App action="A"><BaseVehicle id="1"/><PartType id="1"/><Part>P1</Part></App>"#, "App/@id"),
    ]

    @Test("a bad application is refused by itself", arguments: Self.bad)
    func application(_ application: String, _ field: String) throws {
        let good = ACESSample.application(id: "9")
        let reading = ACESReading(ACESSample.file([good, application, ACESSample.application(id: "10")]))
        #expect(reading.fault == nil && reading.records.count == 3 && reading.added.count == 2)
        let refusal = try #require(reading.refusals.first)
        #expect(refusal.line == 4 && refusal.field == field && refusal.reason == .invalidFitment, "\(refusal)")
        #expect(!refusal.message.isEmpty)
    }

    @Test("a number that comes twice refuses its second application")
    func numbers() {
        let ids = ["1", "2", "4", "3", "3", "2", "5", "5"]
        let reading = ACESReading(ACESSample.file(ids.map { ACESSample.application(id: $0) }))
        #expect(reading.refusals.map(\.line) == [7, 8, 10])
        #expect(reading.refusals.allSatisfy { $0.field == "App/@id" && $0.sku == "P1" })
    }

    @Test("numbers are found again, in any order, up to a limit")
    func numberSet() {
        var generator = SeededGenerator(seed: testSeed())
        var numbers = ApplicationNumbers()
        var seen: Set<UInt32> = []
        for _ in 0..<5_000 {
            let number = UInt32.random(in: 1...4_000, using: &generator)
            #expect(numbers.insert(number) == (seen.insert(number).inserted ? .new : .taken))
        }
        var few = ApplicationNumbers(maximum: 2)
        #expect([1, 2, 4, 5, 3, 6].map { few.insert($0) } == [.new, .new, .new, .new, .full, .new])
        #expect(few.insert(.max) == .full)
    }

    @Test("a note of ten megabytes refuses its application only")
    func longNote() {
        let note = "<Note>" + String(repeating: "note ", count: 2_000_000) + "</Note>"
        let application = ACESSample.application(Self.vehicle, note)
        let reading = ACESReading(ACESSample.file([application, ACESSample.application(id: "2")]))
        #expect(reading.fault == nil && reading.refusals.map(\.field) == ["Note"] && reading.added.count == 1)
    }

    private static let good = ACESSample.file([ACESSample.application()])

    /// Files, and the codes of their faults.
    static let faults: [(String, String, Int64)] = [
        ("", "truncated", 1),
        ("<PIES/>", "wrong-root", 1),
        ("<ACES/>", "version", 1),
        (#"<ACES version="2.0"/>"#, "version", 1),
        (#"<ACES version="4.x"/>"#, "version", 1),
        (#"<ACES version="44"/>"#, "version", 1),
        (#"<ACES version="4.2"></ACES>"#, "header", 1),
        ("<!DOCTYPE ACES><ACES version='4.2'/>", "doctype", 1),
        ("<ACES version='4.2'>&lots;</ACES>", "malformed-xml", 1),
        ("<?xml version='1.0' encoding='ISO-8859-5'?><ACES version='4.2'/>", "encoding", 1),
        (Self.good.replacing("</App>", with: "</Ap>"), "malformed-xml", 3),
        (Self.good + "<ACES/>", "malformed-xml", 4),
        (Self.good.replacing(ACESSample.header, with: ""), "header", 3),
        (Self.good.replacing(ACESSample.header, with: ACESSample.header + ACESSample.header), "header", 2),
        (Self.good.replacing("<Footer>", with: "<Extra/><Footer>"), "structure", 4),
        (Self.good.replacing("<Footer>", with: "text<Footer>"), "structure", 3),
        (Self.good.replacing("</Footer>", with: "</Footer><App/>"), "structure", 4),
        (Self.good.replacing("Update", with: "PARTIAL"), "submission-type", 2),
        (Self.good.replacing("<SubmissionType>Update</SubmissionType>", with: ""), "submission-type", 2),
        (Self.good.replacing("<RecordCount>1</RecordCount>", with: ""), "record-count", 4),
        (Self.good.replacing("<Footer><RecordCount>1</RecordCount></Footer>", with: ""), "record-count", 4),
        (ACESSample.file([ACESSample.application()], count: "one"), "record-count", 4),
        (ACESSample.file([ACESSample.application()], count: "-1"), "record-count", 4),
        (ACESSample.file([ACESSample.application()], count: ""), "record-count", 4),
    ]

    @Test("a file that cannot be taken is a fault", arguments: Self.faults)
    func fault(_ file: String, _ code: String, _ line: Int64) {
        let reading = ACESReading(file)
        #expect(reading.fault?.code == code && reading.fault?.line == line, "\(String(describing: reading.fault))")
        #expect(ACESReading(file, pieceBytes: 1) == reading)
    }

    @Test("a file that is cut at any byte is a fault, with the records before it")
    func truncation() {
        let file = Array(
            ACESSample.file([ACESSample.application(), ACESSample.everything, ACESSample.application(id: "3")]).utf8)
        let whole = ACESReading(file)
        #expect(whole.fault == nil && whole.records.count == 3)
        for count in file.indices {
            let reading = ACESReading(Array(file[..<count]))
            #expect(reading.fault?.code == "truncated", "\(count): \(String(describing: reading.fault))")
            #expect(reading.records == Array(whole.records.prefix(reading.records.count)), "\(count)")
        }
    }

    @Test("bytes that change by chance never trap, and read alike in pieces")
    func mutations() {
        var generator = SeededGenerator(seed: testSeed())
        let file = Array(ACESSample.file([ACESSample.everything, ACESSample.application()]).utf8)
        let alphabet = Array("<>/\"'=&;0123456789 AZ\n\0".utf8) + [0xC3, 0xFF]
        for _ in 0..<2_000 {
            var changed = file
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: changed.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: changed[place] = alphabet.randomElement(using: &generator) ?? 0
                case 1: changed.remove(at: place)
                default: changed.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
                }
            }
            let whole = ACESReading(changed)
            #expect(ACESReading(changed, pieceBytes: 13) == whole)
        }
    }
}
