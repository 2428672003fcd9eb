import TestSupport
import Testing

@testable import Vehicles

@Suite("A VIN's decoding is that of the first rows that match", .processorBound)
struct VINDecoderTests {
    private func example() throws -> VINDecoder {
        try VehicleTables(file: SmallTables.exampleFile.get()).decoder
    }

    @Test("each field is of the first row that has the year, matches, and names it")
    func firstRows() throws {
        let decoding = try self.example().decode(.checked("1XXACC5B0CP000001"), currentYear: 2026)
        #expect(decoding.make == "Example")
        #expect(decoding.model == "Roamer")
        #expect(decoding.modelYear == 2012)
        #expect(decoding.bodyClass == "Sedan/Saloon")
        #expect((decoding.series, decoding.trim, decoding.electrification) == ("GT", nil, nil))
        #expect(decoding.manufacturer?.name == "Example Motors")
        #expect(decoding.findings.isEmpty)
        // Another letter, another year, and a descriptor that goes on behind the check digit.
        #expect(try self.example().decode(.checked("1XXAXC5B0CP000001"), currentYear: 2026).model == "Roamer Grand")
        #expect(try self.example().decode(.checked("1XXACCBB0FP000001"), currentYear: 2026).model == "Roamer Grand")
        let long = try self.example().decode(.checked("1XXACC520CP000001"), currentYear: 2026)
        #expect(long.modelYear == 2012)
        #expect((long.series, long.trim) == ("GT", "Plus"))
    }

    @Test("without a row the make is the WMI's, and the model is said to be unknown")
    func unknownModel() throws {
        let decoding = try self.example().decode(.checked("1XXZZZBZ0CP000001"), currentYear: 2026)
        #expect((decoding.make, decoding.model, decoding.modelYear) == ("Example", nil, 2012))
        #expect(decoding.findings.map(\.code) == [.unknownModel])
        #expect(decoding.otherModelYear == nil)
    }

    @Test("a WMI that is unknown leaves the year")
    func unknownManufacturer() throws {
        let decoding = try self.example().decode(.checked("1ZZZZZBZ0CP000001"), currentYear: 2026)
        #expect((decoding.make, decoding.model, decoding.modelYear, decoding.otherModelYear) == (nil, nil, 2012, 1982))
        #expect(decoding.findings.map(\.code) == [.unknownManufacturer, .modelYearUnsure])
    }

    @Test("makers of few vehicles have six characters")
    func smallSeries() throws {
        #expect(try self.example().decode(.checked("1X9AAAAA0CP001001"), currentYear: 2026).model == "Dot")
        #expect(try self.example().decode(.checked("1X9AAAAA0CP002001"), currentYear: 2026).manufacturer == nil)
    }

    @Test("of two years that with a model is taken; where both have one it is said")
    func twoYears() throws {
        let unsure = try self.example().decode(.checked("2XXZAAAA0FP000001"), currentYear: 2026)
        #expect((unsure.model, unsure.modelYear, unsure.otherModelYear) == ("H-200", 2015, 1985))
        #expect(unsure.findings.map(\.code) == [.modelYearUnsure])
        // A digit at position 7 means the earlier year, where the later one's range has no end, unless it is a heavy truck.
        let digit = try self.example().decode(.checked("2XXZAA1A0FP000001"), currentYear: 2026)
        #expect((digit.model, digit.modelYear, digit.otherModelYear) == ("H-100", 1985, 2015))
        let heavy = try self.example().decode(.checked("3XXZAA1A0FP000001"), currentYear: 2026)
        #expect((heavy.model, heavy.modelYear, heavy.otherModelYear) == ("H-200", 2015, 1985))
        // B is 2011 or 1981, and there is none of 1981.
        let sure = try self.example().decode(.checked("2XXZAAAA0BP000001"), currentYear: 2026)
        #expect((sure.model, sure.modelYear, sure.otherModelYear) == ("H-200", 2011, nil))
        // By the rule 1981; only 2011 has a row, so it is that.
        let other = try self.example().decode(.checked("1XXAAA1A0DP000001"), currentYear: 2026)
        #expect((other.model, other.modelYear) == ("Roamer Grand", 2013))
    }

    @Test("a code of no year is a finding, and the maker is told all the same")
    func noYear() throws {
        let decoding = try self.example().decode(.checked("1XXACC5B00P000001"), currentYear: 2026)
        #expect((decoding.make, decoding.model, decoding.modelYear) == ("Example", nil, nil))
        #expect(decoding.findings.map(\.code) == [.unknownModelYear])
    }

