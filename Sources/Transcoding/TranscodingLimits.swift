/// What transcoding one message may cost.
public struct TranscodingLimits: Hashable, Sendable {
    /// How deep objects and lists may be nested in JSON, and messages on the wire: deeper than any message of ours.
    public static let maximumDepth = 64
    /// The parameters that a query may have.
    public static let maximumQueryParameters = 256

    /// The bytes of JSON that are read; the wire bytes made of them are at most seven times as many.
    public var maximumInputBytes: Int
    /// The bytes of JSON that are written.
    public var maximumOutputBytes: Int

    /// Limits of 4 MiB for what is read, as large as the messages that RPC takes by default, and of 32 MiB for what is
    /// written.
    public init(maximumInputBytes: Int = 4_194_304, maximumOutputBytes: Int = 33_554_432) {
        self.maximumInputBytes = maximumInputBytes
        self.maximumOutputBytes = maximumOutputBytes
    }
}
