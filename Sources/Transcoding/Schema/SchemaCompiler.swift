internal import ProtobufC

/// Makes the tables from descriptors.
struct SchemaCompiler {
    /// Numbers below this find their field in one step.
    static let maximumDenseNumber: UInt32 = 255
    /// The fields that a message may have.
    static let maximumFields = 1_024

    private let ignoresRules: Bool
    private(set) var tables = Tables()
    private(set) var messageIndexes: [String: Int] = [:]
    private var enumIndexes: [String: Int] = [:]
    private var declarations: [(name: String, message: MessageDescription)] = []
    private var mapEntries: Set<String> = []

    /// Compiles the messages and enums of files, each of which must be there once.
    init(_ files: [FileDescription], ignoresRules: Bool) throws(SchemaError) {
        self.ignoresRules = ignoresRules
        for file in files {
            let scope = file.package.isEmpty ? "" : file.package + "."
            for enumeration in file.enums { try self.declare(enumeration, scope) }
            for message in file.messages { try self.declare(message, scope) }
        }
        for (index, declaration) in self.declarations.enumerated() {
            try self.compile(declaration.message, declaration.name, index)
        }
    }

    private mutating func declare(_ message: MessageDescription, _ scope: String) throws(SchemaError) {
        let name = scope + message.name
        guard self.messageIndexes[name] == nil else {
            throw SchemaError(subject: name, reason: "the message is declared twice")
        }
        guard message.fields.count <= Self.maximumFields else {
            throw SchemaError(subject: name, reason: "the message has more than \(Self.maximumFields) fields")
        }
        self.messageIndexes[name] = self.declarations.count
        self.declarations.append((name, message))
        self.tables.messageNames.append(name)
        if message.isMapEntry { self.mapEntries.insert(name) }
        for enumeration in message.enums { try self.declare(enumeration, name + ".") }
        for nested in message.messages { try self.declare(nested, name + ".") }
    }

    private mutating func declare(_ enumeration: EnumDescription, _ scope: String) throws(SchemaError) {
        let name = scope + enumeration.name
        guard self.enumIndexes[name] == nil else {
            throw SchemaError(subject: name, reason: "the enum is declared twice")
        }
        self.enumIndexes[name] = self.tables.enums.count
        self.tables.enumNames.append(name)
        let prefix = Naming.enumPrefix(enumeration.name)
        var seen: Set<String> = []
        let first = Int32(self.tables.enumValues.count)
        for value in enumeration.values {
            let jsonName = Naming.enumValue(value.name, prefix: prefix)
            guard seen.insert(jsonName).inserted else {
                throw SchemaError(subject: name, reason: "two values are named \(jsonName) in JSON")
            }
            let start = Int32(self.tables.names.count)
            self.tables.names += Array(jsonName.utf8)
            self.tables.enumValues.append(
                EnumValueEntry(number: value.number, nameStart: start, nameCount: Int32(jsonName.utf8.count)))
        }
        self.tables.enums.append(EnumEntry(firstValue: first, valueCount: Int32(enumeration.values.count)))
    }

    private mutating func compile(
        _ message: MessageDescription, _ name: String, _ index: Int
    ) throws(SchemaError) {
        var entry = MessageEntry()
        entry.special = Self.special(message, name)
        entry.firstField = Int32(self.tables.fields.count)
        entry.fieldCount = Int32(message.fields.count)
        for field in message.fields { try self.compile(field, message, name) }
        entry.hasAbsences = entry.fields.contains { self.tables.fields[$0].absence >= 0 }
        self.addNumbers(&entry)
        try self.addNames(&entry, name)
        self.tables.messages.append(entry)
    }

    private static func special(_ message: MessageDescription, _ name: String) -> SpecialMessage {
        switch name {
        case "google.protobuf.Timestamp": return .timestamp
        case "google.protobuf.Duration": return .duration
        case "google.protobuf.FieldMask": return .fieldMask
        default: break
        }
        // An exact decimal number is a message of this name and shape, in whatever package it stands.
        guard message.name == "Decimal", message.fields.count == 1, let field = message.fields.first else {
            return .none
        }
        let isDecimal = field.name == "micros" && field.number == 1 && field.type == 3 && !field.isRepeated
        return isDecimal ? .decimal : .none
    }

    private mutating func compile(
        _ field: FieldDescription, _ message: MessageDescription, _ messageName: String
    ) throws(SchemaError) {
        let subject = "\(messageName).\(field.name)"
        guard let kind = UInt8(exactly: field.type).flatMap(ValueKind.init), field.number > 0 else {
            throw SchemaError(subject: subject, reason: "fields of type \(field.type) are not supported")
        }
        var field = field
        if self.ignoresRules { field.rules = nil }
        let shape = self.shape(field, kind)
        let rules = try self.rules(field, subject)
        var entry = FieldEntry(
            kind: kind, shape: shape, isRequired: field.rules?.isRequired ?? false, oneof: -1, number: field.number,
            tag: 0, type: try self.type(field, kind, subject), rules: -1, absence: -1, nameStart: 0, nameCount: 0)
        if let oneof = field.oneofIndex, !field.isRepeated {
            guard message.oneofNames.indices.contains(oneof), let index = Int16(exactly: oneof) else {
                throw SchemaError(subject: subject, reason: "its oneof does not exist")
            }
            entry.oneof = index
        }
        entry.tag = shape == .packedList ? field.number << 3 | 2 : entry.elementTag
        if let absence = Self.absence(entry, rules) {
            entry.absence = Int32(self.tables.absences.count)
            self.tables.absences.append(absence)
        }
        if let rules {
            entry.rules = Int32(self.tables.rules.count)
            self.tables.rules.append(rules)
        }
        try self.addName(field, &entry, subject)
        self.tables.fields.append(entry)
        self.tables.protoNames.append(field.name)
    }

