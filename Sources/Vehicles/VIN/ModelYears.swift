/// Which years the code of a model year may stand for.
enum ModelYears {
    /// The codes from 1980 on; they begin again behind ``cycle`` years.
    private static let codes = Array("ABCDEFGHJKLMNPRSTVWXY123456789")
    private static let firstYear = 1980
    /// After how many years a code stands for another year.
    static let cycle = 30

    /// The years of a code, the likeliest first: one or two of 1980 to 2039, none later than next year if that leaves one.
    ///
    /// For a light vehicle of the US market a digit at position 7 means a year to 2009, and a letter a later one. For
    /// others the later year is taken where it is no later than the next, as model years begin in the year before.
    ///
    /// - Returns: No year where the code stands for none.
    static func years(
        code: Character, position7: Character, isLight: Bool, currentYear: Int
    ) -> [Int] {
        guard let place = self.codes.firstIndex(of: code) else { return [] }
        let earlier = self.firstYear + place
        let later = earlier + self.cycle
        // Taken from the year rather than added to the current one, which may be any number.
        guard later - 1 <= currentYear else { return [earlier] }
        return isLight && position7.isNumber ? [earlier, later] : [later, earlier]
    }
}
