import SwiftProtobufPluginLibrary

/// The statements of `init(copying:)`: from protobuf-c's members to the struct's properties.
struct CopyStatements {
    private let field: FieldModel
    private let scope: TypeScope

    init(_ field: FieldModel, _ scope: TypeScope) {
        self.field = field
        self.scope = scope
    }

    /// Prints the statements for a field that has a property of its own.
    func print(into printer: inout SourcePrinter) {
        let property = "self.\(self.field.name)"
        switch self.field.shape {
        case .single(.message(let message)):
            printer.print("\(property) = \(self.scope.reference(message))?(copying: \(self.field.member))")
        case .single(let type):
            printer.print("\(property) = \(type.copied(self.field.member, in: self.scope))")
        case .member(let type, let oneof):
            let value = type.copied(self.field.member, in: self.scope)
            let isSet = self.field.isSet(oneof)
            // Twelve columns: the deepest place of the statement is in a function of a struct in an extension.
            printer.print("\(property) = \(Literal.optional(isSet, value, columns: property.count + 15))")
        case .list(let type):
            printer.list("\(property) = [\(type.swiftType(in: self.scope))](", self.listArguments(type), ")")
        case .map(let key, let value, _):
            let types = "[\(key.swiftType(in: self.scope)): \(value.swiftType(in: self.scope))]"
            let arguments = ["copying: \(self.field.member)", "count: \(self.field.countMember)"]
            printer.list("\(property) = \(types)(", arguments, closure: nil) {
                let key = key.copied("$0.pointee.key", in: self.scope)
                $0.list("(", [key, value.copied("$0.pointee.value", in: self.scope)], ")")
            }
        }
    }

    private func listArguments(_ type: ValueType) -> [String] {
        let label =
            switch type {
            case .number, .message: "copying"
            case .boolean: "copyingBooleans"
            case .text: "copyingTexts"
            case .bytes: "copyingByteStrings"
            case .enumeration: "copyingEnums"
            }
        return ["\(label): \(self.field.member)", "count: \(self.field.countMember)"]
    }

    /// Prints the statements for a oneof of several members.
    static func print(_ choice: ChoiceModel, into printer: inout SourcePrinter, _ scope: TypeScope) {
        printer.print("switch storage.pointee.\(CNaming.caseMember(choice.descriptor.name)).rawValue {")
        for field in choice.fields {
            let value = field.types.map { $0.copied(field.member, in: scope) }.joined()
            printer.print("case \(field.descriptor.number): self.\(choice.name) = .\(field.name)(\(value))")
        }
        printer.print("default: self.\(choice.name) = nil\n}")
    }
}
