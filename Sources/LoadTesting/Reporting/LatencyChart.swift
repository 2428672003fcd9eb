internal import Glibc

/// A load test's outcome as a picture: latency by percentile, and calls over time.
///
/// SVG without anything from elsewhere. Whoever shows it in the dark gets it in the dark.
public struct LatencyChart: Sendable {
    private static let width = 960.0
    private static let height = 880.0
    /// Beside and around the panels.
    private static let left = 76.0
    private static let right = 156.0
    /// The percentiles with a line and a name.
    private static let marks = [50, 75, 90, 95, 99, 99.9, 99.99]
    private static let lastPercentile = 99.99
    /// The decades of a latency axis at the most, from the largest latency down.
    private static let maximumDecades = 5
    /// Points of a curve.
    private static let points = 240

    private let outcome: LoadTest.Outcome
    private let report: LoadReport

    /// A picture of an outcome.
    public init(_ outcome: LoadTest.Outcome) {
        self.outcome = outcome
        self.report = LoadReport(outcome)
    }

    /// The SVG document.
    public var text: String {
        var svg = SVGText(width: Self.width, height: Self.height, style: Self.style)
        svg.rectangle("ground", x: 0, y: 0, width: Self.width, height: Self.height)
        svg.text("title", "driveline load-test inventory", x: 24, y: 34)
        for (line, text) in self.report.headLines.enumerated() {
            svg.text("quiet", text, x: 24, y: 56 + Double(line) * 18)
        }
        self.drawLatencies(&svg, Panel(x: Self.left, y: 116, width: Self.width - Self.left - Self.right, height: 400))
        self.drawRates(&svg, Panel(x: Self.left, y: 604, width: Self.width - Self.left - Self.right, height: 210))
        return svg.closed
    }

    // MARK: - Latency by percentile

    private func drawLatencies(_ svg: inout SVGText, _ panel: Panel) {
        svg.text("name", "Latency by percentile, milliseconds", x: panel.x, y: panel.y - 14)
        let kinds = CallKind.allCases.compactMap { kind in
            self.outcome.record.kinds[kind].map { (kind: kind, latencies: $0.latencies) }
        }
        let scale = Self.decades(of: kinds.map(\.latencies))
        for mark in Self.marks {
            let x = panel.x + panel.width * Self.position(of: mark)
            svg.line("grid", x1: x, y1: panel.y, x2: x, y2: panel.y + panel.height)
            svg.text("axis middle", LoadReport.percentileText(mark), x: x, y: panel.y + panel.height + 20)
        }
        for decade in scale {
            let y = panel.bottom - panel.height * Self.position(of: pow(10, Double(decade)), on: scale)
            svg.line("grid", x1: panel.x, y1: y, x2: panel.x + panel.width, y2: y)
            svg.text("axis end", Self.milliseconds(decade), x: panel.x - 10, y: y + 4)
        }
        var labels: [(y: Double, text: String, style: String)] = []
        for (kind, latencies) in kinds where latencies.count > 0 {
            let curve = Self.curve(latencies, panel, scale)
            svg.polyline("curve \(Self.style(of: kind))", curve)
            if let end = curve.last { labels.append((y: end.y, text: kind.rawValue, style: Self.style(of: kind))) }
        }
        self.draw(labels, &svg, panel)
    }

    /// The names of the curves at their ends, moved apart where they would meet.
    private func draw(_ labels: [(y: Double, text: String, style: String)], _ svg: inout SVGText, _ panel: Panel) {
        let distance = 17.0
        let sorted = labels.sorted { $0.y < $1.y }
        var places = sorted.map { $0.y }
        for index in places.indices.dropFirst() { places[index] = max(places[index], places[index - 1] + distance) }
        if let last = places.last, last > panel.bottom { places = places.map { $0 - (last - panel.bottom) } }
        for (label, y) in zip(sorted, places) {
            svg.text("label \(label.style)", label.text, x: panel.x + panel.width + 12, y: y + 4)
        }
    }

    private static func curve(
        _ latencies: LatencyHistogram, _ panel: Panel, _ scale: ClosedRange<Int>
    ) -> [(x: Double, y: Double)] {
        (0...self.points).map { point in
            let position = Double(point) / Double(self.points)
            // The inverse of position(of:): each nine more has the same width.
            let percentile = 100 * (1 - pow(1 - self.lastPercentile / 100, position))
            let milliseconds = Double(latencies.value(atPercentile: percentile)) / 1e6
            return (
                x: panel.x + panel.width * position,
                y: panel.bottom - panel.height * self.position(of: milliseconds, on: scale)
            )
        }
    }

    /// Where a percentile lies, from 0 to 1.
    private static func position(of percentile: Double) -> Double {
        log(1 - percentile / 100) / log(1 - self.lastPercentile / 100)
    }

    /// Where a latency lies between decades, from 0 to 1.
    private static func position(of milliseconds: Double, on scale: ClosedRange<Int>) -> Double {
        let exponent = log10(max(milliseconds, 1e-9))
        let span = Double(scale.upperBound - scale.lowerBound)
        return min(max((exponent - Double(scale.lowerBound)) / span, 0), 1)
    }

