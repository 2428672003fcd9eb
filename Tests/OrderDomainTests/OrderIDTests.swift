import Buckets
import OrderDomain
import TestSupport
import Testing

@Suite("Ids of orders", .processorBound)
struct OrderIDTests {
    @Test("an id leads to its bucket, and its text back to it", arguments: [0, 1, 31, 32, 63] as [Int16])
    func bucket(_ number: Int16) throws {
        let bucket = try #require(Bucket(number: number))
        let id = OrderID(bucket: bucket, milliseconds: 1_790_000_000_123, random: (.max, .max))
        #expect(id.bucket == bucket)
        let text = id.description
        #expect(text.count == 36 && text[text.index(text.startIndex, offsetBy: 14)] == "7")
        #expect(OrderID(text) == id)
        #expect(OrderID(text.uppercased()) == id)
    }

    @Test("ids of later orders come later")
    func order() throws {
        let bucket = try #require(Bucket(number: 7))
        let ids = (0..<100).map {
            OrderID(bucket: bucket, milliseconds: 1_790_000_000_000 + $0, random: (.random(in: .min ... .max), 0))
        }
        #expect(ids.map(\.high) == ids.map(\.high).sorted())
    }

    @Test(
        "what is no id of an order",
        arguments: [
            "", "ORD09876", "018f2d6e-0000-4000-8000-000000000000", "018f2d6e-0000-7000-c000-000000000000",
            "018f2d6e-0000-7000-8000-00000000000", "018f2d6e-0000-7000-8000-0000000000000",
            "018f2d6e00000-7000-8000-000000000000", "018f2d6e-0000-7000-8000-00000000000g",
        ])
    func others(_ text: String) { #expect(OrderID(text) == nil) }
}
