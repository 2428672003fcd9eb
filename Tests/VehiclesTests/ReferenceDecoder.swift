import Foundation
import TestSupport

/// Decodes as the tables' description says, row by row and pattern by pattern, on texts: slow, and nothing like ours.
struct ReferenceDecoder {
    struct Row {
        let pattern: String
        let years: ClosedRange<Int>
        /// Make, model, series, trim, body class, electrification.
        let fields: [String]
    }

    private(set) var rows: [String: [Row]] = [:]
    private(set) var makes: [String: String] = [:]

    static let columns = ["make", "model", "series", "trim", "body_class", "electrification"]

    /// From the files `wmi-vpic` and `vpic-vds-patterns`. Blanks around a name are slips of the source.
    init(manufacturers: CSVTable, patterns: CSVTable) throws {
        func places(_ table: CSVTable, _ names: [String]) throws -> [Int] {
            try names.map { name in try table.column(name) ?? { throw MissingColumn(name: name) }() }
        }
        let wmi = try places(manufacturers, ["wmi", "make"])
        for row in manufacturers.rows { self.makes[row[wmi[0]]] = Self.trimmed(row[wmi[1]]) }
        let keys = try places(patterns, ["wmi", "vds_pattern", "from_year", "to_year"])
        let fields = try places(patterns, Self.columns)
        for row in patterns.rows {
            guard let first = Int(row[keys[2]]), let last = Int(row[keys[3]]) else { continue }
            self.rows[row[keys[0]], default: []].append(
                Row(pattern: row[keys[1]], years: first...last, fields: fields.map { Self.trimmed(row[$0]) }))
        }
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }

    struct MissingColumn: Error {
        let name: String
    }

    /// The six fields of a VIN of a WMI in a year.
    func decode(_ vin: String, wmi: String, year: Int) -> [String] {
        let characters = Array(vin)
        let key = Array(String(characters[3..<8]) + "|" + String(characters[9...]))
        var decoded = Array(repeating: "", count: Self.columns.count)
        // The longest pattern there is has 10 positions.
        for row in self.rows[wmi] ?? [] where row.years.contains(year) && Self.matches(Array(row.pattern), key) {
            for (place, field) in row.fields.enumerated() where decoded[place].isEmpty { decoded[place] = field }
        }
        if decoded[0].isEmpty { decoded[0] = self.makes[wmi] ?? "" }
        return decoded
    }

    /// Whether a pattern of characters, full stops and sets in brackets matches the beginning of a key.
    static func matches(_ pattern: [Character], _ key: [Character]) -> Bool {
        var (place, position) = (0, 0)
        while place < pattern.count {
            guard position < key.count else { return false }
            let character = key[position]
            var isTaken: Bool
            if pattern[place] == "[" {
                isTaken = false
                place += 1
                while pattern[place] != "]" {
                    if pattern[place + 1] == "-" {
                        if pattern[place] <= character && character <= pattern[place + 2] { isTaken = true }
                        place += 3
                    } else {
                        if pattern[place] == character { isTaken = true }
                        place += 1
                    }
                }
            } else {
                isTaken = pattern[place] == "." || pattern[place] == character
            }
            if !isTaken { return false }
            place += 1
            position += 1
        }
        return true
    }
}
