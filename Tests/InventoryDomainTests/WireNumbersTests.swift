import InventoryDomain
import InventoryMessages
import TestSupport
import Testing

/// The numbers and names that the rules share with the proto files.
@Suite(.processorBound) struct WireNumbersTests {
    @Test("raw values are those of the proto enums, by name")
    func rawValues() {
        for reason in InventoryDomain.RefusalReason.allCases {
            self.expectSame(reason, InventoryMessages.RefusalReason(rawValue: reason.rawValue))
            #expect(InventoryMessages.RefusalReason(rawValue: reason.rawValue).httpStatus != nil)
        }
        for state in InventoryDomain.StockState.allCases {
            self.expectSame(state, InventoryMessages.StockState(rawValue: Int32(state.rawValue)))
        }
        for state in InventoryDomain.ReservationState.allCases {
            self.expectSame(state, InventoryMessages.ReservationState(rawValue: Int32(state.rawValue)))
        }
        for source in InventoryDomain.Source.allCases {
            self.expectSame(source, InventoryMessages.Source(rawValue: Int32(source.rawValue)))
        }
        for reason in InventoryDomain.AdjustmentReason.allCases {
            self.expectSame(reason, InventoryMessages.AdjustmentReason(rawValue: Int32(reason.rawValue)))
        }
        for strategy in InventoryDomain.AllocationStrategy.allCases {
            self.expectSame(strategy, InventoryMessages.AllocationStrategy(rawValue: Int32(strategy.rawValue)))
        }
    }

    private func expectSame(_ rule: some Any, _ message: some Any) {
        #expect("\(rule)".lowercased() == "\(message)".lowercased())
    }
}