    private func shape(_ field: FieldDescription, _ kind: ValueKind) -> FieldShape {
        guard field.isRepeated else { return field.oneofIndex == nil ? .single : .member }
        if kind == .message { return self.mapEntries.contains(field.typeName) ? .map : .list }
        return kind.wireType != .lengthDelimited && field.packed != false ? .packedList : .list
    }

    private func type(
        _ field: FieldDescription, _ kind: ValueKind, _ subject: String
    ) throws(SchemaError) -> Int32 {
        let index: Int? =
            switch kind {
            case .message: self.messageIndexes[field.typeName]
            case .enumeration: self.enumIndexes[field.typeName]
            default: -1
            }
        guard let index else {
            throw SchemaError(subject: subject, reason: "its type \(field.typeName) is not among the descriptors")
        }
        return Int32(index)
    }

    private mutating func addName(
        _ field: FieldDescription, _ entry: inout FieldEntry, _ subject: String
    ) throws(SchemaError) {
        let name = field.jsonName.isEmpty ? Naming.lowerCamel(field.name) : field.jsonName
        // It is written as it is; what JSON would have to escape is refused here.
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }) else {
            throw SchemaError(subject: subject, reason: "its name in JSON is not made of plain characters")
        }
        entry.nameStart = Int32(self.tables.names.count)
        entry.nameCount = Int32(name.utf8.count)
        self.tables.names += Array("\"\(name)\":".utf8)
    }

    private mutating func addNumbers(_ entry: inout MessageEntry) {
        let numbers = entry.fields.map { self.tables.fields[$0].number }.filter { $0 <= Self.maximumDenseNumber }
        entry.numberSlots = Int32(self.tables.numberSlots.count)
        entry.numberCount = Int32((numbers.max() ?? 0) + 1)
        self.tables.numberSlots += [Int32](repeating: -1, count: Int(entry.numberCount))
        for field in entry.fields {
            let number = self.tables.fields[field].number
            guard number < UInt32(entry.numberCount) else { continue }
            self.tables.numberSlots[Int(entry.numberSlots) + Int(number)] = Int32(field)
        }
    }

    private mutating func addNames(_ entry: inout MessageEntry, _ name: String) throws(SchemaError) {
        // At least half of the slots stay free, so that a search ends soon.
        var count = 4
        while count < 2 * Int(entry.fieldCount) + 1 { count *= 2 }
        entry.nameSlots = Int32(self.tables.nameSlots.count)
        entry.nameMask = Int32(count - 1)
        self.tables.nameSlots += [Int32](repeating: -1, count: count)
        for field in entry.fields {
            let bytes = Array(self.tables.name(field).utf8)
            guard self.tables.field(of: entry, named: bytes.span.bytes, 0..<bytes.count) == nil else {
                throw SchemaError(subject: name, reason: "two fields are named \(self.tables.name(field)) in JSON")
            }
            var slot = Tables.hash(
                count: bytes.count, first: bytes[0], middle: bytes[bytes.count / 2], last: bytes[bytes.count - 1])
            slot &= count - 1
            while self.tables.nameSlots[Int(entry.nameSlots) + slot] >= 0 { slot = (slot + 1) & (count - 1) }
            self.tables.nameSlots[Int(entry.nameSlots) + slot] = Int32(field)
        }
    }
}

extension SchemaCompiler {
    private func rules(_ field: FieldDescription, _ subject: String) throws(SchemaError) -> FieldRules? {
        guard let described = field.rules else { return nil }
        var rules = FieldRules()
        rules.minimum = described.minimum
        rules.maximum = described.maximum
        rules.minimumBytes = described.minimumBytes
        rules.maximumBytes = described.maximumBytes
        rules.minimumItems = described.minimumItems
        rules.maximumItems = described.maximumItems
        rules.isRows = described.isRows
        guard !described.pattern.isEmpty else { return rules }
        do throws(TextPatternError) {
            rules.pattern = try TextPattern(described.pattern)
        } catch {
            throw SchemaError(subject: subject, reason: "its pattern is not valid: \(error)")
        }
        return rules
    }

    /// What is wrong where a field is absent, which is the same as zero or empty where it cannot be absent.
    private static func absence(_ entry: FieldEntry, _ rules: FieldRules?) -> Fault? {
        if entry.isRequired { return Fault(reason: "is missing", expected: "a value") }
        guard let rules else { return nil }
        if entry.isRepeated { return Faults.count(0, rules) }
        guard entry.shape == .single else { return nil }
        switch entry.kind {
        case .text, .bytes:
            if let fault = Faults.length(0, rules) { return fault }
            guard entry.kind == .text, let pattern = rules.pattern, !pattern.matches("") else { return nil }
            return Faults.mismatch(pattern)
        case .bool, .enumeration, .message: return nil
        default: return Faults.range(0 as Int64, rules)
        }
    }
}
