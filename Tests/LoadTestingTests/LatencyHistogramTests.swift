import TestSupport
import Testing

@testable import LoadTesting

@Suite("Latencies are counted with a bounded error")
struct LatencyHistogramTests {
    /// The least value that so many of a hundred do not exceed.
    private static func exact(_ sorted: [UInt64], _ percentile: Double) -> UInt64 {
        let rank = Int((percentile * Double(sorted.count) / 100 * (1 - 1e-12)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// Values of every size, many of them small.
    private static func values(_ count: Int, _ generator: inout some RandomNumberGenerator) -> [UInt64] {
        (0..<count).map { _ in
            UInt64.random(in: 0 ... .max, using: &generator) >> UInt64.random(in: 0...63, using: &generator)
        }
    }

    private static let percentiles = [0, 1, 25, 50, 90, 99, 99.9, 99.99, 100]

    @Test("a percentile is never below the exact one, and above it by the stated error at most")
    func errorBound() {
        var generator = TestSupport.SeededGenerator(seed: testSeed())
        for count in [1, 2, 3, 10, 1_000, 20_000] {
            let values = Self.values(count, &generator)
            var histogram = LatencyHistogram()
            for value in values { histogram.record(value) }
            let sorted = values.sorted()
            for percentile in Self.percentiles {
                let exact = Self.exact(sorted, percentile)
                let found = histogram.value(atPercentile: percentile)
                #expect(found >= exact)
                #expect(Double(found - exact) <= Double(exact) * LatencyHistogram.relativeError)
            }
            #expect(histogram.count == UInt64(count))
            #expect(histogram.minimum == sorted[0])
            #expect(histogram.maximum == sorted[count - 1])
            #expect(histogram.value(atPercentile: 100) == sorted[count - 1])
        }
    }

    @Test("a value of any size is told by its bucket, which begins at it or above it within the error")
    func buckets() {
        var generator = TestSupport.SeededGenerator(seed: testSeed())
        for value in Self.values(300, &generator) + Array(0..<1_500) {
            // Beside a larger and a smaller one, so that neither bounds what is told.
            var histogram = LatencyHistogram()
            for value in [0, value, value < .max / 4 ? 4 * value + 1_000 : .max] { histogram.record(value) }
            let found = histogram.value(atPercentile: 50)
            #expect(found >= value && found - value <= value / 256, "\(value)")
        }
    }

    @Test("merging histograms is recording all their values in one")
    func merge() {
        var generator = TestSupport.SeededGenerator(seed: testSeed())
        for _ in 0..<50 {
            var whole = LatencyHistogram()
            var merged = LatencyHistogram()
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                var part = LatencyHistogram()
                for value in Self.values(Int.random(in: 0...40, using: &generator), &generator) {
                    whole.record(value >> 8)
                    part.record(value >> 8)
                }
                merged.merge(part)
            }
            #expect(merged.count == whole.count)
            #expect(abs(merged.mean - whole.mean) <= whole.mean * 1e-9)
            for percentile in Self.percentiles {
                #expect(merged.value(atPercentile: percentile) == whole.value(atPercentile: percentile))
            }
        }
    }

    @Test("the least and the largest of all numbers are counted, and of none there is nothing")
    func edges() {
        var histogram = LatencyHistogram()
        #expect(histogram.value(atPercentile: 50) == 0 && histogram.mean == 0)
        for value in [0, 255, 256, 511, 512, UInt64.max] { histogram.record(value) }
        #expect(histogram.value(atPercentile: 0) == 0)
        #expect(histogram.value(atPercentile: 50) == 256)
        #expect(histogram.value(atPercentile: 100) == .max)
    }
}
