public import ProtobufC

// Bytes, messages and lists, whose places in the wire bytes are told, so that they need not be copied.

extension WireField {
    /// The name of the message that a field holds, where it holds one.
    ///
    /// - Returns: A single field of a message by the full name of its type; `nil` where there is none.
    public static func field(holding type: String, of message: MessageType, in schema: Schema) -> WireField? {
        let tables = schema.tables
        for index in schema.entry(message).fields {
            let entry = tables.fields[index]
            guard entry.kind == .message, !entry.isRepeated, tables.messageNames[Int(entry.type)] == type else {
                continue
            }
            return WireField(name: tables.protoNames[index], kind: .message, number: entry.number)
        }
        return nil
    }

    /// The list of messages of a name that a message has, and the type of its elements; `nil` where there is none.
    public static func list(
        _ name: String, of message: MessageType, in schema: Schema
    ) -> (field: WireField, element: MessageType)? {
        let tables = schema.tables
        guard let index = schema.entry(message).fields.first(where: { tables.protoNames[$0] == name }) else {
            return nil
        }
        let entry = tables.fields[index]
        let type = tables.messageNames[Int(entry.type)]
        guard entry.kind == .message, entry.isRepeated, let element = schema.message(type) else { return nil }
        return (WireField(name: name, kind: .message, number: entry.number), element)
    }

    /// The single message of a name that a message has, and its type; `nil` where there is none.
    public static func message(
        _ name: String, of message: MessageType, in schema: Schema
    ) -> (field: WireField, type: MessageType)? {
        let tables = schema.tables
        guard let index = schema.entry(message).fields.first(where: { tables.protoNames[$0] == name }) else {
            return nil
        }
        let entry = tables.fields[index]
        guard entry.kind == .message, !entry.isRepeated, tables.messages[Int(entry.type)].special == .none,
            let type = schema.message(tables.messageNames[Int(entry.type)])
        else { return nil }
        return (WireField(name: name, kind: .message, number: entry.number), type)
    }

    /// Where the bytes of the field are within a message's, as offsets from its beginning: of each time that it stands
    /// there. `nil` where the message is malformed.
    public func places(in wire: RawSpan) -> [Range<Int>]? {
        var places: [Range<Int>] = []
        var reader = WireReader(wire, 0..<wire.byteCount)
        do throws(WireError) {
            while !reader.isAtEnd {
                let (number, type) = try reader.tag()
                if number == self.number, type == .lengthDelimited {
                    places.append(try reader.lengthDelimited())
                } else {
                    try reader.skip(type)
                }
            }
        } catch {
            return nil
        }
        return places
    }

    /// Adds the field to a message's bytes.
    public func append(bytes: UnsafeRawBufferPointer, to output: OutputBytes) {
        self.appendHead(length: bytes.count, to: output)
        output.append(bytes)
    }

    /// The tag and length that stand in front of so many bytes of the field.
    public func appendHead(length: Int, to output: OutputBytes) {
        output.append(varint: UInt64(self.number << 3 | 2))
        output.append(varint: UInt64(length))
    }
}
