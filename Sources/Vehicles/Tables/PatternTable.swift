/// The patterns of all WMIs, compiled: for each position a set of characters as bits.
///
/// A list has, for one WMI and one ``Field``, rows in the order of priority: the first one whose years have the model year
/// and whose pattern matches decides. Most WMIs have lists of a few hundred rows; the longest has some thousands, which
/// are compared in microseconds. Everything is in five arrays, so that tables of 141,000 rows take about 2 MiB.
struct PatternTable: Sendable {
    /// What a list decides.
    enum Field: Int, CaseIterable {
        case model, series, trim, bodyClass, electrification
    }

    /// One row. Eight bytes, so that a list is read as fast as memory gives it.
    struct Row: Sendable {
        let pattern: UInt16
        let firstYear: UInt16
        let lastYear: UInt16
        let value: UInt16
    }

    /// What a VIN's patterns are compared with: a set of one character for each of the positions 4 to 8, for the bar, and
    /// for 10 to 17.
    struct Key {
        static let length = 14
        let bits: [UInt64]

        /// nil: these are no characters of VINs.
        init?(_ characters: some Collection<UInt8>) {
            var bits: [UInt64] = []
            for character in characters {
                guard let bit = VINAlphabet.bit(character) else { return nil }
                bits.append(bit)
            }
            guard bits.count == Self.length else { return nil }
            self.bits = bits
        }

        init?(_ vin: VIN) {
            self.init(vin.bytes[3..<8] + [VINAlphabet.separator] + vin.bytes[9...])
        }
    }

    private let masks: [UInt64]
    /// Where each pattern's masks begin; one more than there are patterns.
    private let patternStarts: [UInt32]
    private let rows: [Row]
    /// Where each list's rows begin; one more than there are lists.
    private let listStarts: [UInt32]
    private let listFields: [Field]
    /// For each field the texts of each value: make and model for ``Field/model``, and one text for the others.
    private let values: [[[String]]]

    /// How many lists there are.
    var listCount: Int { self.listFields.count }

    func field(ofList list: Int) -> Field { self.listFields[list] }

    /// What the first row of a list says that matches.
    struct Decision {
        let texts: [String]
        /// Whether the row is of years that have no end.
        let isOpen: Bool
    }

    /// The decision of a list; nil: no row matches.
    func decide(list: Int, year: Int, _ key: Key) -> Decision? {
        guard let year = UInt16(exactly: year) else { return nil }
        for row in self.rows[Int(self.listStarts[list])..<Int(self.listStarts[list + 1])]
        where row.firstYear <= year && year <= row.lastYear && self.matches(Int(row.pattern), key) {
            return Decision(
                texts: self.values[self.listFields[list].rawValue][Int(row.value)],
                isOpen: row.lastYear == Self.openYear)
        }
        return nil
    }

    private func matches(_ pattern: Int, _ key: Key) -> Bool {
        let start = Int(self.patternStarts[pattern])
        for place in start..<Int(self.patternStarts[pattern + 1])
        where self.masks[place] & key.bits[place - start] == 0 {
            return false
        }
        return true
    }
}

extension PatternTable {
    /// The year in which tables count from, and the one that stands for no end.
    static let baseYear = 1900
    static let openYear = UInt16.max
    /// The most patterns and values of a field, so that a row's numbers fit.
    private static let maximumNumber = Int(UInt16.max)

    init(_ reader: inout TableReader, _ strings: StringTable) throws(VehicleTablesError) {
        (self.masks, self.patternStarts) = try Self.patterns(&reader)
        let spans = try Self.spans(&reader)
        var values: [[[String]]] = []
        for field in Field.allCases {
            let count = try reader.count(limit: Self.maximumNumber, "values")
            var texts: [[String]] = []
            texts.reserveCapacity(count)
            for _ in 0..<count {
                let first = try strings.next(&reader)
                texts.append(field == .model ? [first, try strings.next(&reader)] : [first])
            }
            values.append(texts)
        }
        self.values = values

        var rows: [Row] = []
        var starts: [UInt32] = [0]
        var fields: [Field] = []
        for _ in 0..<(try reader.count("lists")) {
            guard let field = Field(rawValue: try reader.number()) else { throw reader.damaged("a list of no field") }
            let patterns = self.patternStarts.count - 1
            rows += try Self.rows(&reader, patterns: patterns, spans: spans, values: values[field.rawValue].count)
            fields.append(field)
            starts.append(UInt32(rows.count))
        }
        (self.rows, self.listStarts, self.listFields) = (rows, starts, fields)
    }

    private static func patterns(
        _ reader: inout TableReader
    ) throws(VehicleTablesError) -> (masks: [UInt64], starts: [UInt32]) {
        var sets: [UInt64] = []
        for _ in 0..<(try reader.count("sets of characters")) {
            let bytes = try reader.bytes(5)
            let set = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard set & ~VINAlphabet.all == 0 else { throw reader.damaged("a set has characters that no VIN has") }
            sets.append(set)
        }
        var masks: [UInt64] = []
        var starts: [UInt32] = [0]
        for _ in 0..<(try reader.count(limit: Self.maximumNumber, "patterns")) {
            for _ in 0..<(try reader.count(limit: Key.length, "positions of a pattern")) {
                masks.append(sets[try reader.number(below: sets.count, "set")])
            }
            starts.append(UInt32(masks.count))
        }
        return (masks, starts)
    }

    private static func spans(
        _ reader: inout TableReader
    ) throws(VehicleTablesError) -> [(first: UInt16, last: UInt16)] {
        var spans: [(first: UInt16, last: UInt16)] = []
        for _ in 0..<(try reader.count("spans of years")) {
            let first = self.baseYear + (try reader.number(below: 1_000, "year"))
            let years = try reader.number(below: 1_000, "years of a span:")
            spans.append((UInt16(first), years == 0 ? Self.openYear : UInt16(first + years - 1)))
        }
        return spans
    }

    /// The rows of one list, of which each gives pattern and value as the difference from those of the one before.
    private static func rows(
        _ reader: inout TableReader, patterns: Int, spans: [(first: UInt16, last: UInt16)], values: Int
    ) throws(VehicleTablesError) -> [Row] {
        let count = try reader.count("rows")
        var rows: [Row] = []
        rows.reserveCapacity(count)
        var (pattern, value) = (0, 0)
        for _ in 0..<count {
            pattern += try reader.difference()
            let span = spans[try reader.number(below: spans.count, "span of years")]
            value += try reader.difference()
            guard (0..<patterns).contains(pattern) else { throw reader.damaged("pattern \(pattern) of \(patterns)") }
            guard (0..<values).contains(value) else { throw reader.damaged("value \(value) of \(values)") }
            rows.append(
                Row(
                    pattern: UInt16(pattern), firstYear: span.first, lastYear: span.last, value: UInt16(value)))
        }
        return rows
    }
}
