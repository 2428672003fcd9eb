import Wire

extension FrameHeader {
    /// The frame's bytes; meta and body are counted up, so that no two neighbours are the same.
    var frame: [UInt8] {
        var bytes = (0..<max(self.frameBytes, FrameHeader.byteCount)).map { UInt8(truncatingIfNeeded: $0) }
        bytes.withUnsafeMutableBytes { self.write(to: $0) }
        return bytes
    }

    /// Looks for a frame at the front of bytes, or behind others.
    static func scan(
        _ bytes: [UInt8],
        at offset: Int = 0,
        maximumLength: UInt32 = WireLimits.minimumFrameLimitBytes
    ) -> Scan {
        FrameHeader.scan(bytes.span.bytes, at: offset, maximumLength: maximumLength)
    }
}

extension FrameFlags {
    /// All 256 values.
    static let all: [FrameFlags] = (UInt8.min...UInt8.max).map { FrameFlags(rawValue: $0) }
}

extension FrameType {
    /// The ten types of the protocol.
    static let known: [FrameType] = (1...10).map { FrameType(rawValue: $0) }
    /// All others.
    static let unknown: [FrameType] = [FrameType(rawValue: 0)] + (11...UInt8.max).map { FrameType(rawValue: $0) }
}
