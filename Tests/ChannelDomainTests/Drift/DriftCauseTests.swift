import ChannelDomain
import ChannelMessages
import TestSupport
import Testing

@Suite(.processorBound) struct DriftCauseTests {
    private static func belief(
        _ shelf: Int64?, previous: Int64? = nil, inFlight: Bool = false, sells: Bool = true, orders: Bool = false
    ) -> ShelfBelief {
        ShelfBelief(
            shelf: shelf, previous: previous, isInFlight: inFlight, sellsFromShelf: sells, hasAllOrders: orders)
    }

    @Test("each cause by what is known")
    func causes() {
        #expect(DriftCause.finding(exists: true, 5, against: Self.belief(5)) == nil)
        #expect(DriftCause.finding(exists: true, 5, against: Self.belief(nil)) == nil)
        #expect(DriftCause.finding(exists: true, nil, against: Self.belief(5)) == nil)
        #expect(DriftCause.finding(exists: false, nil, against: Self.belief(5)) == .listingGone)
        #expect(DriftCause.finding(exists: true, 4, against: Self.belief(5, inFlight: true)) == .inFlight)
        #expect(DriftCause.finding(exists: true, 9, against: Self.belief(5, previous: 9)) == .lostWrite)
        #expect(DriftCause.finding(exists: true, 4, against: Self.belief(5, previous: 9)) == .platformSale)
        #expect(DriftCause.finding(exists: true, 4, against: Self.belief(5, orders: true)) == .foreignEdit)
        #expect(DriftCause.finding(exists: true, 4, against: Self.belief(5, sells: false)) == .foreignEdit)
        #expect(DriftCause.finding(exists: true, 6, against: Self.belief(5)) == .foreignEdit)
    }
}
