import TestSupport

@testable import Transcoding

/// Makes wire bytes of any message of a schema at random; edge cases are common.
struct RandomWire {
    let tables: Tables
    var generator: SeededGenerator
    /// Fields may stand in any order, more than once, packed or not, and members of a oneof beside each other.
    var isScattered = false

    init(_ schema: Schema, seed: UInt64) {
        self.tables = schema.tables
        self.generator = SeededGenerator(seed: seed)
    }

    mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self.generator) }

    mutating func chance(_ percent: Int) -> Bool { self.number(0..<100) < percent }

    mutating func message(_ index: Int) -> [UInt8] {
        let message = self.tables.messages[index]
        switch message.special {
        case .timestamp: return self.time(SecondsAndNanos.timestampSeconds, isSigned: false)
        case .duration: return self.time(SecondsAndNanos.durationSeconds, isSigned: true)
        case .fieldMask:
            return self.chance(50)
                ? [] : Self.delimited(1, Array("name".utf8)) + Self.delimited(1, Array("lead_time.days".utf8))
        case .decimal: return self.integer(ValueKind.int64).map { [0x08] + Self.varint($0) } ?? []
        case .none: break
        }
        var parts: [[UInt8]] = []
        var oneofs: Set<Int16> = []
        for field in message.fields where self.chance(70) {
            let entry = self.tables.fields[field]
            if entry.oneof >= 0, !oneofs.insert(entry.oneof).inserted, !self.isScattered { continue }
            parts += self.field(entry)
        }
        if self.isScattered { parts.shuffle(using: &self.generator) }
        return parts.flatMap { $0 }
    }

    private mutating func field(_ entry: FieldEntry) -> [[UInt8]] {
        switch entry.shape {
        case .single, .member:
            let count = self.isScattered && self.chance(20) ? 2 : 1
            return (0..<count).map { _ in Self.varint(UInt64(entry.elementTag)) + self.value(entry) }
        case .list, .map:
            return (0..<self.number(0..<5)).map { _ in Self.varint(UInt64(entry.elementTag)) + self.value(entry) }
        case .packedList:
            let values = (0..<self.number(0..<40)).map { _ in self.value(entry) }
            if self.isScattered, self.chance(50) { return values.map { Self.varint(UInt64(entry.elementTag)) + $0 } }
            return values.isEmpty ? [] : [Self.delimited(entry.number, values.flatMap { $0 })]
        }
    }

    private mutating func value(_ entry: FieldEntry) -> [UInt8] {
        switch entry.kind {
        case .double: return Self.fixed(self.double().bitPattern)
        case .float: return Self.fixed(UInt64(self.float().bitPattern)).dropLast(4)
        case .bool: return [self.chance(50) ? 1 : 0]
        case .text: return Self.prefixed(Array(self.text().utf8))
        case .bytes:
            let count = [0, 1, 2, 3, 127, 300][self.number(0..<6)]
            return Self.prefixed((0..<count).map { _ in UInt8.random(in: 0...255, using: &self.generator) })
        case .message: return Self.prefixed(self.message(Int(entry.type)))
        case .enumeration:
            let values = self.tables.enums[Int(entry.type)].values
            let number = self.tables.enumValues[self.number(values)].number
            return Self.varint(UInt64(bitPattern: Int64(number)))
        default:
            let bits = self.integer(entry.kind) ?? 0
            switch entry.kind.wireType {
            case .fixed32: return Self.fixed(bits).dropLast(4)
            case .fixed64: return Self.fixed(bits)
            default: return Self.varint(bits)
            }
        }
    }

    /// The bits of an integer on the wire.
    private mutating func integer(_ kind: ValueKind) -> UInt64? {
        let random = UInt64.random(in: 0...UInt64.max, using: &self.generator) >> UInt64(self.number(0..<64))
        let bits = [0, 1, 9, random, random, .max, 1 << 63, (1 << 63) - 1, 1 << 31, (1 << 53) + 1][self.number(0..<10)]
        switch kind {
        case .int32, .sfixed32: return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: bits)))
        case .sint32: return Int64(Int32(truncatingIfNeeded: bits)).zigzagEncoded
        case .sint64: return Int64(bitPattern: bits).zigzagEncoded
        case .uint32, .fixed32: return bits & 0xFFFF_FFFF
        default: return bits
        }
    }

    private mutating func double() -> Double {
        let random = Double.random(in: -1e9...1e9, using: &self.generator)
        return [
            0, -0.0, 1, -1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, random,
        ][
            self.number(0..<10)]
    }

    private mutating func float() -> Float {
        let random = Float.random(in: -1e9...1e9, using: &self.generator)
        return [
            0, -0.0, 1, -1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 0.1, random,
        ][
            self.number(0..<10)]
    }

    mutating func text() -> String {
        let pieces = [
            "a", "Z", "0", " ", "é", "火", "🔧", "\u{1}", "\u{7F}", "\u{10FFFF}", "\"", "\\", "/", "\n", "\u{2028}",
            "plain text",
        ]
        let count = [0, 1, 3, 20, 60][self.number(0..<5)]
        return (0..<count).map { _ in pieces[self.number(0..<pieces.count)] }.joined()
    }

    private mutating func time(_ range: ClosedRange<Int64>, isSigned: Bool) -> [UInt8] {
        let random = Int64.random(in: range, using: &self.generator)
        let seconds = [0, 1, random, random, range.lowerBound, range.upperBound][self.number(0..<6)]
        var nanos = Int64([0, 1, 500_000_000, 123_456_000, 999_999_999][self.number(0..<5)])
        if isSigned, seconds < 0 { nanos = -nanos }
        return [0x08] + Self.varint(UInt64(bitPattern: seconds)) + [0x10] + Self.varint(UInt64(bitPattern: nanos))
    }

    static func varint(_ number: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func fixed(_ bits: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    }

    static func prefixed(_ bytes: [UInt8]) -> [UInt8] { self.varint(UInt64(bytes.count)) + bytes }

    static func delimited(_ number: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        self.varint(UInt64(number << 3 | 2)) + self.prefixed(bytes)
    }
}