    /// The powers of ten, in milliseconds, between which all latencies lie.
    private static func decades(of histograms: [LatencyHistogram]) -> ClosedRange<Int> {
        let values = histograms.filter { $0.count > 0 }
        let least = values.map { log10(max(Double($0.minimum) / 1e6, 1e-6)) }.min() ?? 0
        let most = values.map { log10(max(Double($0.value(atPercentile: self.lastPercentile)) / 1e6, 1e-6)) }.max() ?? 1
        let upper = Int(most.rounded(.up))
        let lower = max(Int(least.rounded(.down)), upper - self.maximumDecades)
        return min(lower, upper - 1)...upper
    }

    private static func milliseconds(_ decade: Int) -> String {
        decade >= 0
            ? NumberText.whole(pow(10, Double(decade))) : NumberText.fixed(pow(10, Double(decade)), decimals: -decade)
    }

    // MARK: - Calls over time

    private func drawRates(_ svg: inout SVGText, _ panel: Panel) {
        svg.text("name", "Calls per second over the measured time, seconds", x: panel.x, y: panel.y - 14)
        let rates = self.report.callsPerSecondOverTime
        let failures = self.report.failuresPerSecondOverTime
        let step = Self.step(upTo: max(rates.max() ?? 0, self.report.setup.callsPerSecond ?? 0))
        let top = step * 4
        for line in 0...4 {
            let y = panel.bottom - panel.height * Double(line) / 4
            svg.line("grid", x1: panel.x, y1: y, x2: panel.x + panel.width, y2: y)
            svg.text("axis end", NumberText.short(step * Double(line)), x: panel.x - 10, y: y + 4)
        }
        for part in 0...5 {
            let seconds = self.outcome.plan.durationSeconds * Double(part) / 5
            let x = panel.x + panel.width * Double(part) / 5
            svg.text("axis middle", NumberText.short(seconds), x: x, y: panel.bottom + 20)
        }
        if let rate = self.report.setup.callsPerSecond {
            let y = panel.bottom - panel.height * min(rate / top, 1)
            svg.line("due", x1: panel.x, y1: y, x2: panel.x + panel.width, y2: y)
            svg.text("label quiet", "due", x: panel.x + panel.width + 12, y: y + 4)
        }
        svg.polyline("curve all", Self.steps(rates, panel, top: top))
        svg.text("label all", "ended", x: panel.x + panel.width + 12, y: panel.y + 30)
        guard failures.contains(where: { $0 > 0 }) else { return }
        svg.polyline("curve failed", Self.steps(failures, panel, top: top))
        svg.text("label failed", "failed, overload", x: panel.x + panel.width + 12, y: panel.y + 50)
    }

    /// A line that is level within each interval.
    private static func steps(_ rates: [Double], _ panel: Panel, top: Double) -> [(x: Double, y: Double)] {
        let width = panel.width / Double(max(rates.count, 1))
        return rates.enumerated().flatMap { number, rate in
            let y = panel.bottom - panel.height * min(max(rate / top, 0), 1)
            let x = panel.x + width * Double(number)
            return [(x: x, y: y), (x: x + width, y: y)]
        }
    }

    /// A quarter of an axis: 1, 2, 2.5 or 5 times a power of ten.
    private static func step(upTo most: Double) -> Double {
        guard most > 0 else { return 1 }
        let quarter = most / 4
        let power = pow(10, log10(quarter).rounded(.down))
        return ([1, 2, 2.5, 5].map { $0 * power }.first { $0 >= quarter }) ?? power * 10
    }

    // MARK: - Style

    private static func style(of kind: CallKind) -> String {
        switch kind {
        case .read: "read"
        case .coldRead: "cold"
        case .set: "set"
        case .adjust: "adjust"
        case .receive: "receive"
        case .reserve: "reserve"
        case .commit: "commit"
        case .release: "release"
        }
    }

    /// Colours that are told apart by the colour-blind as well (after Okabe and Ito, 2008), darker on light ground and
    /// lighter on dark. Without variables, which not every viewer of SVG knows.
    private static let colours = [
        ("read", "#0072b2", "#56b4e9"), ("cold", "#00806a", "#2fd0a8"), ("set", "#b35900", "#ffa94d"),
        ("adjust", "#8a6d00", "#f0e442"), ("receive", "#666666", "#b0b0b0"), ("reserve", "#a8005c", "#ff85c2"),
        ("commit", "#5b3fc4", "#b7a6ff"), ("release", "#7a4b2a", "#d8b08c"), ("all", "#0072b2", "#56b4e9"),
        ("failed", "#c62828", "#ff8a80"),
    ]

    private static var style: String {
        let light = self.colours.map { ".curve.\($0.0){stroke:\($0.1)}.label.\($0.0){fill:\($0.1)}" }.joined()
        let dark = self.colours.map { ".curve.\($0.0){stroke:\($0.2)}.label.\($0.0){fill:\($0.2)}" }.joined()
        return """
            text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:18px;font-weight:600}\
            .name{font-weight:600}.quiet,.axis{fill:#57606a}.middle{text-anchor:middle}.end{text-anchor:end}\
            .ground{fill:#ffffff}.grid{stroke:#d8dee4;stroke-width:1}.due{stroke:#57606a;stroke-dasharray:5 4}\
            .curve{fill:none;stroke-width:2;stroke-linejoin:round}\(light)
            @media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet,.axis{fill:#9da7b3}.ground{fill:#0d1117}\
            .grid{stroke:#30363d}.due{stroke:#9da7b3}\(dark)}
            """
    }
}

/// A part of a picture with axes of its own.
private struct Panel {
    var x: Double
    var y: Double
    var width: Double
    var height: Double

    var bottom: Double { self.y + self.height }
}
