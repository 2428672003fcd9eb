import SwiftProtobufPluginLibrary

/// Writes the setters of a message's builder.
struct BuilderSource {
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
        printer.block("extension Builder where M == \(self.scope.reference(self.message))") { printer in
            for field in self.message.fieldModels { self.print(field, into: &printer) }
        }
    }

    private func print(_ field: FieldModel, into printer: inout SourcePrinter) {
        switch field.shape {
        case .single(.message(let message)):
            self.printNested(field, message, nil, into: &printer)
        case .single(.text), .single(.bytes):
            self.printSetters(field, nil, into: &printer)
        case .single(let type):
            self.printProperty(field, type, into: &printer)
        case .member(.message(let message), let oneof):
            self.printNested(field, message, oneof, into: &printer)
        case .member(_, let oneof):
            self.printSetters(field, oneof, into: &printer)
        case .list(let type):
            self.printList(field, type, into: &printer)
        case .map(let key, let value, _):
            let type = "[\(key.swiftType(in: self.scope)): \(value.swiftType(in: self.scope))]"
            self.printFunction(field, "_ value: \(type)", into: &printer) { printer in
                printer.print("let (storage, arena) = (self.storage, self.arena)")
                StoreStatements(field).print("value", into: &printer)
            }
        }
    }

    private func printProperty(_ field: FieldModel, _ type: ValueType, into printer: inout SourcePrinter) {
        printer.document(field.documentation)
        printer.print("@inlinable")
        printer.block("public var \(field.name): \(type.swiftType(in: self.scope))") { printer in
            printer.print("get { \(type.copied("self." + field.member, in: self.scope)) }")
            guard let mark = field.presenceMark("newValue") else {
                return printer.print("set { self.\(field.member) = \(type.stored("newValue")) }")
            }
            printer.block("set") { printer in
                printer.print("self.\(field.member) = \(type.stored("newValue"))")
                printer.print("self.\(mark)")
            }
        }
    }

    /// The setters of a value that is not a message: one for each Swift type that it may come as.
    private func printSetters(_ field: FieldModel, _ oneof: OneofDescriptor?, into printer: inout SourcePrinter) {
        for type in field.types {
            let parameters =
                switch type {
                case .text: ["_ value: borrowing TextView", "_ value: String"]
                case .bytes: ["_ value: borrowing RawSpan", "_ value: [UInt8]"]
                default: ["_ value: \(type.swiftType(in: self.scope))"]
                }
            for parameter in parameters {
                self.printFunction(field, parameter, into: &printer) { printer in
                    if let oneof { printer.print("self." + field.setCase(oneof)) }
                    let value = type.stored("value").replacing("arena.", with: "self.arena.")
                    printer.print("self.\(field.member) = \(value)")
                }
            }
        }
    }

    private func printFunction(
        _ field: FieldModel,
        _ parameter: String,
        into printer: inout SourcePrinter,
        _ body: (inout SourcePrinter) -> Void
    ) {
        printer.document(field.documentation)
        printer.print("@inlinable")
        printer.block("public mutating func set\(field.suffix)(\(parameter))", body)
    }

    private func printNested(
        _ field: FieldModel,
        _ message: Descriptor,
        _ oneof: OneofDescriptor?,
        into printer: inout SourcePrinter
    ) {
        let type = self.scope.reference(message)
        self.printFunction(field, "_ value: \(type)", into: &printer) { printer in
            if let oneof { printer.print("self." + field.setCase(oneof)) }
            printer.print("self.\(field.member) = self.arena.storeMessage(value)")
        }
        printer.document(field.documentation)
        printer.print("///\n/// Goes on with the message that is there, or starts one.\n@inlinable")
        printer.block("public mutating func with\(field.suffix)(_ write: (inout Builder<\(type)>) -> Void)") {
            printer in
            if let oneof {
                // The union's bytes belong to another member until the case is this one.
                printer.block("if !(self.\(field.isSet(oneof)))") { printer in
                    printer.print("self." + field.setCase(oneof))
                    printer.print("self.\(field.member) = nil")
                }
            }
            printer.print("self.\(field.member) = self.arena.build(self.\(field.member), write)")
        }
    }

    private func printList(_ field: FieldModel, _ type: ValueType, into printer: inout SourcePrinter) {
        let name = type.swiftType(in: self.scope)
        let pair = "(self.\(field.member), self.\(field.countMember))"
        self.printFunction(field, "_ value: [\(name)]", into: &printer) {
            $0.print("\(pair) = self.arena.\(StoreStatements.listFunction(type))(value)")
        }
        guard case .message = type else { return }
        printer.document(field.documentation)
        printer.print("///\n/// Makes the list `count` elements long and hands each out to be written.\n@inlinable")
        let parameters = ["count: Int", "_ write: (_ index: Int, _ element: inout Builder<\(name)>) -> Void"]
        printer.list("public mutating func set\(field.suffix)(", parameters, ") {")
        printer.print("    self.\(field.member) = self.arena.makeMessages(\(name).self, count: count)")
        printer.print("    self.\(field.countMember) = self.\(field.member) == nil ? 0 : count")
        printer.print("    self.arena.build(self.\(field.member), self.\(field.countMember), write)\n}")
    }
}
