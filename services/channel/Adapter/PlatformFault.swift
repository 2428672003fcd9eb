/// Why a call to a platform did not do what was asked, in terms of what is to be done about it.
public struct PlatformFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is to be done.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// It may work later: the platform failed, or was not reached.
        case retry
        /// The platform asks us to wait; counts as no try, and not against the circuit.
        case throttled
        /// The data is refused: something has to be changed first.
        case refused
        /// The credentials are refused: they are renewed once, and then the connection stops.
        case reauthenticate
        /// The platform has ended the connection: it stops.
        case stop
        /// What was asked for was done before: a success.
        case doneAlready
        /// What the platform has is not what we believed: it is read back first, and the change decided anew.
        case stale
        /// A code that no table has: tried again a bounded number of times, and reported.
        case unknown
    }

    /// What is to be done.
    public var kind: Kind
    /// The platform's code, or one of ours: "THROTTLED", "http-503", "not-reached".
    public var code: String
    /// What the platform said; no secret in it.
    public var message: String
    /// How long the platform asks us to wait, in milliseconds; nil: it did not say.
    public var retryAfterMilliseconds: Int64?
    /// Whether the call may have been carried out all the same: no answer came.
    public var isOutcomeUnknown: Bool
    /// Whether a row may do better in a call of its own, though it is refused among others.
    public var goesAlone: Bool

    /// A fault with all that it consists of.
    public init(
        _ kind: Kind, code: String, _ message: String, retryAfterMilliseconds: Int64? = nil,
        isOutcomeUnknown: Bool = false, goesAlone: Bool = false
    ) {
        self.kind = kind
        self.code = code
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.isOutcomeUnknown = isOutcomeUnknown
        self.goesAlone = goesAlone
    }

    /// Of a platform to which there was no connection: nothing of the call was sent.
    public static let notReached = "not-reached"

    /// Whether there was no connection to the platform: it says nothing of what was to be sent.
    public var isUnreached: Bool { self.code == Self.notReached }

    /// The code and what the platform said.
    public var description: String { "\(self.code): \(self.message)" }
}
