/// Counts events in windows of a second and says when there are too many.
public struct RateWindow: Hashable, Sendable {
    /// The events that a window may hold.
    public let limit: UInt32
    private var windowStartNanoseconds: UInt64 = 0
    @usableFromInline var count: UInt32 = 0

    /// No events yet.
    public init(limit: UInt32) { self.limit = limit }

    /// Counts an event.
    ///
    /// - Parameter nanoseconds: A monotonic clock.
    /// - Returns: Whether the window's limit still holds.
    public mutating func record(at nanoseconds: UInt64) -> Bool {
        if nanoseconds &- self.windowStartNanoseconds >= 1_000_000_000 {
            self.windowStartNanoseconds = nanoseconds
            self.count = 0
        }
        guard self.count < self.limit else { return false }
        self.count += 1
        return true
    }

    /// Forgets the events of the window.
    @inlinable
    public mutating func reset() { self.count = 0 }
}
