internal import DequeModule

/// What idempotency keys were used for; the oldest are forgotten when there is no more room.
public struct KeyUses {
    /// The keys that are remembered.
    public static let maximumCount = 100_000
    /// The bytes of answers that are remembered.
    public static let maximumBytes = 67_108_864

    private var uses: [String: KeyUse] = [:]
    private var order: Deque<String> = []
    private var bytes = 0

    /// The use of a key.
    public subscript(_ key: String) -> KeyUse? { self.uses[key] }

    /// All, the oldest first.
    var all: [KeyUse] { self.order.compactMap { self.uses[$0] } }

    mutating func put(_ use: KeyUse) {
        if let before = self.uses.updateValue(use, forKey: use.key) {
            self.bytes -= before.answer?.utf8.count ?? 0
        } else {
            self.order.append(use.key)
        }
        self.bytes += use.answer?.utf8.count ?? 0
        while self.order.count > Self.maximumCount || (self.bytes > Self.maximumBytes && self.order.count > 1) {
            let oldest = self.order.removeFirst()
            self.bytes -= self.uses.removeValue(forKey: oldest)?.answer?.utf8.count ?? 0
        }
    }
}
