/// The tables that services print of their migrations, as one.
struct MigrationTable: CustomStringConvertible {
    private static let header = ["service", "number", "name", "state", "applied at", "ms"]

    private var rows: [[String]] = [Self.header]
    private var summaries: [String] = []

    /// Takes in what a service printed: a line of headings, one for each migration, and one that sums up.
    ///
    /// - Returns: false if it is none of that.
    mutating func add(_ service: String, _ output: String) -> Bool {
        let lines = output.split(separator: "\n").map(String.init)
        guard let header = lines.first, let summary = lines.last, lines.count >= 2,
            Self.cells(of: header) == Array(Self.header.dropFirst())
        else { return false }
        for line in lines.dropFirst().dropLast() { self.rows.append([service] + Self.cells(of: line)) }
        self.summaries.append("\(service): \(summary)")
        return true
    }

    /// The table, and a line for each service that sums up.
    var description: String {
        let widths = Self.header.indices.map { column in
            self.rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        let lines = self.rows.map { row in
            let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        return (lines + self.summaries).map { $0 + "\n" }.joined()
    }

    /// Columns stand two spaces apart at least, and hold no two spaces themselves.
    private static func cells(of line: String) -> [String] {
        line.split(separator: "  ").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    }
}
