internal import Buckets
internal import Events
internal import Paging
internal import Postgres

/// How far a watcher has come in the event log, as it carries it: opaque, and checked when it comes back.
///
/// 64 sequences as variable-length integers, seven bits each, the lowest first; behind a checksum as of a ``PageToken``.
struct WatchCursor {
    private static let maximumTextBytes = 1_024
    /// Sequences of nine bytes reach to 2^63.
    private static let maximumSequenceBytes = 9

    /// The text of a cursor.
    static func text(_ cursor: EventCursor, of brand: PostgresUUID) -> String {
        var bytes: [UInt8] = []
        for bucket in Bucket.all {
            var rest = UInt64(bitPattern: cursor[bucket])
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: rest))
        }
        return PageToken.text(bytes, of: Self.question(brand))
    }

    /// The cursor that a text stands for; nil where it is none that was given out for the brand.
    static func read(_ text: String, of brand: PostgresUUID) -> EventCursor? {
        guard text.utf8.count <= Self.maximumTextBytes,
            let bytes = PageToken.position(text, of: Self.question(brand))
        else { return nil }
        var cursor = EventCursor()
        var rest = bytes[...]
        for bucket in Bucket.all {
            guard let sequence = Self.sequence(&rest) else { return nil }
            cursor[bucket] = sequence
        }
        return rest.isEmpty ? cursor : nil
    }

    private static func sequence(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<Self.maximumSequenceBytes {
            guard let byte = bytes.popFirst() else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(7 * index)
            if byte < 0x80 { return Int64(exactly: value) }
        }
        return nil
    }

    private static func question(_ brand: PostgresUUID) -> PageToken.Question {
        PageToken.Question("WatchStock", [brand.description])
    }
}
