import SwiftProtobufPluginLibrary

/// The statements that check the entries of a map.
struct EntryStatements {
    private let field: FieldModel
    private let key: ValueType
    private let value: ValueType

    init(_ field: FieldModel, key: ValueType, value: ValueType) {
        self.field = field
        self.key = key
        self.value = value
    }

    /// The expression that describes an entry's key in a violation's path.
    private var keyDescription: String {
        switch self.key {
        case .text: "String(copying: $0.pointee.key)"
        case .boolean: "\"\\($0.pointee.key != 0)\""
        default: "\"\\($0.pointee.key)\""
        }
    }

    /// Prints the check of each entry's value, which is a message.
    func print(check: String, of message: Descriptor, into printer: inout SourcePrinter, _ scope: TypeScope) {
        let call = "\(scope.reference(message)).\(check)(value, into: &violations)"
        self.print(["if let value = entry.pointee.value { \(call) }"], into: &printer)
    }

    /// Prints the check of each entry's text.
    func printTextChecks(into printer: inout SourcePrinter, _ scope: TypeScope) {
        var statements: [String] = []
        if case .text = self.key {
            statements.append("if !isText(entry.pointee.key) { violations.appendInvalidText(\"\") }")
        }
        switch self.value {
        case .text:
            statements.append("if !isText(entry.pointee.value) { violations.appendInvalidText(\"\") }")
        case .message(let message) where message.holdsText:
            let call = "\(scope.reference(message)).checkText(value, into: &violations)"
            statements.append("if let value = entry.pointee.value { \(call) }")
        default:
            break
        }
        if !statements.isEmpty { self.print(statements, into: &printer) }
    }

    private func print(_ statements: [String], into printer: inout SourcePrinter) {
        let path = Literal.string(self.field.jsonName)
        let key = "key: { \(self.keyDescription) }"
        let arguments = [self.field.member, self.field.countMember, path, key]
        printer.list("violations.checkEntries(", arguments, closure: "entry, violations") {
            for statement in statements { $0.print(statement) }
        }
    }
}
