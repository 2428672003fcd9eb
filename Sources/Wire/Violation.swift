/// A breach of the protocol by the peer, after which the connection cannot go on.
public enum Violation: Error, Hashable, Sendable {
    /// A frame's `length` is below 20 or above what the receiver accepts; other protocols end here too.
    case frameLength(UInt32)
    /// A frame's meta is longer than the frame.
    case metaLength(UInt16)
    /// Flags that the type does not have, or that contradict each other.
    case flags(FrameFlags, FrameType)
    /// The first frame is not HELLO.
    case helloMissing(FrameType)
    /// A second HELLO.
    case helloRepeated
    /// The magic in HELLO is wrong.
    case magic(UInt32)
    /// The version in HELLO is 0.
    case version
    /// A HELLO, CALLER or GOAWAY whose body is not its message.
    case malformed(FrameType)
    /// A frame that only the other side may send.
    case direction(FrameType)
    /// A stream id that is even, zero or too large.
    case streamID(UInt32)
    /// A stream id that is not above all earlier ones.
    case streamIDReused(UInt32)
    /// A frame for a stream that was never opened.
    case streamUnknown(UInt32)
    /// DATA after END_STREAM.
    case streamEnded(UInt32)
    /// DATA without credit.
    case creditOverrun(UInt32)
    /// CREDIT beyond 2³¹ − 1.
    case creditOverflow(UInt32)
    /// A caller's number that is 0 or above 4,096.
    case callerNumber(UInt32)
    /// A PONG that answers no PING.
    case pongUnexpected
}

extension Violation: CustomStringConvertible {
    /// The rule and what broke it, for logs.
    public var description: String {
        switch self {
        case .frameLength(let length): "a frame of \(length) bytes is not accepted"
        case .metaLength(let length): "a frame is shorter than its meta of \(length) bytes"
        case .flags(let flags, let type): "\(type) must not have the flags \(flags.rawValue)"
        case .helloMissing(let type): "the first frame is \(type), not HELLO"
        case .helloRepeated: "HELLO was sent twice"
        case .magic(let magic): "HELLO carries the wrong magic \(magic)"
        case .version: "HELLO carries version 0"
        case .malformed(let type): "the body of \(type) is malformed"
        case .direction(let type): "\(type) must not be sent in this direction"
        case .streamID(let stream): "\(stream) cannot be the id of a stream"
        case .streamIDReused(let stream): "stream \(stream) is not above the last one"
        case .streamUnknown(let stream): "stream \(stream) was never opened"
        case .streamEnded(let stream): "DATA follows the end of stream \(stream)"
        case .creditOverrun(let stream): "DATA on stream \(stream) exceeds its credit"
        case .creditOverflow(let stream): "the credit of stream \(stream) exceeds 2147483647"
        case .callerNumber(let number): "\(number) cannot be the number of a caller"
        case .pongUnexpected: "PONG answers no PING"
        }
    }
}
