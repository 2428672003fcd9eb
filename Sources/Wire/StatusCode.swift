/// How a call ended. The codes and their meaning are gRPC's.
public struct StatusCode: RawRepresentable, Hashable, Sendable {
    /// The number in a RESPONSE frame.
    public let rawValue: UInt32

    /// A code that this version does not know stands for ``unknown``.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue <= 16 ? rawValue : 2 }

    /// The call succeeded.
    public static let ok = StatusCode(rawValue: 0)
    /// The caller cancelled.
    public static let cancelled = StatusCode(rawValue: 1)
    /// Something went wrong that has no code.
    public static let unknown = StatusCode(rawValue: 2)
    /// The request is wrong whatever the state of the system.
    public static let invalidArgument = StatusCode(rawValue: 3)
    /// The deadline passed; the call may have taken effect.
    public static let deadlineExceeded = StatusCode(rawValue: 4)
    /// What was asked for does not exist, or is another brand's.
    public static let notFound = StatusCode(rawValue: 5)
    /// What was to be made exists.
    public static let alreadyExists = StatusCode(rawValue: 6)
    /// The caller is known and may not do this.
    public static let permissionDenied = StatusCode(rawValue: 7)
    /// A quota or limit is used up.
    public static let resourceExhausted = StatusCode(rawValue: 8)
    /// The system is not in the state that the call needs; repeating does not help before that changes.
    public static let failedPrecondition = StatusCode(rawValue: 9)
    /// A conflict with another call; repeating from the start may help.
    public static let aborted = StatusCode(rawValue: 10)
    /// Past the end of what there is.
    public static let outOfRange = StatusCode(rawValue: 11)
    /// There is no such method.
    public static let unimplemented = StatusCode(rawValue: 12)
    /// A fault of the server's.
    public static let `internal` = StatusCode(rawValue: 13)
    /// The server cannot be reached or takes no calls now; repeating may help.
    public static let unavailable = StatusCode(rawValue: 14)
    /// Data was lost or damaged beyond repair.
    public static let dataLoss = StatusCode(rawValue: 15)
    /// The caller did not prove who it is.
    public static let unauthenticated = StatusCode(rawValue: 16)

    /// The seventeen codes, OK among them.
    public static let all: [StatusCode] = (0...16).map { StatusCode(rawValue: $0) }
}

extension StatusCode: CustomStringConvertible {
    private static let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ]

    /// The name as gRPC writes it.
    public var description: String { StatusCode.names[Int(self.rawValue)] }
}
