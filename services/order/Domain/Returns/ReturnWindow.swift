internal import OrderMessages
internal import Refusals
internal import WellKnownMessages

/// Until when a return may be asked for.
enum ReturnWindow {
    /// How far behind delivery, unless the brand says otherwise. Days.
    static let days: Int64 = 30
    /// The same for deposits. Days.
    static let coreDays: Int64 = 90

    /// Refuses a return of a line that comes too late.
    ///
    /// The window begins when the last parcel with the line arrived; while one is on its way it has not begun. Of orders that
    /// came without parcels it begins at the order's date. What is recalled may come back at any time.
    ///
    /// - Throws: ``OrderRefusal`` with `windowClosed`.
    static func check(
        _ kind: ReturnKind, of line: OrderItem, in order: Order, at moment: OrderMoment, field: String
    ) throws(OrderRefusal) {
        guard kind != .recall, let begin = Self.begin(of: line, in: order) else { return }
        let days = kind == .core ? moment.settings.coreDays : moment.settings.returnDays
        guard moment.now > begin.adding(days: days) else { return }
        throw OrderRefusal(
            .windowClosed, field: field, "came to the buyer more than \(days) days ago",
            expected: "a return within \(days) days, or one that is authorised at once")
    }

    private static func begin(of line: OrderItem, in order: Order) -> ProtoTimestamp? {
        let parcels = order.shipments.filter { $0.lines.contains { $0.lineID == line.lineID } }
        guard !parcels.isEmpty else { return order.orderDate }
        guard parcels.allSatisfy({ $0.deliveredAt != nil }) else { return nil }
        return parcels.compactMap(\.deliveredAt).max()
    }
}

extension OrderSettings {
    fileprivate var returnDays: Int64 { self.returnWindowDays == 0 ? ReturnWindow.days : Int64(self.returnWindowDays) }
    fileprivate var coreDays: Int64 { self.coreWindowDays == 0 ? ReturnWindow.coreDays : Int64(self.coreWindowDays) }
}
