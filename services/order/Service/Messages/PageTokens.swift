internal import RPC

extension RPCError {
    /// A page token that was not given out for the question, or is cut short.
    static let invalidPageToken = RPCError(
        field: "pageToken", "is none that was given out", expected: "nextPageToken of the page before")
}
