/// Values by stream id.
///
/// A connection looks a stream up for every frame that is not a whole unary request, so this is an open-addressing
/// table with linear probing instead of a `Dictionary`: no hashing beyond one multiplication, and no tombstones.
/// Finding, inserting and removing take constant time on average. An empty table takes no memory, as most connections
/// are idle.
public struct StreamTable<Value> {
    /// The capacity of a table that is not empty, and where an emptied one goes back to nothing.
    private static var leastCapacity: Int { 16 }

    /// Stream ids; 0, which no stream has, marks a free slot. The count is a power of two, or 0.
    private var keys: ContiguousArray<UInt32> = []
    private var values: ContiguousArray<Value?> = []

    /// The number of streams.
    @inlinable public var count: Int { self.storedCount }
    @usableFromInline var storedCount = 0

    /// A table without streams.
    public init() {}

    /// Whether there are no streams.
    @inlinable public var isEmpty: Bool { self.count == 0 }

    /// The value of a stream; setting `nil` removes the stream.
    ///
    /// - Precondition: The id is not 0.
    public subscript(stream: UInt32) -> Value? {
        get { self.slot(of: stream).flatMap { self.values[$0] } }
        set {
            if let newValue {
                self.insert(newValue, for: stream)
            } else {
                self.remove(stream)
            }
        }
    }

    /// Changes a stream's value in place.
    ///
    /// - Returns: What `body` returns, or `nil` where there is no such stream.
    public mutating func update<Result>(_ stream: UInt32, _ body: (inout Value) -> Result) -> Result? {
        guard let slot = self.slot(of: stream), var value = self.values[slot] else { return nil }
        self.values[slot] = nil
        defer { self.values[slot] = value }
        return body(&value)
    }

    /// Adds a stream, or replaces its value.
    public mutating func insert(_ value: Value, for stream: UInt32) {
        precondition(stream != 0, "0 is no stream")
        if let slot = self.slot(of: stream) {
            self.values[slot] = value
            return
        }
        if (self.count + 1) * 2 > self.keys.count {
            self.resize(to: Swift.max(Self.leastCapacity, self.keys.count * 2))
        }
        self.place(value, for: stream)
        self.storedCount += 1
    }

    /// Removes a stream.
    ///
    /// - Returns: Its value, or `nil` where there was none.
    @discardableResult
    public mutating func remove(_ stream: UInt32) -> Value? {
        guard let slot = self.slot(of: stream) else { return nil }
        let value = self.values[slot]
        self.vacate(slot)
        self.storedCount -= 1
        if self.storedCount == 0, self.keys.count > Self.leastCapacity {
            self.keys = []
            self.values = []
        }
        return value
    }

    /// The ids of all streams, in no order.
    public var streams: [UInt32] { self.keys.filter { $0 != 0 } }

    /// Calls `body` with each stream, in no order.
    public func visit(_ body: (_ stream: UInt32, _ value: Value) -> Void) {
        for slot in self.keys.indices where self.keys[slot] != 0 {
            if let value = self.values[slot] { body(self.keys[slot], value) }
        }
    }

    /// The slot where the search for a stream begins. Fibonacci hashing spreads ids that all are odd and close to
    /// each other.
    private func home(_ stream: UInt32) -> Int {
        Int((stream &* 2_654_435_769) >> 8) & (self.keys.count - 1)
    }

    private func slot(of stream: UInt32) -> Int? {
        guard !self.keys.isEmpty, stream != 0 else { return nil }
        var slot = self.home(stream)
        while self.keys[slot] != 0 {
            if self.keys[slot] == stream { return slot }
            slot = (slot + 1) & (self.keys.count - 1)
        }
        return nil
    }

    private mutating func place(_ value: Value, for stream: UInt32) {
        var slot = self.home(stream)
        while self.keys[slot] != 0 { slot = (slot + 1) & (self.keys.count - 1) }
        self.keys[slot] = stream
        self.values[slot] = value
    }

    /// Frees a slot and moves back those behind it whose search would otherwise end at the gap.
    private mutating func vacate(_ slot: Int) {
        let mask = self.keys.count - 1
        var gap = slot
        var next = (gap + 1) & mask
        while self.keys[next] != 0 {
            let distanceFromHome = (next - self.home(self.keys[next])) & mask
            if distanceFromHome >= (next - gap) & mask {
                self.keys[gap] = self.keys[next]
                self.values[gap] = self.values[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        self.keys[gap] = 0
        self.values[gap] = nil
    }

    private mutating func resize(to capacity: Int) {
        let (oldKeys, oldValues) = (self.keys, self.values)
        self.keys = ContiguousArray(repeating: 0, count: capacity)
        self.values = ContiguousArray(repeating: nil, count: capacity)
        for slot in oldKeys.indices where oldKeys[slot] != 0 {
            if let value = oldValues[slot] { self.place(value, for: oldKeys[slot]) }
        }
    }
}

extension StreamTable: Sendable where Value: Sendable {}
