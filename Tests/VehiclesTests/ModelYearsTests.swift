import TestSupport
import Testing

@testable import Vehicles

@Suite("The code of the model year stands for a year of two", .processorBound)
struct ModelYearsTests {
    private func years(_ code: Character, _ position7: Character = "A", light: Bool = false, now: Int = 2026) -> [Int] {
        ModelYears.years(code: code, position7: position7, isLight: light, currentYear: now)
    }

    @Test(
        "the codes run from 1980 on without I, O, Q, U, Z and 0",
        arguments: [
            ("A", 1980), ("H", 1987), ("J", 1988), ("N", 1992), ("P", 1993), ("T", 1996), ("V", 1997), ("Y", 2000),
        ])
    func codes(_ code: Character, _ year: Int) {
        #expect(self.years(code, now: 2100) == [year + 30, year])
        #expect(self.years(code, now: 2000) == [year])
    }

    @Test(
        "a letter or digit that stands for none gives none",
        arguments: ["0", "I", "O", "Q", "U", "Z", "a", "é"] as [Character])
    func noCode(_ code: Character) { #expect(self.years(code).isEmpty) }

    @Test("of light vehicles position 7 decides")
    func light() {
        #expect(self.years("5", "1", light: true) == [2005])
        #expect(self.years("C", "1", light: true) == [1982, 2012])
        #expect(self.years("C", "B", light: true) == [2012, 1982])
    }

    @Test("of others the later year counts, if it is at most next year")
    func others() {
        #expect(self.years("C", "1") == [2012, 1982])
        #expect(self.years("V", now: 2026) == [2027, 1997])
        #expect(self.years("W", now: 2026) == [1998])
        #expect(self.years("1") == [2001])
        #expect(self.years("1", now: 2030) == [2031, 2001])
    }

    @Test("whatever the current year, nothing overflows", arguments: [Int.min, -1, 0, Int.max])
    func extremes(_ now: Int) {
        for code in "ABCXYZ019" { #expect(self.years(code, now: now).count <= 2) }
    }
}
