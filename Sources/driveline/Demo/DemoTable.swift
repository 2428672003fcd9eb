internal import Demo

/// A day of the demo brand in lines for people.
enum DemoTable {
    private static let widths = [5, 7, 13, 10, 8, 6, 8]

    /// What stands above the hours.
    static var head: String { self.row(["hour", "orders", "USD", "missing", "parcels", "units", "returns"]) }

    /// An hour.
    static func line(_ hour: Int, _ tally: DemoTally) -> String {
        self.row([
            "\(hour < 10 ? "0" : "")\(hour):00", "\(tally.orders)", self.amount(tally.cents), "\(tally.shortfalls)",
            "\(tally.parcels)", "\(tally.units)", "\(tally.returns)",
        ])
    }

    /// What stands below them.
    static func summary(_ day: DemoTally, after duration: Duration) -> [String] {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        let channels = day.channels.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        let waiting =
            "\(day.shortfalls) with something missing (\(day.backordered) wait for it, the rest was cancelled)"
        return [
            "", "\(day.orders) orders for \(self.amount(day.cents)) USD: \(channels.joined(separator: ", "))",
            "\(waiting); \(day.cancelled) cancelled in all",
            "\(day.parcels) parcels with \(day.units) units left, \(day.delivered) orders arrived",
            "\(day.returns) returns, \(self.amount(day.refundedCents)) USD refunded, \(day.restocked) units back on the shelf",
            "\(day.received) units received; the stock adds up",
            "in \(Double(Int(seconds * 10)) / 10) s", "",
        ]
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, self.widths).map { cell, width in
            String(repeating: " ", count: max(0, width - cell.utf8.count)) + cell
        }.joined(separator: " ")
    }

    /// "2,412.80".
    private static func amount(_ cents: Int64) -> String {
        let (units, rest) = (cents / 100, cents % 100)
        var (digits, groups) = (Array(String(units)), [String]())
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(String(digits), at: 0)
        return "\(groups.joined(separator: ",")).\(rest < 10 ? "0" : "")\(rest)"
    }
}
