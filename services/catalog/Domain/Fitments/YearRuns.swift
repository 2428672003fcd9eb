/// An unbroken run of years, and what has a part in it.
struct YearRun: Equatable {
    var years: ClosedRange<Int32>
    /// The places of the ranges that have a year in it, ascending.
    var places: [Int]
}

/// Compares ranges of years without spelling them out.
enum YearRuns {
    /// The longest runs of years in each of which something holds for the ranges that have that year.
    ///
    /// Years between two ends are alike, so that only one of them is looked at: as many as there are different ends, and
    /// there are some two hundred years.
    static func runs(of ranges: [ClosedRange<Int32>], where holds: ([Int]) -> Bool) -> [YearRun] {
        let beginnings = Set(ranges.map(\.lowerBound)).union(ranges.map { $0.upperBound &+ 1 }).sorted()
        var runs: [YearRun] = []
        for (first, next) in zip(beginnings, beginnings.dropFirst()) {
            let places = ranges.indices.filter { ranges[$0].contains(first) }
            guard holds(places) else { continue }
            if let last = runs.indices.last, runs[last].years.upperBound &+ 1 == first {
                runs[last].years = runs[last].years.lowerBound...(next - 1)
                runs[last].places = Set(runs[last].places).union(places).sorted()
            } else {
                runs.append(YearRun(years: first...(next - 1), places: places))
            }
        }
        return runs
    }

    /// The years between the first and the last that no range has.
    static func missing(in ranges: [ClosedRange<Int32>]) -> [Int32] {
        var missing: [Int32] = []
        var last: Int32?
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last, range.lowerBound > last &+ 1 { missing += (last + 1)..<range.lowerBound }
            last = max(last ?? range.upperBound, range.upperBound)
        }
        return missing
    }
}
