/// Rows in columns that are as wide as their widest cell.
public struct TextTable: Sendable {
    private var rows: [[String]]

    /// A table with a head.
    public init(_ head: [String]) { self.rows = [head] }

    /// Adds a row.
    public mutating func add(_ row: [String]) { self.rows.append(row) }

    /// The lines, the head first, without spaces at their ends.
    public var lines: [String] {
        let columns = self.rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            self.rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return self.rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
