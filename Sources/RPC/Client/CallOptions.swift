/// What a caller may say about a call beside its request.
public struct CallOptions: Sendable {
    /// How long the call may take, over all its tries. The time that the caller's own call has left is never
    /// exceeded. `nil`: the client's default.
    public var timeout: Duration?
    /// Metadata that travels with the request.
    public var metadata: Metadata
    /// On whose behalf the call is made, where the client may act for others; `nil`: its own.
    public var caller: CallerIdentity?
    /// The trace that the call belongs to; `nil`: that of the call being handled, if any.
    public var trace: TraceContext?
    /// Whether the call waits, until its deadline, for a server that can be reached, instead of failing at once.
    public var waitsForReady: Bool
    /// Told the response's trailing metadata, on an event loop.
    public var onTrailingMetadata: (@Sendable (Metadata) -> Void)?

    /// Options; the defaults suit most calls.
    public init(
        timeout: Duration? = nil,
        metadata: Metadata = Metadata(),
        caller: CallerIdentity? = nil,
        trace: TraceContext? = nil,
        waitsForReady: Bool = false,
        onTrailingMetadata: (@Sendable (Metadata) -> Void)? = nil
    ) {
        self.timeout = timeout
        self.metadata = metadata
        self.caller = caller
        self.trace = trace
        self.waitsForReady = waitsForReady
        self.onTrailingMetadata = onTrailingMetadata
    }
}
