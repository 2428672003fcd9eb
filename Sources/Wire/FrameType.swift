/// What kind of frame it is. Values that this version does not know are kept; their frames are skipped.
public struct FrameType: RawRepresentable, Hashable, Sendable {
    /// The number in the frame's header.
    public let rawValue: UInt8

    /// The value for a number; every number has one.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The first frame in each direction.
    @inlinable public static var hello: FrameType { FrameType(rawValue: 1) }
    /// Gives a number to a caller.
    @inlinable public static var caller: FrameType { FrameType(rawValue: 2) }
    /// Opens a stream.
    @inlinable public static var request: FrameType { FrameType(rawValue: 3) }
    /// Ends a stream with a status.
    @inlinable public static var response: FrameType { FrameType(rawValue: 4) }
    /// A further message, or a piece of one.
    @inlinable public static var data: FrameType { FrameType(rawValue: 5) }
    /// The client is not interested any more.
    @inlinable public static var cancel: FrameType { FrameType(rawValue: 6) }
    /// Lets the peer send more.
    @inlinable public static var credit: FrameType { FrameType(rawValue: 7) }
    /// Asks for a PONG.
    @inlinable public static var ping: FrameType { FrameType(rawValue: 8) }
    /// Answers a PING.
    @inlinable public static var pong: FrameType { FrameType(rawValue: 9) }
    /// No new streams, please.
    @inlinable public static var goAway: FrameType { FrameType(rawValue: 10) }

    /// Whether this version knows the type.
    @inlinable
    public var isKnown: Bool { (1...10).contains(self.rawValue) }

    /// The flags that may be set on a frame of this type; any on one that is skipped.
    @inlinable
    public var allowedFlags: FrameFlags {
        switch self.rawValue {
        case 3, 5: [.endStream, .more, .noMessage]
        case 4: [.noMessage]
        case 1...10: []
        default: FrameFlags(rawValue: .max)
        }
    }
}

extension FrameType: CustomStringConvertible {
    private static let names = [
        "HELLO", "CALLER", "REQUEST", "RESPONSE", "DATA", "CANCEL", "CREDIT", "PING", "PONG", "GOAWAY",
    ]

    /// The name as the protocol's description writes it.
    public var description: String {
        let index = Int(self.rawValue) - 1
        return FrameType.names.indices.contains(index) ? FrameType.names[index] : "type \(self.rawValue)"
    }
}

/// The flags of a frame.
public struct FrameFlags: OptionSet, Hashable, Sendable {
    /// The bits in the frame's header.
    public let rawValue: UInt8

    /// The value for a number; every number has one.
    @inlinable
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The client sends no more messages on this stream.
    @inlinable public static var endStream: FrameFlags { FrameFlags(rawValue: 1) }
    /// The message goes on in the stream's next frame.
    @inlinable public static var more: FrameFlags { FrameFlags(rawValue: 2) }
    /// The frame carries no message; an empty body without this flag is a message with no field set.
    @inlinable public static var noMessage: FrameFlags { FrameFlags(rawValue: 4) }

    /// Whether a message is said to go on that is not there, or in a stream that ends.
    @inlinable
    public var isContradictory: Bool {
        self.contains(.more) && !self.isDisjoint(with: [.endStream, .noMessage])
    }
}