    @Test("a wrong check digit is an error in North America and a warning elsewhere, and is decoded")
    func wrongCheckDigit() throws {
        func wrong(_ text: String) throws -> VIN {
            let right = try VIN.checked(text)
            var characters = Array(right.text)
            characters[8] = right.checkDigit == "1" ? "2" : "1"
            return try VIN(String(characters))
        }
        let american = try self.example().decode(wrong("1XXACC5B0CP000001"), currentYear: 2026)
        #expect(american.model == "Roamer")
        #expect(american.findings.map(\.code) == [.checkDigit])
        #expect(american.findings.first?.severity == .error)
        #expect(!american.isPlausible)
        let european = try self.example().decode(wrong("SXXACC5B0CP000001"), currentYear: 2026)
        #expect(european.findings.first?.severity == .warning)
        #expect(european.isPlausible)
    }

    @Test("what the script compiles and we match is what regular expressions match")
    func regularExpressions() throws {
        var generator = SeededGenerator(seed: testSeed())
        let characters = Array("0129ABCDHJNPZ")
        func atom() -> String {
            func character() -> Character { characters.randomElement(using: &generator) ?? "0" }
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2: return "."
            case 3...5: return String(character())
            case 6: return "[\(character())\(character())]"
            default:
                let ends = [character(), character()].sorted()
                return "[\(ends[0])-\(ends[1])\(character())]"
            }
        }
        var tables = SmallTables.example
        let identifiers = (0..<30).map { "\(3 + $0 / 10)A\($0 % 9)" }
        for identifier in Set(identifiers).sorted() {
            tables.manufacturers += "\(identifier),,Make,US,Truck,\n"
            for row in 0..<60 {
                let length = Int.random(in: 1...4, using: &generator)
                var pattern = (0..<length).map { _ in atom() }.joined()
                if row % 10 == 0 { pattern += "......".dropFirst(length) + atom() + atom() }
                let first = Int.random(in: 1980...2020, using: &generator)
                let last = row % 4 == 0 ? 2999 : first + Int.random(in: 0...6, using: &generator)
                let value = "V\(Int.random(in: 0..<6, using: &generator))"
                var fields = Array(repeating: "", count: 6)
                let field = Int.random(in: 1...5, using: &generator)
                fields[field] = value
                if field == 1 { fields[0] = "Make\(value)" }
                tables.patterns += "\(identifier),\(pattern),\(first),\(last),\(fields.joined(separator: ","))\n"
            }
        }
        let reference = try ReferenceDecoder(
            manufacturers: CSVTable(tables.manufacturers), patterns: CSVTable(tables.patterns))
        let decoder = try VehicleTables(file: tables.file()).decoder
        var matched = 0
        for _ in 0..<4_000 {
            let wmi = try #require(identifiers.randomElement(using: &generator))
            let rest = (0..<14).map { _ in characters.randomElement(using: &generator) ?? "0" }
            let vin = try VIN(wmi + String(rest))
            let ours = decoder.decode(vin, currentYear: 2026)
            guard let year = ours.modelYear else { continue }
            let expected = reference.decode(vin.text, wmi: wmi, year: year)
            #expect(ours.fields == expected, "\(vin.text) \(year)")
            matched += expected[1...].contains { !$0.isEmpty } ? 1 : 0
        }
        #expect(matched > 400)
    }

    @Test(
        "the reference's patterns are regular expressions",
        arguments: ["A.[1-3B]", ".", "[A-C]2", "..[9|]9", "AB12345"])
    func reference(_ pattern: String) throws {
        let regex = try Regex(pattern)
        var generator = SeededGenerator(seed: testSeed())
        for _ in 0..<500 {
            let key = String((0..<5).map { _ in Array("AB123|9C").randomElement(using: &generator) ?? "A" })
            let expected = try regex.prefixMatch(in: key) != nil
            #expect(ReferenceDecoder.matches(Array(pattern), Array(key)) == expected, "\(key)")
        }
    }
}

extension VINDecoding {
    /// Make, model, series, trim, body class and electrification.
    var fields: [String] {
        [self.make, self.model, self.series, self.trim, self.bodyClass, self.electrification].map { $0 ?? "" }
    }
}
