import SwiftProtobufPluginLibrary

/// The statements of `checkText`: they report text that is not UTF-8 or holds a NUL.
struct TextStatements {
    private let field: FieldModel

    init(_ field: FieldModel) {
        self.field = field
    }

    /// Prints the statements for a field; none where it holds no text.
    func print(into printer: inout SourcePrinter, _ scope: TypeScope) {
        let (member, count) = (self.field.member, self.field.countMember)
        let path = Literal.string(self.field.jsonName)
        let report = "violations.appendInvalidText(\(path))"
        switch self.field.shape {
        case .single(.text):
            printer.shortBlock("if !isText(\(member))", report)
        case .single(.message(let message)) where message.holdsText:
            printer.list("violations.checkOne(", self.arguments(message, [member], scope), ")")
        case .member(.text, let oneof):
            printer.shortBlock("if \(self.field.isSet(oneof)), !isText(\(member))", report)
        case .member(.message(let message), let oneof) where message.holdsText:
            printer.block("if \(self.field.isSet(oneof))") {
                $0.list("violations.checkOne(", self.arguments(message, [member], scope), ")")
            }
        case .list(.text):
            printer.print("violations.checkTexts(\(member), \(count), \(path))")
        case .list(.message(let message)) where message.holdsText:
            printer.list("violations.checkEach(", self.arguments(message, [member, count], scope), ")")
        case .map(let key, let value, _):
            EntryStatements(self.field, key: key, value: value).printTextChecks(into: &printer, scope)
        default:
            break
        }
    }

    private func arguments(_ message: Descriptor, _ members: [String], _ scope: TypeScope) -> [String] {
        let name = scope.reference(message)
        return members + ["\(name).self", Literal.string(self.field.jsonName), "\(name).checkText"]
    }
}
