/// How a call ended. The codes and their meaning are gRPC's.
public struct StatusCode: RawRepresentable, Hashable, Sendable {
    /// The number in a RESPONSE frame.
    public let rawValue: UInt32

    /// A code that this version does not know stands for ``unknown``.
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue <= 16 ? rawValue : 2 }

    /// The call succeeded.
    @inlinable public static var ok: StatusCode { StatusCode(rawValue: 0) }
    /// The caller cancelled.
    @inlinable public static var cancelled: StatusCode { StatusCode(rawValue: 1) }
    /// Something went wrong that has no code.
    @inlinable public static var unknown: StatusCode { StatusCode(rawValue: 2) }
    /// The request is wrong whatever the state of the system.
    @inlinable public static var invalidArgument: StatusCode { StatusCode(rawValue: 3) }
    /// The deadline passed; the call may have taken effect.
    @inlinable public static var deadlineExceeded: StatusCode { StatusCode(rawValue: 4) }
    /// What was asked for does not exist, or is another brand's.
    @inlinable public static var notFound: StatusCode { StatusCode(rawValue: 5) }
    /// What was to be made exists.
    @inlinable public static var alreadyExists: StatusCode { StatusCode(rawValue: 6) }
    /// The caller is known and may not do this.
    @inlinable public static var permissionDenied: StatusCode { StatusCode(rawValue: 7) }
    /// A quota or limit is used up.
    @inlinable public static var resourceExhausted: StatusCode { StatusCode(rawValue: 8) }
    /// The system is not in the state that the call needs; repeating does not help before that changes.
    @inlinable public static var failedPrecondition: StatusCode { StatusCode(rawValue: 9) }
    /// A conflict with another call; repeating from the start may help.
    @inlinable public static var aborted: StatusCode { StatusCode(rawValue: 10) }
    /// Past the end of what there is.
    @inlinable public static var outOfRange: StatusCode { StatusCode(rawValue: 11) }
    /// There is no such method.
    @inlinable public static var unimplemented: StatusCode { StatusCode(rawValue: 12) }
    /// A fault of the server's.
    @inlinable public static var `internal`: StatusCode { StatusCode(rawValue: 13) }
    /// The server cannot be reached or takes no calls now; repeating may help.
    @inlinable public static var unavailable: StatusCode { StatusCode(rawValue: 14) }
    /// Data was lost or damaged beyond repair.
    @inlinable public static var dataLoss: StatusCode { StatusCode(rawValue: 15) }
    /// The caller did not prove who it is.
    @inlinable public static var unauthenticated: StatusCode { StatusCode(rawValue: 16) }

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
