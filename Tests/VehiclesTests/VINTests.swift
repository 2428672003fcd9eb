import TestSupport
import Testing

@testable import Vehicles

@Suite("VINs are checked for their form, and printed without their serial number", .processorBound)
struct VINTests {
    @Test("small letters are capitals, and the parts are where they belong")
    func parts() throws {
        let vin = try VIN("1m8gdm9axkp042788")
        #expect(vin.text == "1M8GDM9AXKP042788")
        #expect(vin.manufacturerIdentifier == "1M8")
        #expect(vin.smallSeriesIdentifier == nil)
        #expect(vin.descriptor == "GDM9A")
        #expect((vin.checkDigit, vin.modelYearCode, vin.plantCode) == ("X", "K", "P"))
        #expect(vin.region == .northAmerica)
        #expect(try VIN("SB9AAAAAAAA123456").smallSeriesIdentifier == "SB9123")
    }

    @Test(
        "the check digit is computed by the rule",
        arguments: ["1M8GDM9AXKP042788", "11111111111111111", "00000000000000000"])
    func checkDigit(_ text: String) throws {
        #expect(try VIN(text).hasValidCheckDigit)
    }

    @Test("whichever one character is changed, the check digit tells, unless the letters count the same")
    func checkDigitTells() throws {
        var random = SeededGenerator(seed: testSeed())
        // Each group counts the same.
        let groups = ["AJ1", "BKS2", "CLT3", "DMU4", "ENV5", "FW6", "GPX7", "HY8", "RZ9", "0"]
        for _ in 0..<200 {
            let vin = try VIN.checked(VIN.random(using: &random).text)
            var characters = Array(vin.text)
            let place = Int.random(in: 0..<VIN.length, using: &random)
            let old = characters[place]
            characters[place] = Array("0123456789ABCDEFGHJKLMNPRSTUVWXYZ").randomElement(using: &random) ?? "0"
            let countsTheSame = groups.contains { $0.contains(old) && $0.contains(characters[place]) }
            let isSame = place == 8 ? old == characters[place] : countsTheSame
            #expect(try VIN(String(characters)).hasValidCheckDigit == isSame, "\(place) \(old) \(characters[place])")
        }
    }

    @Test(
        "I, O and Q are refused with the position and what was probably meant",
        arguments: [("I", "1"), ("o", "0"), ("Q", "0"), ("-", nil), ("é", nil), (" ", nil)] as [(String, Character?)])
    func characters(_ character: String, _ likely: Character?) throws {
        let error = #expect(throws: VINError.self) { try VIN("1M8GD" + character + "9AXKP042788") }
        #expect(error?.code == .character)
        #expect(error?.position == 6)
        #expect(error?.likelyCharacter == likely)
        #expect(error?.description.contains("character 6") ?? false)
        #expect(error?.description.contains("042788") == false)
    }

    @Test("another length than 17 is refused", arguments: [0, 1, 16, 18, 100_000])
    func length(_ count: Int) {
        let error = #expect(throws: VINError.self) { try VIN(String(repeating: "1", count: count)) }
        #expect(error?.code == .length)
        #expect(
            error?.description
                == "a VIN has 17 characters, and this one has \(count > 17 ? "more than 17" : "\(count)")")
    }

    @Test("neither interpolation nor reflection prints the serial number")
    func masked() throws {
        let vin = try VIN("1M8GDM9AXKP042788")
        var dumped = ""
        dump(vin, to: &dumped)
        for text in ["\(vin)", String(describing: vin), String(reflecting: vin), dumped] {
            #expect(text.contains("1M8GDM9AXKP******"))
            #expect(!text.contains("042788"))
        }
        let decoding = try VehicleTables.embedded.decoder.decode(vin, currentYear: 2026)
        #expect(!"\(decoding)".contains("042788"))
        dump(decoding, to: &dumped)
        #expect(!dumped.contains("042788"))
    }

    @Test("seventeen of any characters are a VIN or are refused, and never trap")
    func anything() throws {
        var generator = SeededGenerator(seed: testSeed())
        let odd = Array("0189AHIJOQZaiz-|. \u{0}é\u{1F697}e\u{301}")
        let decoder = try VehicleTables.embedded.decoder
        var decoded = 0
        for _ in 0..<2_000 {
            let characters = (0..<VIN.length).map { _ in odd.randomElement(using: &generator) ?? "0" }
            if let vin = try? VIN(String(characters)) {
                _ = decoder.decode(vin, currentYear: .random(in: .min ... .max, using: &generator))
                decoded += 1
            }
            let vin = try VIN.random(using: &generator)
            _ = decoder.decode(vin, currentYear: 2026)
        }
        #expect(decoded < 2_000)
    }
}
