internal import NIOCore

/// What a handler's own calls and log lines inherit: the time that is left, the trace, and the brand.
public struct CallScope: Sendable {
    /// When the call that is being handled is over, by NIO's monotonic clock; `nil`: never.
    let deadline: NIODeadline?
    /// The trace that the call belongs to.
    public let trace: TraceContext?
    /// The brand that the call is made for; empty: none.
    public let brand: String

    /// The scope of the call that the current task handles.
    public static var current: CallScope? { self.bound ?? self.cell?.scope }

    /// A scope that was bound for one operation; it stands before that of the handler's task.
    @TaskLocal static var bound: CallScope?
    /// What a handler's task and those that it starts find the call in.
    @TaskLocal static var cell: CallScopeCell?

    /// Runs an operation as if within a call that has so much time left.
    ///
    /// For work that did not begin with a call, such as a job, but whose calls must come to an end.
    public static func with<Result>(
        timeout: Duration,
        trace: TraceContext? = nil,
        brand: String = "",
        _ operation: () async throws -> Result
    ) async rethrows -> Result {
        let scope = CallScope(deadline: .now() + TimeAmount(timeout), trace: trace, brand: brand)
        return try await CallScope.$bound.withValue(scope, operation: operation)
    }
}
