import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// A field as the generated Swift shows it.
struct FieldModel {
    /// How many values a field has, and whether it knows that it was not set.
    enum Shape {
        /// One value; its default stands for absence, except that a message may be absent.
        case single(ValueType)
        /// One value that is a member of a oneof.
        case member(ValueType, OneofDescriptor)
        case list(ValueType)
        case map(key: ValueType, value: ValueType, entry: Descriptor)
    }

    let descriptor: FieldDescriptor
    let shape: Shape
    /// The property's name without backticks.
    let property: String
    /// What follows `set` and `with` in the names of a builder's methods.
    let suffix: String
    /// The name in JSON, which violations use.
    let jsonName: String
    /// The expression of protobuf-c's member.
    let member: String
    /// The expression of the member with the number of elements, where there is one.
    let countMember: String

    /// Models a field.
    init(_ field: FieldDescriptor) {
        self.descriptor = field
        self.property = SwiftNaming.lowerCamel(field.name)
        self.suffix = SwiftNaming.upperCamel(field.name)
        self.jsonName = field.jsonName ?? field.name
        self.member = "storage.pointee.\(CNaming.member(field.name))"
        self.countMember = "storage.pointee.n_\(CNaming.member(field.name))"
        if field.isMap, let entry = field.messageType, let (key, value) = entry.mapKeyAndValue {
            self.shape = .map(key: ValueType(key), value: ValueType(value), entry: entry)
        } else if field.isRepeated {
            self.shape = .list(ValueType(field))
        } else if let oneof = field.realContainingOneof {
            self.shape = .member(ValueType(field), oneof)
        } else {
            self.shape = .single(ValueType(field))
        }
    }

    /// The property's name as it stands in source.
    var name: String { SwiftNaming.escaped(self.property) }

    /// The statement that makes protobuf-c write the value, where it would take one that is not zero for zero.
    func presenceMark(_ value: String) -> String? {
        guard case .single = self.shape, PresenceRewriting.isNeeded(self.descriptor) else { return nil }
        let member = CNaming.caseMember(PresenceRewriting.oneof(self.descriptor.name))
        let number = self.descriptor.number
        return "storage.pointee.\(member) = .init(rawValue: \(value).bitPattern == 0 ? 0 : \(number))"
    }

    /// The rules of the field, where it has any.
    var rules: Driveline_FieldRules? {
        self.descriptor.options.hasDriveline_field ? self.descriptor.options.Driveline_field : nil
    }

    /// The expression that is true when this member of its oneof is set.
    func isSet(_ oneof: OneofDescriptor) -> String {
        "storage.pointee.\(CNaming.caseMember(oneof.name)).rawValue == \(self.descriptor.number)"
    }

    /// The statement that makes this the member of its oneof that is set.
    func setCase(_ oneof: OneofDescriptor) -> String {
        "storage.pointee.\(CNaming.caseMember(oneof.name)) = .init(rawValue: \(self.descriptor.number))"
    }

    /// What the field holds, without what may be absent around it.
    var types: [ValueType] {
        switch self.shape {
        case .single(let type), .member(let type, _), .list(let type): [type]
        case .map(let key, let value, _): [key, value]
        }
    }

    /// The text of the documentation.
    var documentation: String {
        guard case .member(_, let oneof) = self.shape, oneof.fields.count == 1 else {
            return self.descriptor.documentation(orName: self.descriptor.fullName)
        }
        // Of an optional field the comment may stand on either.
        return self.descriptor.comment ?? oneof.documentation(orName: self.descriptor.fullName)
    }
}

/// A oneof of several members, which becomes a Swift enum.
struct ChoiceModel {
    let descriptor: OneofDescriptor
    let fields: [FieldModel]

    /// The name of the enum.
    var typeName: String { SwiftNaming.upperCamel(self.descriptor.name) }
    /// The property's name without backticks.
    var property: String { SwiftNaming.lowerCamel(self.descriptor.name) }
    /// The property's name as it stands in source.
    var name: String { SwiftNaming.escaped(self.property) }
    /// The text of the documentation.
    var documentation: String { self.descriptor.documentation(orName: self.descriptor.fullName) }
}

/// What a message's Swift struct has a property for.
enum PropertyModel {
    case field(FieldModel)
    case choice(ChoiceModel)

    /// The property's name without backticks.
    var property: String {
        switch self {
        case .field(let field): field.property
        case .choice(let choice): choice.property
        }
    }
}

extension Descriptor {
    /// The fields in the order of the proto file.
    var fieldModels: [FieldModel] { self.fields.map(FieldModel.init) }

    /// The oneofs of several members.
    var choices: [ChoiceModel] {
        self.realOneofs.filter { $0.fields.count > 1 }.map { oneof in
            ChoiceModel(descriptor: oneof, fields: oneof.fields.map(FieldModel.init))
        }
    }

    /// The struct's properties in the order of the proto file; a oneof stands where its first member does.
    var properties: [PropertyModel] {
        let choices = self.choices
        return self.fieldModels.compactMap { field in
            guard case .member(_, let oneof) = field.shape,
                let choice = choices.first(where: { $0.descriptor === oneof })
            else { return .field(field) }
            return choice.fields.first?.descriptor === field.descriptor ? .choice(choice) : nil
        }
    }

    /// Whether the message, or one that it holds, has a text field. Recursive messages have been refused.
    var holdsText: Bool {
        self.fieldModels.contains { $0.types.contains { $0.holdsText } }
    }

    /// Whether the message, or one that it holds, has a field with rules that are checked.
    var holdsRules: Bool {
        self.fieldModels.contains { field in
            RuleStatements(field).hasRules
                || field.types.contains { type in
                    if case .message(let message) = type { message.holdsRules } else { false }
                }
        }
    }
}
