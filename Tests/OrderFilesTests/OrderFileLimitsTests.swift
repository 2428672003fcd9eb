import OrderFiles
import TestSupport
import Testing

@Suite("Limits of files of orders", .processorBound)
struct OrderFileLimitsTests {
    @Test("a record may be as long as an order of 250 lines")
    func record() { #expect(OrderFileLimits.maximumRecordBytes >= 250 * 1_024) }
}
