/// The report as people read it on a terminal.
extension LoadReport {
    private static let tableHead =
        ["CALL", "CALLS", "PER S"] + tablePercentiles.map { "P\(percentileText($0))" }
        + ["MAX MS", "REFUSED", "OVERLOAD", "FAILED"]

    private static let tablePercentiles = [50, 90, 99, 99.9, 99.99]

    /// What was done, in one or two lines.
    public var headLines: [String] {
        let setup = self.setup
        let pace: String
        if let rate = setup.callsPerSecond {
            pace = "\(NumberText.whole(rate)) calls/s due over \(setup.connections) connections"
        } else {
            pace = "\(setup.connections) connections x \(setup.outstanding) callers, each as fast as it is answered"
        }
        return [
            "\(setup.mix): \(pace)",
            "\(NumberText.short(setup.durationSeconds)) s behind \(NumberText.short(setup.warmUpSeconds)) s of warm-up, "
                + "\(NumberText.whole(Double(setup.skus))) SKUs x \(setup.locations) locations, skew "
                + "\(NumberText.fixed(setup.skew, decimals: 2)), seed \(setup.seed)",
        ]
    }

    /// A table with a line for each kind of call, all of them last; latencies in milliseconds.
    public var tableLines: [String] {
        let rows = [Self.tableHead] + (self.calls.dropFirst() + self.calls.prefix(1)).map(Self.row)
        let widths = Self.tableHead.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }.joined(separator: "  ")
        }
    }

    private static func row(_ calls: Calls) -> [String] {
        let latencies = self.tablePercentiles.map { percentile in
            calls.latency.first { $0.percentile == percentile }.map { NumberText.short($0.milliseconds) } ?? "-"
        }
        let counts = [calls.refused, calls.overloaded, calls.failed].map {
            NumberText.whole(Double($0.values.reduce(0, +)))
        }
        return [calls.kind, NumberText.whole(Double(calls.calls)), NumberText.whole(calls.callsPerSecond)] + latencies
            + [NumberText.short(calls.maximumMilliseconds)] + counts
    }

    /// What became of the checks, with examples of what does not hold, and what makes the figures less than they seem.
    public var closingLines: [String] {
        var lines: [String] = []
        for calls in self.calls.dropFirst() {
            for (word, types) in [("refused", calls.refused), ("overload", calls.overloaded), ("failed", calls.failed)]
            {
                for (type, count) in types.sorted(by: { $0.key < $1.key }) {
                    lines.append("\(calls.kind) \(word): \(NumberText.whole(Double(count))) \(type)")
                }
            }
        }
        if self.unbegun > 0 {
            lines.append(
                "\(NumberText.whole(Double(self.unbegun))) calls were due and had not begun by the end: the latencies "
                    + "are better than callers would see")
        }
        if self.unresolved > 0 {
            lines.append("\(self.unresolved) commands got no answer to the end; the stock is checked with that leeway")
        }
        for check in self.checks {
            lines.append("\(check.holds ? "ok    " : "FAILED") \(check.check.rawValue)")
            guard !check.holds else { continue }
            lines += check.examples.map { "         \($0)" }
            let rest = check.findings - UInt64(check.examples.count)
            if rest > 0 { lines.append("         and \(NumberText.whole(Double(rest))) more") }
        }
        return lines
    }

    /// 99.9 and not 99.90, 50 and not 50.0.
    static func percentileText(_ percentile: Double) -> String {
        let text = "\(percentile)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
