public import CoreMetrics
internal import Synchronization

/// A number that only grows. Counting is one atomic addition; it saturates instead of trapping.
public final class CounterValue: CounterHandler {
    private let count = Atomic<Int64>(0)

    init() {}

    /// Adds an amount; a negative one is ignored, as counters never shrink.
    public func increment(by amount: Int64) {
        guard amount > 0 else { return }
        let (_, value) = self.count.wrappingAdd(amount, ordering: .relaxed)
        if value < 0 { self.count.store(.max, ordering: .relaxed) }
    }

    /// Begins at 0 again, which scrapers take for a restart.
    public func reset() { self.count.store(0, ordering: .relaxed) }

    var value: Int64 { self.count.load(ordering: .relaxed) }
}

/// A floating-point number that many threads change.
final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: self.bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { self.bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var old = self.bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isExchanged, seen) = self.bits.weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if isExchanged { return }
            old = seen
        }
    }
}

/// A floating-point number that only grows.
final class FloatingPointCounterValue: FloatingPointCounterHandler {
    private let sum = AtomicDouble()

    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        self.sum.add(amount)
    }

    func reset() { self.sum.store(0) }

    var value: Double { self.sum.value }
}

/// A number that goes up and down.
public final class GaugeValue: MeterHandler, RecorderHandler {
    private let current = AtomicDouble()

    init() {}

    /// Sets the number.
    public func set(_ value: Int64) { self.current.store(Double(value)) }
    /// Sets the number.
    public func set(_ value: Double) { self.current.store(value) }
    /// Adds to the number.
    public func increment(by amount: Double) { self.current.add(amount) }
    /// Takes from the number.
    public func decrement(by amount: Double) { self.current.add(-amount) }
    /// Sets the number: a recorder that does not aggregate is a gauge.
    public func record(_ value: Int64) { self.set(value) }
    /// Sets the number: a recorder that does not aggregate is a gauge.
    public func record(_ value: Double) { self.set(value) }

    var value: Double { self.current.value }
}

/// Values counted by how large they are.
///
/// Recording is a search in the fixed upper bounds, an atomic addition and a compare-and-swap of the sum.
public final class HistogramValue: TimerHandler, RecorderHandler {
    /// Upper bounds for times, in seconds: from 100 µs, which an RPC within a host takes, to 30 s, the longest deadline.
    public static let secondsBounds = [
        0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    /// Upper bounds for sizes and amounts of any unit: powers of four up to 16 M.
    public static let amountBounds = (0...12).map { Double(1 << (2 * $0)) }

    /// A counter of its own cache line would cost memory for each series; the spread over buckets is enough.
    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
    }

    let bounds: [Double]
    private let buckets: [Bucket]
    private let sum = AtomicDouble()

    init(bounds: [Double]) {
        assert(bounds == bounds.sorted(), "a histogram's bounds must ascend")
        self.bounds = bounds
        self.buckets = (0...bounds.count).map { _ in Bucket() }
    }

    /// Counts a time.
    public func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }
    /// Counts a time that several took.
    public func recordNanoseconds(_ duration: Int64, count: Int) { self.record(Double(duration) / 1e9, count: count) }
    /// Counts a value.
    public func record(_ value: Int64) { self.record(Double(value)) }

    /// Counts a value; one that is not a number is ignored, as it would spoil the sum for ever.
    public func record(_ value: Double) { self.record(value, count: 1) }

    /// Counts a value as often as given.
    private func record(_ value: Double, count: Int) {
        guard !value.isNaN, count > 0 else { return }
        let index = self.bounds.firstIndex { value <= $0 } ?? self.bounds.count
        self.buckets[index].count.add(UInt64(count), ordering: .relaxed)
        self.sum.add(value * Double(count))
    }

    /// How many values each bound and those below it hold, the last without bound; and the sum of all values.
    var snapshot: (cumulative: [UInt64], sum: Double) {
        var total: UInt64 = 0
        let cumulative = self.buckets.map { bucket in
            total += bucket.count.load(ordering: .relaxed)
            return total
        }
        return (cumulative, self.sum.value)
    }
}
