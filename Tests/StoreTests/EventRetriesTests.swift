import Buckets
import Testing

@testable import Events

@Suite struct EventRetriesTests {
    private let one = Bucket.all[1]
    private let other = Bucket.all[2]

    private func retries() -> EventRetries {
        EventRetries(maximumTries: 3, firstWaitMilliseconds: 100, longestWaitMilliseconds: 250)
    }

    @Test("a batch that failed is halved until one event is alone, and grows again until the batch is behind")
    func halves() {
        var retries = self.retries()
        #expect(retries.failed(self.one, count: 8, through: 18, isTransient: false, at: 0) == .again)
        #expect(retries.mayRun(self.one, at: 0))
        #expect(retries.size(of: self.one, available: 8) == 4)
        #expect(retries.size(of: self.other, available: 8) == 8)
        #expect(retries.failed(self.one, count: 4, through: 14, isTransient: false, at: 0) == .again)
        #expect(retries.failed(self.one, count: 2, through: 12, isTransient: false, at: 0) == .again)
        #expect(retries.size(of: self.one, available: 8) == 1)
        retries.succeeded(self.one, through: 11, at: 0)
        #expect(retries.size(of: self.one, available: 8) == 2)
        retries.succeeded(self.one, through: 13, at: 0)
        #expect(retries.size(of: self.one, available: 8) == 4)
        retries.succeeded(self.one, through: 18, at: 0)
        #expect(retries.size(of: self.one, available: 8) == 8)
    }

    @Test("an event that fails waits longer each time, up to a limit, and is parked after the last try")
    func park() {
        var retries = self.retries()
        #expect(retries.failed(self.one, count: 1, through: 1, isTransient: false, at: 0) == .again)
        #expect(!retries.mayRun(self.one, at: 99) && retries.mayRun(self.one, at: 100))
        #expect(retries.mayRun(self.other, at: 0))
        #expect(retries.wait(at: 30) == 70)
        #expect(retries.failed(self.one, count: 1, through: 1, isTransient: false, at: 100) == .again)
        #expect(retries.wait(at: 100) == 200)
        #expect(retries.failed(self.one, count: 1, through: 1, isTransient: false, at: 300) == .park(tries: 3))
        #expect(retries.wait(at: 300) == 250)
        retries.succeeded(self.one, through: 1, at: 300)
        #expect(retries.wait(at: 300) == nil && retries.mayRun(self.one, at: 300))
    }

    @Test("failures of the database wait, but use up no try")
    func transient() {
        var retries = self.retries()
        for time in stride(from: Int64(0), to: 100_000, by: 1_000) {
            #expect(retries.failed(self.one, count: 1, through: 1, isTransient: true, at: time) == .again)
        }
        #expect(!retries.mayRun(self.one, at: 99_000))
        #expect(retries.failed(self.one, count: 1, through: 1, isTransient: false, at: 200_000) == .again)
    }
}
