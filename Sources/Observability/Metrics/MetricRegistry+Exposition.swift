internal import Synchronization

extension MetricRegistry {
    /// The content type of ``exposition()``.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics in Prometheus' text format 0.0.4, sorted by name and labels.
    public func exposition() -> String {
        let (families, help) = self.state.withLock { ($0.families, $0.help) }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            Self.append(heading: name, family.kind, help[name], to: &text)
            for (labels, value) in family.series.sorted(by: { $0.key < $1.key }) {
                Self.append(value, name, labels, to: &text)
            }
        }
        let dropped = "metrics_dropped_series_total"
        Self.append(heading: dropped, .counter, "Metrics and label sets refused for lack of room.", to: &text)
        Self.append(sample: dropped, "", String(self.droppedSeries), to: &text)
        return text
    }

    static func append(heading name: String, _ kind: Kind, _ help: String?, to text: inout String) {
        if let help { text += "# HELP \(name) \(MetricName.help(help))\n" }
        text += "# TYPE \(name) \(kind.rawValue)\n"
    }

    static func append(sample name: String, _ labels: String, _ value: String, to text: inout String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    private static func append(_ value: Value, _ name: String, _ labels: String, to text: inout String) {
        switch value {
        case .counter(let counter): self.append(sample: name, labels, String(counter.value), to: &text)
        case .floatingPointCounter(let counter):
            self.append(sample: name, labels, MetricName.number(counter.value), to: &text)
        case .gauge(let gauge): self.append(sample: name, labels, MetricName.number(gauge.value), to: &text)
        case .histogram(let histogram): self.append(histogram, name, labels, to: &text)
        }
    }

    private static func append(_ histogram: HistogramValue, _ name: String, _ labels: String, to text: inout String) {
        let (cumulative, sum) = histogram.snapshot
        let prefix = labels.isEmpty ? "" : labels + ","
        for (bound, count) in zip(histogram.bounds + [.infinity], cumulative) {
            self.append(
                sample: name + "_bucket", "\(prefix)le=\"\(MetricName.number(bound))\"", String(count), to: &text)
        }
        self.append(sample: name + "_sum", labels, MetricName.number(sum), to: &text)
        self.append(sample: name + "_count", labels, String(cumulative.last ?? 0), to: &text)
    }
}
