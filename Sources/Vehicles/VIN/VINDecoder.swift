/// Tells from a VIN what vehicle it is, by NHTSA's patterns of the vehicles for the US market.
///
/// Rows of patterns are in an order of priority; each field of the decoding is that of the first row that has the year,
/// matches, and names the field. Without a row the make is the WMI's. The tables are of March 2024: newer models are
/// missing, and vehicles for other markets are often known by their maker only.
///
/// A decoding takes microseconds; it allocates little, and does no I/O.
public struct VINDecoder: Sendable {
    private let manufacturers: ManufacturerTable
    private let patterns: PatternTable

    init(manufacturers: ManufacturerTable, patterns: PatternTable) {
        self.manufacturers = manufacturers
        self.patterns = patterns
    }

    /// Decodes a VIN. One with a wrong check digit is decoded all the same; the findings tell.
    ///
    /// - Parameter currentYear: The calendar's year: no vehicle is more than one model year ahead of it.
    public func decode(_ vin: VIN, currentYear: Int) -> VINDecoding {
        var findings = [VINFinding.checkDigit(of: vin)].compactMap { $0 }
        let entry = self.manufacturers.entry(vin)
        let years = ModelYears.years(
            code: vin.modelYearCode, position7: Character(UnicodeScalar(vin.bytes[6])),
            isLight: entry?.manufacturer.isLight ?? false, currentYear: currentYear)
        if years.isEmpty { findings.append(.unknownModelYear(vin.modelYearCode)) }
        guard let entry, let key = PatternTable.Key(vin) else {
            findings.append(.unknownManufacturer(vin))
            if years.count == 2 { findings.append(.modelYearUnsure(years[0], or: years[1])) }
            return VINDecoding(vin, nil, years: years, findings: findings)
        }
        return self.decode(vin, entry, key, years: years, findings)
    }

    private func decode(
        _ vin: VIN, _ entry: ManufacturerTable.Entry, _ key: PatternTable.Key, years: [Int],
        _ earlierFindings: [VINFinding]
    ) -> VINDecoding {
        func decide(_ field: PatternTable.Field, _ year: Int) -> PatternTable.Decision? {
            entry.lists[field.rawValue].flatMap { self.patterns.decide(list: $0, year: year, key) }
        }
        var findings = earlierFindings
        let matched = years.compactMap { year in decide(.model, year).map { Candidate(year: year, model: $0) } }
        let likeliest = Self.likeliest(matched, entry.manufacturer, vin)
        let year = likeliest?.year ?? years.first
        if likeliest == nil, !years.isEmpty { findings.append(.unknownModel(vin)) }
        // Of light vehicles position 7 decides; of others the other year counts where it has a model, or neither has.
        let open = matched.isEmpty ? years : matched.map(\.year)
        let other = entry.manufacturer.isLight ? nil : open.first { $0 != year }
        if let year, let other { findings.append(.modelYearUnsure(year, or: other)) }
        func text(_ field: PatternTable.Field) -> String? { year.flatMap { decide(field, $0) }?.texts.first }
        return VINDecoding(
            vin: vin, manufacturer: entry.manufacturer, modelYear: year, otherModelYear: other,
            make: likeliest?.model.texts.first.flatMap(Self.nonEmpty) ?? entry.manufacturer.make,
            model: likeliest?.model.texts.last, series: text(.series), trim: text(.trim),
            bodyClass: text(.bodyClass), electrification: text(.electrification), findings: findings)
    }

    /// A year that the code may stand for and that has a model.
    private struct Candidate {
        let year: Int
        let model: PatternTable.Decision
    }

    /// The first candidate, the likelier year's.
    ///
    /// Of trucks of unknown weight both years often have one, the later only by patterns without an end, as for a pickup of
    /// 1996 that looks like one of 2026; a digit at position 7, as light ones have it to 2009, means the earlier then.
    private static func likeliest(_ candidates: [Candidate], _ manufacturer: Manufacturer, _ vin: VIN) -> Candidate? {
        guard candidates.count == 2, candidates[0].model.isOpen, candidates[0].year > candidates[1].year,
            manufacturer.mayBeLight, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(vin.bytes[6])
        else { return candidates.first }
        return candidates[1]
    }

    private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}

extension VINDecoding {
    /// Of a vehicle whose maker is unknown.
    fileprivate init(_ vin: VIN, _ manufacturer: Manufacturer?, years: [Int], findings: [VINFinding]) {
        self.init(
            vin: vin, manufacturer: manufacturer, modelYear: years.first, otherModelYear: years.dropFirst().first,
            make: nil, model: nil, series: nil, trim: nil, bodyClass: nil, electrification: nil, findings: findings)
    }
}
