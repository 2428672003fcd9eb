import CoreMetrics
import Testing

@testable import Observability

@Suite("Metrics are counted exactly and exposed in Prometheus' text format")
struct MetricTests {
    @Test("Counters, gauges and recorders made through swift-metrics are exposed with their kinds")
    func kinds() throws {
        let registry = MetricRegistry()
        Counter(label: "orders.taken", dimensions: [("channel", "web")], factory: registry).increment(by: 3)
        FloatingPointCounter(label: "energy", factory: registry).increment(by: 1.5)
        Meter(label: "queue", factory: registry).set(7)
        Gauge(label: "level", factory: registry).record(-2.5)
        Recorder(label: "batch", factory: registry).record(5)
        Timer(label: "wait", factory: registry).recordMilliseconds(3)
        registry.describe("orders_taken_total", "Orders\ntaken \\ by channel.")
        let exposition = try Exposition(registry.exposition())
        #expect(exposition.value("orders_taken_total", ["channel": "web"]) == 3)
        #expect(exposition.types["orders_taken_total"] == "counter")
        #expect(exposition.help["orders_taken_total"] == "Orders\\ntaken \\\\ by channel.")
        #expect(exposition.value("energy_total") == 1.5)
        #expect(exposition.value("queue") == 7)
        #expect(exposition.value("level") == -2.5)
        #expect(exposition.types["batch"] == "histogram")
        #expect(exposition.value("batch_bucket", ["le": "4"]) == 0)
        #expect(exposition.value("batch_bucket", ["le": "16"]) == 1)
        #expect(exposition.value("wait_seconds_bucket", ["le": "0.0025"]) == 0)
        #expect(exposition.value("wait_seconds_bucket", ["le": "0.005"]) == 1)
        #expect(exposition.value("wait_seconds_sum") == 0.003)
    }

    @Test("A histogram's buckets hold what is at most their bound, add up, and end at the count", arguments: 0..<10)
    func histogram(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        let registry = MetricRegistry()
        let bounds = [0.5, 1, 2]
        let histogram = try #require(registry.histogram("h", [("a", "b")], bounds: bounds))
        var values = [0.5, 1, 2, 3, .infinity]
        values += (0..<100).map { _ in Double.random(in: 0...4, using: &generator) }
        for value in values { histogram.record(value) }
        histogram.record(Double.nan)
        let exposition = try Exposition(registry.exposition())
        for (bound, label) in zip(bounds, ["0.5", "1", "2"]) {
            let expected = values.filter { $0 <= bound }.count
            #expect(exposition.value("h_bucket", ["a": "b", "le": label]) == Double(expected))
        }
        #expect(exposition.value("h_bucket", ["a": "b", "le": "+Inf"]) == Double(values.count))
        #expect(exposition.value("h_count", ["a": "b"]) == Double(values.count))
        #expect(exposition.value("h_sum", ["a": "b"]) == .infinity)
    }

    @Test("Names and labels of any text are sanitised and escaped", arguments: 0..<20)
    func anyNames(_ seed: UInt64) throws {
        var generator = Generator(state: seed)
        let registry = MetricRegistry()
        var values: Set<String> = []
        for _ in 0..<30 {
            let texts = (0..<3).map { _ in
                let scalars = "ab_:9-é\"\\\n{}=, le".unicodeScalars
                let picked = (0..<Int.random(in: 0...6, using: &generator)).compactMap { _ in
                    scalars.randomElement(using: &generator)
                }
                return String(String.UnicodeScalarView(picked))
            }
            registry.counter(texts[0], [(texts[1], texts[2]), (texts[1], "again")])?.increment(by: 1)
            values.insert(texts[2])
        }
        let exposition = try Exposition(registry.exposition())
        let seen = Set(exposition.samples.keys.flatMap { $0.labels.values })
        #expect(seen == values)
        #expect(registry.droppedSeries == 0)
    }

    @Test("Label sets beyond the limit, and a name taken by another kind, count nothing and are counted")
    func limits() throws {
        let registry = MetricRegistry()
        for number in 0..<(MetricRegistry.maximumSeriesPerMetric + 5) {
            Counter(label: "c", dimensions: [("id", String(number))], factory: registry).increment()
        }
        Meter(label: "c_total", factory: registry).set(1)
        let exposition = try Exposition(registry.exposition())
        #expect(exposition.samples.keys.filter { $0.name == "c_total" }.count == MetricRegistry.maximumSeriesPerMetric)
        #expect(exposition.value("metrics_dropped_series_total") == 6)
        #expect(registry.counter("c", [("id", "0")]) != nil)
    }

    @Test("Many threads lose no count, and making a metric again gives the same one")
    func concurrent() async throws {
        let registry = MetricRegistry()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1_000 {
                        registry.counter("c")?.increment(by: 1)
                        registry.gauge("g")?.increment(by: 1)
                        registry.histogram("h")?.record(0.5)
                    }
                }
            }
        }
        let exposition = try Exposition(registry.exposition())
        #expect(exposition.value("c_total") == 8_000)
        #expect(exposition.value("g") == 8_000)
        #expect(exposition.value("h_count") == 8_000)
        #expect(exposition.value("h_sum") == 4_000)
    }

    @Test("A counter never shrinks and never traps")
    func saturation() {
        let counter = CounterValue()
        counter.increment(by: -1)
        #expect(counter.value == 0)
        counter.increment(by: .max)
        counter.increment(by: .max)
        #expect(counter.value == .max)
    }

    @Test("The process's own metrics are exposed under the usual names")
    func process() throws {
        let exposition = try Exposition(ProcessMetrics.exposition())
        #expect(try #require(exposition.value("process_resident_memory_bytes")) > 1_000_000)
        #expect(try #require(exposition.value("process_open_fds")) >= 3)
        #expect(try #require(exposition.value("process_cpu_seconds_total")) > 0)
        #expect(try #require(exposition.value("process_start_time_seconds")) > 1_600_000_000)
    }
}
