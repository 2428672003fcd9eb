internal import Buckets

extension EventCursor {
    /// Sequences of nine bytes reach to 2^63.
    private static let maximumSequenceBytes = 9

    /// The cursor in few bytes, for those who carry it: 64 sequences as variable-length integers, seven bits each, the
    /// lowest first.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for bucket in Bucket.all {
            var rest = UInt64(bitPattern: self[bucket])
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: rest))
        }
        return bytes
    }

    /// The cursor of ``bytes``; nil for anything else.
    public init?(bytes: [UInt8]) {
        self.init()
        var rest = bytes[...]
        for bucket in Bucket.all {
            guard let sequence = Self.sequence(&rest) else { return nil }
            self[bucket] = sequence
        }
        guard rest.isEmpty else { return nil }
    }

    /// Whether it is nowhere behind another one.
    public func isCovered(by other: EventCursor) -> Bool { Bucket.all.allSatisfy { self[$0] <= other[$0] } }

    private static func sequence(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<Self.maximumSequenceBytes {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 { return Int64(exactly: value) }
        }
        return nil
    }
}
