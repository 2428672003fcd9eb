/// A set of years, as spans without a gap.
public struct YearSpans: Hashable, Sendable, CustomStringConvertible {
    /// The spans in their order, none touching another.
    public let spans: [ClosedRange<Int>]

    /// The earliest year.
    public var first: Int? { self.spans.first?.lowerBound }
    /// The latest year.
    public var last: Int? { self.spans.last?.upperBound }

    /// Whether it has a year. Most sets are of one or two spans.
    public func contains(_ year: Int) -> Bool { self.spans.contains { $0.contains(year) } }

    /// Such as "1990-1999, 2004".
    public var description: String {
        self.spans.map { span in
            span.count == 1 ? "\(span.lowerBound)" : "\(span.lowerBound)-\(span.upperBound)"
        }.joined(separator: ", ")
    }

    init(_ reader: inout TableReader) throws(VehicleTablesError) {
        var spans: [ClosedRange<Int>] = []
        var end = PatternTable.baseYear
        for _ in 0..<(try reader.count("spans of years")) {
            let first = end + (try reader.number(below: 1_000, "years between spans:"))
            end = first + (try reader.number(below: 1_000, "years of a span:"))
            guard end < 10_000 else { throw reader.damaged("a span of years ends in \(end)") }
            spans.append(first...end)
        }
        self.spans = spans
    }
}
