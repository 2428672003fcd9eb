import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What one value of a field is.
enum ValueType {
    /// A number; protobuf-c's member has the Swift type of this name.
    case number(String)
    case boolean
    case text
    case bytes
    case enumeration(EnumDescriptor)
    case message(Descriptor)

    /// The type of a field's value, or of an element where the field is repeated.
    init(_ field: FieldDescriptor) {
        switch field.type {
        case .double: self = .number("Double")
        case .float: self = .number("Float")
        case .int32, .sint32, .sfixed32: self = .number("Int32")
        case .int64, .sint64, .sfixed64: self = .number("Int64")
        case .uint32, .fixed32: self = .number("UInt32")
        case .uint64, .fixed64: self = .number("UInt64")
        case .bool: self = .boolean
        case .string: self = .text
        case .bytes: self = .bytes
        case .enum: self = .enumeration(field.enumType)
        case .message, .group: self = .message(field.messageType)
        }
    }

    /// The Swift type.
    func swiftType(in scope: TypeScope) -> String {
        switch self {
        case .number(let name): name
        case .boolean: "Bool"
        case .text: "String"
        case .bytes: "[UInt8]"
        case .enumeration(let type): scope.reference(type)
        case .message(let type): scope.reference(type)
        }
    }

    /// The value of a field that is not set.
    var defaultValue: String {
        switch self {
        case .number: "0"
        case .boolean: "false"
        case .text: "\"\""
        case .bytes: "[]"
        case .enumeration(let type): "." + type.zeroCase
        case .message: "nil"
        }
    }

    /// The expression that copies a value out of a structure's member; a message that is absent becomes an empty one.
    func copied(_ member: String, in scope: TypeScope) -> String {
        switch self {
        case .number: member
        case .boolean: "\(member) != 0"
        case .text: "String(copying: \(member))"
        case .bytes: "[UInt8](copying: \(member))"
        case .enumeration(let type):
            "\(scope.reference(type))(rawValue: Int32(truncatingIfNeeded: \(member).rawValue))"
        case .message(let type): "\(scope.reference(type))(copyingOrEmpty: \(member))"
        }
    }

    /// The expression that a structure's member is set to.
    func stored(_ value: String) -> String {
        switch self {
        case .number: value
        case .boolean: "\(value) ? 1 : 0"
        case .text, .bytes: "arena.store(\(value))"
        case .enumeration: ".init(rawValue: .init(truncatingIfNeeded: \(value).rawValue))"
        case .message: "arena.storeMessage(\(value))"
        }
    }

    /// Whether protobuf-c holds the value behind a pointer.
    var isMessage: Bool {
        if case .message = self { true } else { false }
    }

    /// Whether the value is text, or a message that holds text somewhere.
    var holdsText: Bool {
        switch self {
        case .text: true
        case .message(let type): type.holdsText
        default: false
        }
    }
}
