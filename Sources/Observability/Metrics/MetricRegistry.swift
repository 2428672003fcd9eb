public import CoreMetrics
internal import Synchronization

/// All metrics of a process, by name and labels; ``exposition()`` gives them to Prometheus.
///
/// Making the same metric twice gives the same one. Counters get the suffix `_total` and times `_seconds` where their
/// name lacks it. A name that is taken by another kind of metric, and a label set beyond
/// ``maximumSeriesPerMetric``, gets a handler that counts nothing, and is counted itself in
/// `metrics_dropped_series_total`.
public final class MetricRegistry: MetricsFactory {
    /// The label sets of one metric: a label that holds an id would fill memory and the scraper's database.
    public static let maximumSeriesPerMetric = 1_000
    /// The names of metrics.
    public static let maximumMetrics = 2_000

    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    enum Value {
        case counter(CounterValue)
        case floatingPointCounter(FloatingPointCounterValue)
        case gauge(GaugeValue)
        case histogram(HistogramValue)
    }

    /// A metric: one value for each label set, which is its rendered text.
    struct Family {
        let kind: Kind
        var series: [String: Value] = [:]
    }

    struct State {
        var families: [String: Family] = [:]
        var help: [String: String] = [:]
    }

    let state = Mutex(State())
    private let dropped = CounterValue()

    /// An empty registry.
    public init() {}

    /// The attempts to make a series that were refused.
    public var droppedSeries: Int64 { self.dropped.value }

    /// Says what a metric means, for its HELP line.
    ///
    /// - Parameter name: The name as it is exposed, with its suffix.
    public func describe(_ name: String, _ help: String) {
        self.state.withLock { state in
            guard state.help.count < Self.maximumMetrics else { return }
            state.help[MetricName.metric(name)] = help
        }
    }

    /// The counter of that name and these labels; `nil` where the limits refuse one.
    public func counter(_ name: String, _ labels: [(String, String)] = []) -> CounterValue? {
        let value = self.value(name.withSuffix("_total"), labels, .counter) { .counter(CounterValue()) }
        if case .counter(let counter) = value { return counter }
        return nil
    }

    /// The gauge of that name and these labels; `nil` where the limits refuse one.
    public func gauge(_ name: String, _ labels: [(String, String)] = []) -> GaugeValue? {
        if case .gauge(let gauge) = self.value(name, labels, .gauge, { .gauge(GaugeValue()) }) { return gauge }
        return nil
    }

    /// The histogram of that name and these labels; `nil` where the limits refuse one.
    public func histogram(
        _ name: String, _ labels: [(String, String)] = [], bounds: [Double] = HistogramValue.secondsBounds
    ) -> HistogramValue? {
        let value = self.value(name, labels, .histogram) { .histogram(HistogramValue(bounds: bounds)) }
        if case .histogram(let histogram) = value { return histogram }
        return nil
    }

    private func value(_ name: String, _ labels: [(String, String)], _ kind: Kind, _ make: () -> Value) -> Value? {
        let name = MetricName.metric(name)
        let labels = Self.text(of: labels)
        let value: Value? = self.state.withLock { state in
            guard state.families[name] != nil || state.families.count < Self.maximumMetrics else { return nil }
            var family = state.families[name] ?? Family(kind: kind)
            guard family.kind == kind else { return nil }
            if let known = family.series[labels] { return known }
            guard family.series.count < Self.maximumSeriesPerMetric else { return nil }
            let value = make()
            // Taken out first, so that the dictionary of series is changed in place.
            state.families[name] = nil
            family.series[labels] = value
            state.families[name] = family
            return value
        }
        if value == nil { self.dropped.increment(by: 1) }
        return value
    }

    /// `a="1",b="2"`, sorted, so that one label set has one text; of two labels that sanitise to one name, the first.
    private static func text(of labels: [(String, String)]) -> String {
        var seen: Set<String> = []
        return labels.map { (MetricName.label($0.0), MetricName.labelValue($0.1)) }
            .filter { seen.insert($0.0).inserted }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\($0.1)\"" }
            .joined(separator: ",")
    }
}

extension String {
    fileprivate func withSuffix(_ suffix: String) -> String { self.hasSuffix(suffix) ? self : self + suffix }
}

// MARK: - swift-metrics

extension MetricRegistry {
    /// The counter that swift-metrics asks for.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.counter(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// The counter that swift-metrics asks for.
    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        let value = self.value(label.withSuffix("_total"), dimensions, .counter) {
            .floatingPointCounter(FloatingPointCounterValue())
        }
        if case .floatingPointCounter(let counter) = value { return counter }
        return NOOPMetricsHandler.instance
    }

    /// The gauge that swift-metrics asks for.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.gauge(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    /// A histogram where the recorder aggregates, else a gauge.
    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return self.gauge(label, dimensions) ?? NOOPMetricsHandler.instance }
        return self.histogram(label, dimensions, bounds: HistogramValue.amountBounds) ?? NOOPMetricsHandler.instance
    }

    /// A histogram in seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.histogram(label.withSuffix("_seconds"), dimensions) ?? NOOPMetricsHandler.instance
    }

    /// Does nothing: a series that vanished would look like a restart to scrapers, and their number is bounded.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing, as ``destroyCounter(_:)``.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing, as ``destroyCounter(_:)``.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing, as ``destroyCounter(_:)``.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing, as ``destroyCounter(_:)``.
    public func destroyTimer(_ handler: any TimerHandler) {}
}
