public import Wire

/// The bytes that libFuzzer made, taken from the front as decisions. When they are used up, all that follows is zero.
public struct FuzzInput {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    /// The bytes of one run.
    public init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        self.bytes = UnsafeBufferPointer(start: start, count: count)
    }

    /// Whether nothing is left.
    public var isEmpty: Bool { self.position >= self.bytes.count }

    /// The next byte.
    public mutating func byte() -> UInt8 {
        guard self.position < self.bytes.count else { return 0 }
        defer { self.position += 1 }
        return self.bytes[self.position]
    }

    /// The next bytes as a number.
    public mutating func number<Value: FixedWidthInteger>(_: Value.Type) -> Value {
        var value: Value = 0
        for _ in 0..<Value.bitWidth / 8 { value = value << 8 | Value(truncatingIfNeeded: self.byte()) }
        return value
    }

    /// All that is left.
    public mutating func rest() -> [UInt8] {
        defer { self.position = self.bytes.count }
        return Array(self.bytes[min(self.position, self.bytes.count)...])
    }

    /// A frame's header as scanning lets it through, or `nil` where it would not.
    ///
    /// Streams are mostly near `near`, so that a history meets streams that are open, ended and never opened. Sizes are
    /// often right at a stream's credit.
    public mutating func header(near: UInt32, credit: (_ stream: UInt32) -> Int?) -> FrameHeader? {
        let choice = self.byte()
        let type = FrameType(rawValue: choice & 0x0F)
        let flags = FrameFlags(rawValue: self.byte() & 0x07)
        let stream: UInt32 =
            switch choice >> 4 {
            case 0..<8: near &+ 2
            case 8..<13: near &- 2 * UInt32(self.byte() & 0x07)
            case 13: UInt32(self.byte())
            default: self.number(UInt32.self)
            }
        let size = self.byte()
        let metaBytes = size & 0x40 == 0 ? 0 : Int(self.byte()) * 8
        let bodyBytes = self.bodyBytes(size, metaBytes, credit: credit(stream))
        var header = FrameHeader(type, flags: flags, stream: stream, metaBytes: metaBytes, bodyBytes: bodyBytes)
        if type == .hello || type == .credit || type == .response || type == .caller {
            header.word = type == .hello && choice >> 4 != 15 ? WireLimits.magic : UInt32(self.byte())
            header.amount = choice >> 4 == 14 ? self.number(UInt32.self) : UInt32(self.byte()) << 8 | 1
            header.caller = choice >> 4 == 14 ? self.number(UInt32.self) : 1
        }
        var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        let scan = FrameHeader.scan(bytes.span.bytes, at: 0, maximumLength: WireLimits.minimumFrameLimitBytes)
        if case .violation = scan { return nil }
        return header
    }

    private mutating func bodyBytes(_ size: UInt8, _ metaBytes: Int, credit: Int?) -> Int {
        let largest = Int(WireLimits.minimumFrameLimitBytes - FrameHeader.minimumLength) - metaBytes
        switch size & 0xB0 {
        case 0..<0x80: return Int(size & 0x3F)
        case 0x80, 0x90: return Int(self.number(UInt16.self)) * 2
        case 0xA0: return largest
        default:
            let room = (credit ?? 0) - FrameHeader.byteCount - metaBytes + Int(size & 3) - 1
            return max(0, min(room, largest))
        }
    }
}

/// Stops where something does not hold that must. Unlike `precondition` it says so in a release build too.
public func require(
    _ isHeld: Bool, _ message: @autoclosure () -> String = "does not hold", file: StaticString = #fileID,
    line: UInt = #line
) {
    if !isHeld { fatalError(message(), file: file, line: line) }
}

/// The small limits that make a short history meet all of them.
public let smallLimits = WireLimits(
    maximumMessageBytes: 150_000, maximumStreams: 4, maximumCancelsPerSecond: 5, maximumPingsPerSecond: 3)

/// What must hold for a stream's flow at any time.
public func expectValid(_ flow: StreamFlow, _ limits: WireLimits) {
    require((0...WireLimits.maximumCredit).contains(flow.sendCredit), "send credit \(flow.sendCredit)")
    require((0...Int(limits.initialCreditBytes)).contains(flow.receiveCredit), "receive credit \(flow.receiveCredit)")
    require(flow.isAssembling || flow.assembledBytes == 0 || flow.assembledBytes > Int(limits.maximumMessageBytes))
}
