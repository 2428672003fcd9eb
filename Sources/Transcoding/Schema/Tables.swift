internal import ProtobufC

/// What a field holds; the numbers are those of `FieldDescriptorProto.Type`.
enum ValueKind: UInt8 {
    case double = 1
    case float = 2
    case int64 = 3
    case uint64 = 4
    case int32 = 5
    case fixed64 = 6
    case fixed32 = 7
    case bool = 8
    case text = 9
    case message = 11
    case bytes = 12
    case uint32 = 13
    case enumeration = 14
    case sfixed32 = 15
    case sfixed64 = 16
    case sint32 = 17
    case sint64 = 18

    /// How one value stands behind its tag.
    var wireType: WireType {
        switch self {
        case .double, .fixed64, .sfixed64: .fixed64
        case .float, .fixed32, .sfixed32: .fixed32
        case .text, .bytes, .message: .lengthDelimited
        default: .varint
        }
    }
}

/// How many values a field has, and whether it can be absent.
enum FieldShape: UInt8 {
    /// One value; zero and absent are the same. A message can be absent.
    case single
    /// One value that is a member of a oneof, of which it may be the only one.
    case member
    /// A list whose elements stand behind a tag each.
    case list
    /// A list of numbers that stand behind one tag together.
    case packedList
    case map
}

/// A message whose JSON is not an object with its fields.
enum SpecialMessage: UInt8 {
    case none
    case timestamp
    case duration
    case fieldMask
    case decimal
}

/// A field, with everything that the way of a value asks for; no references, so that reading it counts nothing.
struct FieldEntry {
    var kind: ValueKind
    var shape: FieldShape
    /// The field must have a value; what its absence breaks is at `absence`.
    var isRequired: Bool
    /// The oneof in its message; -1: none.
    var oneof: Int16
    var number: UInt32
    /// What stands in front of a value, or of a list in its usual form.
    var tag: UInt32
    /// The message's or enum's index; for a map that of its entry message.
    var type: Int32
    /// The index of the rules; -1: there are none.
    var rules: Int32
    /// What is wrong where the field is absent; -1: nothing.
    var absence: Int32
    /// Where `"name":` begins in the schema's names.
    var nameStart: Int32
    /// The length of the name itself.
    var nameCount: Int32

    /// The tag of one element, whatever form the list has.
    var elementTag: UInt32 { self.number << 3 | UInt32(self.kind.wireType.rawValue) }

    var isRepeated: Bool { self.shape == .list || self.shape == .packedList || self.shape == .map }
}

/// A message.
struct MessageEntry {
    var special: SpecialMessage = .none
    var firstField: Int32 = 0
    var fieldCount: Int32 = 0
    /// Where the slots of the names begin, and their number less one, which is a mask.
    var nameSlots: Int32 = 0
    var nameMask: Int32 = 0
    /// Where the slots of the numbers begin, and how many there are.
    var numberSlots: Int32 = 0
    var numberCount: Int32 = 0
    /// Whether a field may be wrong by being absent.
    var hasAbsences = false

    var fields: Range<Int> { Int(self.firstField)..<Int(self.firstField + self.fieldCount) }
}

/// An enum: where its values are.
struct EnumEntry {
    var firstValue: Int32
    var valueCount: Int32

    var values: Range<Int> { Int(self.firstValue)..<Int(self.firstValue + self.valueCount) }
}

/// A value of an enum: its number, and where its name is in the schema's names.
struct EnumValueEntry {
    var number: Int32
    var nameStart: Int32
    var nameCount: Int32
}

/// What a field may contain.
struct FieldRules {
    var minimum: Int64?
    var maximum: Int64?
    var minimumBytes: Int?
    var maximumBytes: Int?
    var minimumItems: Int?
    var maximumItems: Int?
    var pattern: TextPattern?
    /// Whether each element has an outcome of its own: the rules within it are for its handler to check.
    var isRows = false
}

/// What is wrong with a value, and what would be valid.
struct Fault {
    var reason: String
    var expected: String
}

/// The tables that every conversion follows. They do not change.
struct Tables {
    /// All names, one behind the other.
    var names: [UInt8] = []
    var messages: [MessageEntry] = []
    var fields: [FieldEntry] = []
    var enums: [EnumEntry] = []
    var enumValues: [EnumValueEntry] = []
    /// For a hash of a name, the field's index in the whole schema; -1: none.
    var nameSlots: [Int32] = []
    /// For a small number, the field's index in the whole schema; -1: none.
    var numberSlots: [Int32] = []
    var rules: [FieldRules] = []
    var absences: [Fault] = []
    /// The proto names of the fields, for field masks.
    var protoNames: [String] = []
    var messageNames: [String] = []
    var enumNames: [String] = []

    /// The name in JSON.
    func name(_ field: Int) -> String {
        let entry = self.fields[field]
        let start = Int(entry.nameStart) + 1
        return String(decoding: self.names[start..<start + Int(entry.nameCount)], as: UTF8.self)
    }

    /// The name in JSON.
    func name(_ value: EnumValueEntry) -> String {
        let start = Int(value.nameStart)
        return String(decoding: self.names[start..<start + Int(value.nameCount)], as: UTF8.self)
    }

    /// What spreads names over slots: cheap, and good enough since the names are the schema's own.
    @inline(__always)
    static func hash(count: Int, first: UInt8, middle: UInt8, last: UInt8) -> Int {
        (count &* 31) ^ (Int(first) &* 7) ^ (Int(middle) &* 131) ^ (Int(last) &* 17)
    }

    /// The field with a name, which is a part of bytes.
    func field(of message: MessageEntry, named bytes: RawSpan, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        var slot = Self.hash(
            count: range.count, first: bytes.byte(at: range.lowerBound),
            middle: bytes.byte(at: range.lowerBound &+ range.count / 2), last: bytes.byte(at: range.upperBound &- 1))
        while true {
            slot &= Int(message.nameMask)
            let field = Int(self.nameSlots[Int(message.nameSlots) &+ slot])
            guard field >= 0 else { return nil }
            let entry = self.fields[field]
            if self.isEqual(Int(entry.nameStart) &+ 1, Int(entry.nameCount), bytes, range) { return field }
            slot &+= 1
        }
    }

    /// Whether a part of the names is a part of bytes.
    func isEqual(_ start: Int, _ count: Int, _ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        guard count == range.count else { return false }
        for index in 0..<count {
            guard self.names[start &+ index] == bytes.byte(at: range.lowerBound &+ index) else { return false }
        }
        return true
    }

    /// The field with a number.
    @inline(__always)
    func field(of message: MessageEntry, number: UInt32) -> Int? {
        if number < UInt32(message.numberCount) {
            let field = self.numberSlots[Int(message.numberSlots) &+ Int(number)]
            return field < 0 ? nil : Int(field)
        }
        return self.distantField(of: message, number: number)
    }

    private func distantField(of message: MessageEntry, number: UInt32) -> Int? {
        message.fields.first { self.fields[$0].number == number }
    }
}
