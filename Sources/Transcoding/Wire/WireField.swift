public import ProtobufC

/// A field of a message, for reading or adding that one field in wire bytes, without transcoding the message.
///
/// For what stands beside the JSON of a message, such as the version behind an ETag. Reading steps over the other fields
/// of the message, which is quick; it never looks into messages within it.
public struct WireField: Sendable, Hashable {
    /// What a field holds, as far as it can be read here.
    public enum Kind: Sendable, Hashable {
        /// `uint64` or `uint32`.
        case unsigned
        /// `string`
        case text
        /// `bool`
        case bool
        /// `bytes`
        case bytes
        /// A message.
        case message
    }

    /// The field's name in the proto file.
    public let name: String
    /// What it holds.
    public let kind: Kind
    let number: UInt32
}

extension Schema {
    /// A single field of a message, by its name in the proto file; `nil` where the message has none of that name and
    /// kind.
    public func field(_ name: String, _ kind: WireField.Kind, of message: MessageType) -> WireField? {
        let entry = self.entry(message)
        guard let index = entry.fields.first(where: { self.tables.protoNames[$0] == name }) else { return nil }
        let field = self.tables.fields[index]
        let isKind =
            switch kind {
            case .unsigned: field.kind == .uint64 || field.kind == .uint32
            case .text: field.kind == .text
            case .bool: field.kind == .bool
            case .bytes: field.kind == .bytes
            case .message: field.kind == .message
            }
        guard isKind, !field.isRepeated else { return nil }
        return WireField(name: name, kind: kind, number: field.number)
    }
}

extension WireField {
    /// The number that the field holds; `nil` where it is absent, the bytes are malformed, or it is text. Of a field that
    /// stands there twice the last counts.
    public func unsigned(in wire: RawSpan) -> UInt64? {
        var found: UInt64?
        var reader = WireReader(wire, 0..<wire.byteCount)
        do throws(WireError) {
            while !reader.isAtEnd {
                let (number, type) = try reader.tag()
                if number == self.number, type == .varint {
                    found = try reader.varint()
                } else {
                    try reader.skip(type)
                }
            }
        } catch {
            return nil
        }
        return found
    }

    /// Whether the field is there and true.
    public func isTrue(in wire: RawSpan) -> Bool { self.unsigned(in: wire).map { $0 != 0 } ?? false }

    /// The text that the field holds; `nil` where it is absent, the bytes are malformed, or it is no text.
    public func text(in wire: RawSpan) -> String? {
        var found: Range<Int>?
        var reader = WireReader(wire, 0..<wire.byteCount)
        do throws(WireError) {
            while !reader.isAtEnd {
                let (number, type) = try reader.tag()
                if number == self.number, type == .lengthDelimited {
                    found = try reader.lengthDelimited()
                } else {
                    try reader.skip(type)
                }
            }
        } catch {
            return nil
        }
        return found.flatMap { range in
            wire.extracting(range).withUnsafeBytes { String(validating: $0, as: UTF8.self) }
        }
    }

    /// Adds the field to a message's bytes. Where it is there already, or another member of its oneof, the added one
    /// counts.
    public func append(_ value: UInt64, to output: OutputBytes) {
        self.append(varint: UInt64(self.number << 3), to: output)
        self.append(varint: value, to: output)
    }

    /// Adds the field to a message's bytes, as ``append(_:to:)-(UInt64,_)`` does.
    public func append(_ text: String, to output: OutputBytes) {
        var text = text
        self.append(varint: UInt64(self.number << 3 | 2), to: output)
        self.append(varint: UInt64(text.utf8.count), to: output)
        text.withUTF8 { output.append(UnsafeRawBufferPointer($0)) }
    }

    private func append(varint: UInt64, to output: OutputBytes) {
        output.append(upTo: 10) { buffer in
            var rest = varint
            var count = 0
            while rest >= 0x80 {
                buffer[count] = UInt8(rest & 0x7F) | 0x80
                rest >>= 7
                count += 1
            }
            buffer[count] = UInt8(rest)
            return count + 1
        }
    }
}
