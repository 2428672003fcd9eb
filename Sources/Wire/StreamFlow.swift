/// One stream as one side sees it: which halves are open, whether a message is in pieces, and the credit in both
/// directions.
///
/// A pure value; `docs/wire.md`, sections 4 and 6, are its rules.
public struct StreamFlow: Hashable, Sendable {
    /// Whether the peer has ended its side.
    public private(set) var isRemoteEnded: Bool
    /// Whether a message of the peer's has begun and not ended.
    public private(set) var isAssembling: Bool
    /// The bytes of the message that is being put together.
    public private(set) var assembledBytes: Int
    /// What this side may still send.
    public private(set) var sendCredit: Int
    /// What the peer may still send.
    public private(set) var receiveCredit: Int
    /// What the application has taken and the peer was not told yet.
    private var owedCredit = 0
    private let creditWindow: Int

    /// A stream whose first frame brought a message, a piece of one, or none.
    ///
    /// - Parameters:
    ///   - flags: The flags of REQUEST on a server; END_STREAM is never set by a server.
    ///   - bodyBytes: The bytes of the first frame's body.
    ///   - sendCredit: What the peer's HELLO grants.
    ///   - receiveCredit: What this side's HELLO grants.
    public init(flags: FrameFlags = .noMessage, bodyBytes: Int = 0, sendCredit: UInt32, receiveCredit: UInt32) {
        self.isRemoteEnded = flags.contains(.endStream)
        self.isAssembling = flags.contains(.more)
        self.assembledBytes = flags.contains(.more) ? bodyBytes : 0
        self.sendCredit = Int(sendCredit)
        self.receiveCredit = Int(receiveCredit)
        self.creditWindow = Int(receiveCredit)
    }

    /// What a frame of the peer's means.
    public enum OnData: Hashable, Sendable {
        /// A piece of a message; the credit is given back at once.
        case fragment(grant: Int)
        /// A message, or the last piece of one. Its cost comes back by ``consumed(_:)``.
        case message(cost: Int)
        /// No message: the peer only ended its side, or sent metadata.
        case nothing
        /// The message exceeds the limit.
        case tooLarge
        /// The peer broke the protocol.
        case violation(Violation)
    }

    /// A DATA frame arrived.
    public mutating func receivedData(_ header: FrameHeader, maximumMessageBytes: UInt32) -> OnData {
        guard !self.isRemoteEnded else { return .violation(.streamEnded(header.stream)) }
        guard header.credit <= self.receiveCredit else { return .violation(.creditOverrun(header.stream)) }
        self.receiveCredit -= header.credit
        self.isRemoteEnded = header.flags.contains(.endStream)
        if header.flags.contains(.noMessage) {
            guard !self.isAssembling else { return .violation(.flags(header.flags, header.type)) }
            self.receiveCredit += header.credit
            return .nothing
        }
        return self.receivedPiece(header, maximumMessageBytes: maximumMessageBytes)
    }

    private mutating func receivedPiece(_ header: FrameHeader, maximumMessageBytes: UInt32) -> OnData {
        self.assembledBytes += header.bodyBytes
        guard self.assembledBytes <= Int(maximumMessageBytes) else { return .tooLarge }
        self.isAssembling = header.flags.contains(.more)
        if self.isAssembling {
            self.receiveCredit += header.credit
            return .fragment(grant: header.credit)
        }
        self.assembledBytes = 0
        return .message(cost: header.credit)
    }

    /// The application took a message that had cost so much.
    ///
    /// - Returns: What to grant the peer now, or `nil`: small amounts are saved up, so that there is not a CREDIT for
    ///   every DATA.
    public mutating func consumed(_ cost: Int) -> Int? {
        self.owedCredit += cost
        // Never so much that the largest frame would not fit into the rest.
        guard self.owedCredit * 4 >= self.creditWindow, !self.isRemoteEnded else { return nil }
        let grant = self.owedCredit
        self.receiveCredit += grant
        self.owedCredit = 0
        return grant
    }

    /// A CREDIT frame arrived.
    ///
    /// - Returns: Whether the sum is still within what a credit can be.
    public mutating func receivedCredit(_ amount: UInt32) -> Bool {
        guard self.sendCredit + Int(amount) <= WireLimits.maximumCredit else { return false }
        self.sendCredit += Int(amount)
        return true
    }

    /// How many bytes of body the next DATA frame may carry; `nil` where not even an empty one may be sent.
    public func sendableBytes(metaBytes: Int = 0) -> Int? {
        let room = self.sendCredit - FrameHeader.byteCount - metaBytes
        return room >= 0 ? min(room, WireLimits.fragmentBytes) : nil
    }

    /// A DATA frame was sent.
    ///
    /// - Precondition: ``sendableBytes(metaBytes:)`` allowed it.
    public mutating func sentData(_ header: FrameHeader) {
        precondition(
            header.credit <= self.sendCredit, "DATA of \(header.credit) bytes exceeds the credit \(self.sendCredit)")
        // What brings no message is taken by nobody, so that its cost would never come back.
        if !header.flags.contains(.noMessage) { self.sendCredit -= header.credit }
    }

    /// The peer's initial credit became known after the stream was opened with the least that it can be.
    public mutating func raiseSendCredit(by amount: UInt32) {
        self.sendCredit = min(self.sendCredit + Int(amount), WireLimits.maximumCredit)
    }
}
