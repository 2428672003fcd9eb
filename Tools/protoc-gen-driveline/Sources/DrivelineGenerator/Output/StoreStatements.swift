import SwiftProtobufPluginLibrary

/// The statements of `store(into:in:)`: from the struct's properties to protobuf-c's members.
struct StoreStatements {
    private let field: FieldModel

    init(_ field: FieldModel) {
        self.field = field
    }

    /// Prints the statements for a field that has a property of its own.
    ///
    /// - Parameter property: The expression of the value that is stored.
    func print(_ property: String, into printer: inout SourcePrinter) {
        switch self.field.shape {
        case .single(let type):
            printer.print("\(self.field.member) = \(type.stored(property))")
            if let mark = self.field.presenceMark(property) { printer.print(mark) }
        case .member(let type, let oneof):
            printer.block("if let value = \(property)") { printer in
                printer.print(self.field.setCase(oneof))
                printer.print("\(self.field.member) = \(type.stored("value"))")
            }
        case .list(let type):
            printer.print("\(self.pair) = arena.\(Self.listFunction(type))(\(property))")
        case .map(let key, let value, let entry):
            let call = "\(self.pair) = arena.storeMap("
            printer.list(call, [property], closure: "entry, key, value") { printer in
                printer.print("\(CNaming.functionPrefix(entry.fullName))__init(entry)")
                printer.print("entry.pointee.\(PresenceRewriting.keyCase) = .init(rawValue: 1)")
                printer.print("entry.pointee.key = \(key.stored("key"))")
                printer.print("entry.pointee.\(PresenceRewriting.valueCase) = .init(rawValue: 2)")
                printer.print("entry.pointee.value = \(value.stored("value"))")
            }
        }
    }

    /// The members of a list's elements and their number, to be set together.
    private var pair: String { "(\(self.field.member), \(self.field.countMember))" }

    /// The method of the arena that stores the elements of a list.
    static func listFunction(_ type: ValueType) -> String {
        switch type {
        case .number: "storeNumbers"
        case .boolean: "storeBooleans"
        case .text: "storeTexts"
        case .bytes: "storeByteStrings"
        case .enumeration: "storeEnums"
        case .message: "store"
        }
    }

    /// Prints the statements for a oneof of several members.
    static func print(_ choice: ChoiceModel, into printer: inout SourcePrinter) {
        printer.print("switch self.\(choice.name) {")
        for field in choice.fields {
            let value = field.types.map { $0.stored("value") }.joined()
            printer.print("case .\(field.name)(let value):")
            printer.print("    \(field.setCase(choice.descriptor))")
            printer.print("    \(field.member) = \(value)")
        }
        printer.print("case nil: break\n}")
    }
}
