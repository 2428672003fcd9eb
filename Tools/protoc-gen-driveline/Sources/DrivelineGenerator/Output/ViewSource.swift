import SwiftProtobufPluginLibrary

/// Writes the accessors of a message's view.
struct ViewSource {
    private let message: Descriptor
    private let scope: TypeScope

    init(_ message: Descriptor) {
        self.message = message
        self.scope = TypeScope(module: message.file.messagesModule, message: nil)
    }

    /// Prints the extension; nothing where the message has no fields.
    func print(into printer: inout SourcePrinter) {
        guard !self.message.fields.isEmpty else { return }
        printer.separate()
        printer.block("extension View where M == \(self.scope.reference(self.message))") { printer in
            for field in self.message.fieldModels { self.print(field, into: &printer) }
        }
    }

    private func print(_ field: FieldModel, into printer: inout SourcePrinter) {
        let member = "self." + field.member
        switch field.shape {
        case .single(let type):
            self.printOne(field, type, member, into: &printer)
        case .member(let type, let oneof):
            let isSet = "self." + field.isSet(oneof)
            let optional = self.viewType(type) + "?"
            guard self.borrows(type) else {
                let value = type.copied(member, in: self.scope)
                let expression = Literal.optional(isSet, value, columns: 8)
                return self.printProperty(field, optional, expression, into: &printer)
            }
            self.printBorrowing(field, optional, into: &printer) { printer in
                printer.print("guard \(isSet) else { return nil }")
                self.printBorrowed(type, member, into: &printer)
            }
        case .list(let type):
            self.printList(field, type, into: &printer)
        case .map(let key, let value, _):
            self.printMap(field, key, value, into: &printer)
        }
    }

    private func printOne(
        _ field: FieldModel,
        _ type: ValueType,
        _ member: String,
        into printer: inout SourcePrinter
    ) {
        guard self.borrows(type) else {
            let value = type.copied(member, in: self.scope)
            return self.printProperty(field, type.swiftType(in: self.scope), value, into: &printer)
        }
        let optional = type.isMessage ? "?" : ""
        self.printBorrowing(field, self.viewType(type) + optional, into: &printer) { printer in
            self.printBorrowed(type, member, into: &printer)
        }
    }

    /// Whether the value lives in the arena, so that its lifetime depends on the view.
    private func borrows(_ type: ValueType) -> Bool {
        switch type {
        case .text, .bytes, .message: true
        case .number, .boolean, .enumeration: false
        }
    }

    private func viewType(_ type: ValueType) -> String {
        switch type {
        case .text: "TextView"
        case .bytes: "RawSpan"
        case .message(let message): "View<\(self.scope.reference(message))>"
        case .number, .boolean, .enumeration: type.swiftType(in: self.scope)
        }
    }

    /// The expression of a value that is borrowed from the arena.
    private func borrowed(_ type: ValueType, _ member: String) -> String {
        let value =
            switch type {
            case .text: "TextView(unchecked: \(member))"
            case .bytes: "RawSpan(unchecked: \(member))"
            default: "\(self.viewType(type))(unchecked: UnsafePointer(\(member)))"
            }
        return "_overrideLifetime(\(value), copying: self)"
    }

    private func printProperty(
        _ field: FieldModel,
        _ type: String,
        _ value: String,
        into printer: inout SourcePrinter
    ) {
        printer.document(field.documentation)
        printer.print("@inlinable")
        printer.shortBlock("public var \(field.name): \(type)", value)
    }

    private func printBorrowing(
        _ field: FieldModel,
        _ type: String,
        into printer: inout SourcePrinter,
        _ body: (inout SourcePrinter) -> Void
    ) {
        printer.document(field.documentation)
        printer.print("@inlinable")
        printer.block("public var \(field.name): \(type)") { printer in
            printer.print("@_lifetime(copy self)")
            printer.block("get", body)
        }
    }

    private func printList(_ field: FieldModel, _ type: ValueType, into printer: inout SourcePrinter) {
        let name = type.swiftType(in: self.scope)
        let view =
            switch type {
            case .number: "Span<\(name)>"
            case .boolean: "RepeatedBooleanView"
            case .text: "RepeatedTextView"
            case .bytes: "RepeatedBytesView"
            case .enumeration: "RepeatedEnumView<\(name)>"
            case .message: "RepeatedView<\(name)>"
            }
        let arguments = ["unchecked: self.\(field.member)", "count: self.\(field.countMember)"]
        self.printBorrowing(field, view, into: &printer) { printer in
            printer.list("let list = \(view)(", arguments, ")")
            printer.print("return _overrideLifetime(list, copying: self)")
        }
    }

    private func printMap(
        _ field: FieldModel,
        _ key: ValueType,
        _ value: ValueType,
        into printer: inout SourcePrinter
    ) {
        let types = [self.viewType(key), self.viewType(value)]
        printer.document(
            "The number of entries in `\(field.property)` as they came: of entries with the same key, the last one counts."
        )
        printer.print("@inlinable\npublic var \(field.property)Count: Int { self.\(field.countMember) }")
        for (part, type) in zip(["key", "value"], [key, value]) {
            let entry = "self.\(field.member).entry(at: index, of: self.\(field.countMember))"
            printer.document(
                "The \(part) of an entry of `\(field.property)`; the index must be below `\(field.property)Count`.")
            printer.print("@inlinable")
            if self.borrows(type) { printer.print("@_lifetime(copy self)") }
            let optional = type.isMessage ? "?" : ""
            let name = "\(field.property)\(part == "key" ? "Key" : "Value")"
            let header = "public func \(name)(at index: Int) -> \(types[part == "key" ? 0 : 1])\(optional)"
            printer.block(header) { printer in
                printer.print("let entry = \(entry)")
                guard self.borrows(type) else {
                    return printer.print("return \(type.copied("entry.pointee.\(part)", in: self.scope))")
                }
                self.printBorrowed(type, "entry.pointee.\(part)", into: &printer)
            }
        }
    }

    /// The statements that answer a value which is borrowed from the arena.
    private func printBorrowed(_ type: ValueType, _ member: String, into printer: inout SourcePrinter) {
        guard type.isMessage else { return printer.print("return \(self.borrowed(type, member))") }
        printer.print("guard let value = \(member) else { return nil }")
        printer.print("return \(self.borrowed(type, "value"))")
    }
}
