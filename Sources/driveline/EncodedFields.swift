internal import CProtobufC
internal import CReflectionMessages
internal import ProtobufC
internal import ReflectionMessages

/// A message of any type, as the fields that stand in its bytes.
///
/// It travels as a message that has no fields of its own: protobuf-c keeps what it does not know, and packs it again as it was.
struct EncodedFields: Message {
    typealias Storage = ListServicesRequest.Storage

    /// A field: its number, its wire type, and where its bytes behind the tag lie.
    private struct Field: Hashable {
        var number: UInt32
        var wireType: UInt8
        var range: Range<Int>
    }

    static let fullName = "message"

    /// The message in its encoded form.
    let bytes: [UInt8]
    private let fields: [Field]

    init() {
        self.bytes = []
        self.fields = []
    }

    /// Takes bytes; `nil` where they are not fields of a message.
    init?(_ bytes: [UInt8]) {
        guard let fields = EncodedFields.fields(of: bytes) else { return nil }
        self.bytes = bytes
        self.fields = fields
    }

    init(copying storage: UnsafePointer<Storage>) {
        var bytes: [UInt8] = []
        for index in 0..<Int(storage.pointee.base.n_unknown_fields) {
            let field = storage.pointee.base.unknown_fields[index]
            bytes += encodedVarint(UInt64(field.tag) << 3 | UInt64(field.wire_type.rawValue))
            bytes += UnsafeRawBufferPointer(start: field.data, count: field.len)
        }
        self.fields = EncodedFields.fields(of: bytes) ?? []
        self.bytes = bytes
    }

    static func initialize(_ storage: UnsafeMutablePointer<Storage>) { ListServicesRequest.initialize(storage) }

    static func unpack(
        _ bytes: UnsafeRawBufferPointer, _ allocator: UnsafeMutablePointer<ProtobufCAllocator>
    ) -> UnsafeMutablePointer<Storage>? {
        ListServicesRequest.unpack(bytes, allocator)
    }

    static func checkText(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {}

    static func checkRules(_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations) {}

    func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena) {
        guard let array = arena.makeArray(ProtobufCMessageUnknownField.self, count: self.fields.count),
            let data = arena.store(self.bytes).data
        else { return }
        for (index, field) in self.fields.enumerated() {
            array[index] = ProtobufCMessageUnknownField(
                tag: field.number, wire_type: ProtobufCWireType(rawValue: numericCast(field.wireType)),
                len: field.range.count, data: data + field.range.lowerBound)
        }
        storage.pointee.base.unknown_fields = array
        storage.pointee.base.n_unknown_fields = numericCast(self.fields.count)
    }
}

extension EncodedFields {
    private static func fields(of bytes: [UInt8]) -> [Field]? {
        var fields: [Field] = []
        var position = 0
        while position < bytes.count {
            guard let tag = Self.varint(bytes, &position), tag <= UInt32.max, tag >> 3 > 0 else { return nil }
            let start = position
            guard Self.skip(UInt8(tag & 7), bytes, &position) else { return nil }
            fields.append(Field(number: UInt32(tag >> 3), wireType: UInt8(tag & 7), range: start..<position))
        }
        return fields
    }

    /// Moves beyond a field's bytes.
    private static func skip(_ wireType: UInt8, _ bytes: [UInt8], _ position: inout Int) -> Bool {
        switch wireType {
        case 0: return Self.varint(bytes, &position) != nil
        case 1: position += 8
        case 2:
            guard let length = Self.varint(bytes, &position), length <= UInt64(bytes.count) else { return false }
            position += Int(length)
        case 5: position += 4
        default: return false
        }
        return position <= bytes.count
    }

    private static func varint(_ bytes: [UInt8], _ position: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 7) {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        return nil
    }
}

/// A number in protobuf's variable-length form.
func encodedVarint(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = number
    while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
    }
    return bytes + [UInt8(rest)]
}
