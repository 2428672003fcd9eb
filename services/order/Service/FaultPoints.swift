/// A place between two steps of something that must come to its end whatever happens.
struct FaultPoint: Hashable, Sendable, CustomStringConvertible {
    /// Its name, such as `effect-sent`.
    let description: String

    /// A place by its name.
    init(_ description: String) { self.description = description }
}

/// Lets tests stop the service between two steps; in production nothing happens there.
struct FaultPoints: Sendable {
    /// Nothing happens anywhere.
    static let none = FaultPoints(nil)

    private let hook: (@Sendable (FaultPoint) async throws -> Void)?

    /// - Parameter hook: Runs at each place; what it throws ends the work there, as a crash would.
    init(_ hook: (@Sendable (FaultPoint) async throws -> Void)?) { self.hook = hook }

    /// The work has come to a place.
    func reach(_ point: FaultPoint) async throws { try await self.hook?(point) }
}
