internal import Buckets
internal import Postgres

extension EventRun {
    /// The events of a row.
    ///
    /// - Parameters:
    ///   - last: The sequence of the last of them.
    ///   - count: How many there are.
    static func events(
        of bucket: Bucket, last: Int64, count: Int16, bytes: [UInt8]
    ) throws(PostgresError) -> [RecordedEvent] {
        var rest = Rest(bytes)
        var events: [RecordedEvent] = []
        events.reserveCapacity(Int(count))
        for number in 1...max(1, Int64(count)) {
            guard let event = rest.event(of: bucket) else { break }
            events.append(RecordedEvent(sequence: last - Int64(count) + number, event: event))
        }
        guard rest.isEmpty, events.count == count else {
            throw .unexpectedValue(
                column: "events",
                reason: "the \(count) events up to \(last) of bucket \(bucket.number) are not readable")
        }
        return events
    }

    /// What of a row was not read yet.
    private struct Rest {
        private let bytes: [UInt8]
        private var position = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isEmpty: Bool { self.position == self.bytes.count }

        mutating func event(of bucket: Bucket) -> Event? {
            guard let id = self.uuid(), let brand = self.uuid(), let microseconds = self.number(Int64.self),
                case .text(let type) = self.text(), case .text(let subject) = self.text()
            else { return nil }
            let traceParent = self.text()
            guard traceParent != .unreadable, let count = self.number(Int32.self), let payload = self.take(Int(count))
            else { return nil }
            return Event(
                id: id, brand: brand, bucket: bucket, type: type, subject: subject,
                occurredAt: PostgresTimestamp(microseconds: microseconds), traceParent: traceParent.value,
                payload: Array(payload))
        }

        private enum Text: Equatable {
            case text(String)
            case none
            case unreadable

            var value: String? {
                guard case .text(let text) = self else { return nil }
                return text
            }
        }

        private mutating func text() -> Text {
            guard let count = self.number(Int32.self) else { return .unreadable }
            guard count != -1 else { return .none }
            guard let bytes = self.take(Int(count)), let text = String(validating: bytes, as: UTF8.self) else {
                return .unreadable
            }
            return .text(text)
        }

        private mutating func uuid() -> PostgresUUID? {
            guard let high = self.number(UInt64.self), let low = self.number(UInt64.self) else { return nil }
            return PostgresUUID(high: high, low: low)
        }

        private mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
            guard let bytes = self.take(MemoryLayout<Number>.size) else { return nil }
            return bytes.withUnsafeBytes { Number(bigEndian: $0.loadUnaligned(as: Number.self)) }
        }

        private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count >= 0, count <= self.bytes.count - self.position else { return nil }
            defer { self.position += count }
            return self.bytes[self.position..<self.position + count]
        }
    }
}
