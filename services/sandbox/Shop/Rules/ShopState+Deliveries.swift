internal import Foundation

extension ShopState {
    /// The deliveries that may wait in a shop; what happens beyond that is told to nobody.
    public static let maximumDeliveries = 200_000

    /// Adds what is to be delivered, with the faults that are switched on: once, twice or not at all, soon or late.
    ///
    /// - Parameters:
    ///   - body: As it is sent, or what it is made of then.
    ///   - eventID: The name of the event, the same for all its receivers.
    ///   - subscriptionID: Who is told.
    public func deliver(_ body: String, eventID: String, of topic: String, to subscriptionID: Int64, at uri: String) {
        let faults = self.faults
        var dice = NotificationDice(seed: faults.seed, id: self.nextID())
        guard !dice.happens(faults.notificationDropRate) else { return }
        let isDoubled = dice.happens(faults.notificationDuplicateRate)
        for _ in 0..<(isDoubled ? 2 : 1) where self.deliveries.count < Self.maximumDeliveries {
            let now = Moment.now()
            let delay =
                faults.notificationDelayMilliseconds
                + Int(dice.next() * Double(faults.notificationReorderMilliseconds))
            self.put(
                Delivery(
                    id: self.nextID(), subscriptionID: subscriptionID, eventID: eventID,
                    webhookID: UUID().uuidString.lowercased(), topic: topic, uri: uri, body: body, triggeredAt: now,
                    dueAt: now + delay))
        }
    }
}

/// Random numbers that the seed and the number of a notification determine (SplitMix64), whatever happened before.
private struct NotificationDice {
    private var word: UInt64

    init(seed: UInt64, id: Int64) { self.word = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(bitPattern: id) }

    /// From 0 to below 1.
    mutating func next() -> Double {
        self.word &+= 0x9E37_79B9_7F4A_7C15
        var word = self.word
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ (word >> 31)) >> 11) / Double(1 << 53)
    }

    mutating func happens(_ rate: Double) -> Bool { self.next() < rate }
}
