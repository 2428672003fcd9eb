import SwiftProtobufPluginLibrary

/// Writes the Swift struct of a message, with what is nested in it, and the accessors of its view and builder.
struct MessageSource {
    private let message: Descriptor
    /// The scope inside the struct.
    private let scope: TypeScope

    init(_ message: Descriptor) {
        self.message = message
        self.scope = TypeScope(module: message.file.messagesModule, message: message)
    }

    /// Prints the message and everything nested in it.
    func print(into printer: inout SourcePrinter) {
        printer.separate()
        if let container = self.message.containingType {
            printer.block("extension \(container.swiftPath.joined(separator: "."))") { self.printStruct(into: &$0) }
        } else {
            self.printStruct(into: &printer)
        }
        ViewSource(self.message).print(into: &printer)
        BuilderSource(self.message).print(into: &printer)
        for enumeration in self.message.enums {
            printer.separate()
            printer.block("extension \(self.message.swiftPath.joined(separator: "."))") {
                EnumSource(enumeration).print(into: &$0)
            }
            EnumSource(enumeration).printStatuses(into: &printer)
        }
        for nested in self.message.nestedMessages { MessageSource(nested).print(into: &printer) }
    }

    private func printStruct(into printer: inout SourcePrinter) {
        printer.document(self.message.documentation(orName: self.message.fullName))
        printer.block("public struct \(self.message.swiftName): Message") { printer in
            for choice in self.message.choices { self.print(choice, into: &printer) }
            for property in self.message.properties { self.printProperty(property, into: &printer) }
            self.printInitialisers(into: &printer)
            self.printConstants(into: &printer)
            self.printCopying(into: &printer)
            self.printStorageFunctions(into: &printer)
            self.printChecks(into: &printer)
            self.printStoring(into: &printer)
        }
    }

    private func print(_ choice: ChoiceModel, into printer: inout SourcePrinter) {
        printer.separate()
        printer.document(choice.documentation)
        printer.block("public enum \(choice.typeName): Hashable, Sendable") { printer in
            for field in choice.fields {
                printer.document(field.documentation)
                let type = field.types.map { $0.swiftType(in: self.scope) }.joined()
                printer.print("case \(field.name)(\(type))")
            }
        }
        printer.print("")
    }

    private func printProperty(_ property: PropertyModel, into printer: inout SourcePrinter) {
        switch property {
        case .field(let field): printer.document(field.documentation)
        case .choice(let choice): printer.document(choice.documentation)
        }
        printer.print("public var \(SwiftNaming.escaped(property.property)): \(self.type(property))")
    }

    /// The type of a property.
    private func type(_ property: PropertyModel) -> String {
        switch property {
        case .choice(let choice): "\(choice.typeName)?"
        case .field(let field):
            switch field.shape {
            case .single(let type): type.swiftType(in: self.scope) + (type.isMessage ? "?" : "")
            case .member(let type, _): type.swiftType(in: self.scope) + "?"
            case .list(let type): "[\(type.swiftType(in: self.scope))]"
            case .map(let key, let value, _):
                "[\(key.swiftType(in: self.scope)): \(value.swiftType(in: self.scope))]"
            }
        }
    }

    private func defaultValue(_ property: PropertyModel) -> String {
        guard case .field(let field) = property else { return "nil" }
        return switch field.shape {
        case .single(let type): type.defaultValue
        case .member: "nil"
        case .list: "[]"
        case .map: "[:]"
        }
    }

    private func printInitialisers(into printer: inout SourcePrinter) {
        let properties = self.message.properties
        printer.separate()
        guard let first = properties.first else { return printer.print("public init() {}") }
        let parameters = properties.map { property in
            let type = self.type(property)
            return "\(SwiftNaming.escaped(property.property)): \(type) = \(self.defaultValue(property))"
        }
        printer.print("/// Creates a message; a field that is not given is not set.")
        printer.list("public init(", parameters, ") {")
        for property in properties {
            let name = SwiftNaming.escaped(property.property)
            printer.print("    self.\(name) = \(name)")
        }
        printer.print("}")
        printer.separate()
        printer.block("public init()") {
            $0.print("self.init(\(SwiftNaming.label(first.property)): \(self.defaultValue(first)))")
        }
    }

    private func printConstants(into printer: inout SourcePrinter) {
        printer.separate()
        printer.print("public typealias Storage = \(CNaming.type(self.message.fullName))")
        printer.separate()
        printer.print("public static let fullName = \(Literal.string(self.message.fullName))")
        for field in self.message.fieldModels {
            guard let name = RuleStatements(field).patternName, let pattern = field.rules?.pattern else { continue }
            printer.separate()
            printer.print("@usableFromInline static let \(name) = TextPattern(checked: \(Literal.string(pattern)))")
        }
    }

    private func printCopying(into printer: inout SourcePrinter) {
        printer.separate()
        printer.block("public init(copying storage: UnsafePointer<Storage>)") { printer in
            for property in self.message.properties {
                switch property {
                case .field(let field): CopyStatements(field, self.scope).print(into: &printer)
                case .choice(let choice): CopyStatements.print(choice, into: &printer, self.scope)
                }
            }
        }
    }

    private func printStorageFunctions(into printer: inout SourcePrinter) {
        let prefix = CNaming.functionPrefix(self.message.fullName)
        printer.separate()
        printer.print("@inlinable")
        printer.block("public static func initialize(_ storage: UnsafeMutablePointer<Storage>)") {
            $0.print("\(prefix)__init(storage)")
        }
        printer.separate()
        printer.print("@inlinable")
        printer.print("public static func unpack(")
        printer.print("    _ bytes: UnsafeRawBufferPointer,\n    _ allocator: UnsafeMutablePointer<ProtobufCAllocator>")
        printer.block(") -> UnsafeMutablePointer<Storage>?") { printer in
            // protobuf-c makes no unpack function for messages that are nested in another.
            guard self.message.containingType == nil else {
                return printer.print("Self.unpackByDescriptor(bytes, allocator)")
            }
            let start = "bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)"
            printer.list("\(prefix)__unpack(", ["allocator", "bytes.count", start], ")")
        }
    }

    private func printChecks(into printer: inout SourcePrinter) {
        let parameters = "_ storage: UnsafePointer<Storage>, into violations: inout FieldViolations"
        printer.separate()
        printer.print("@inlinable")
        if self.message.holdsText {
            printer.block("public static func checkText(\(parameters))") { printer in
                for field in self.message.fieldModels { TextStatements(field).print(into: &printer, self.scope) }
            }
        } else {
            printer.print("public static func checkText(\(parameters)) {}")
        }
        printer.separate()
        printer.print("@inlinable")
        if self.message.holdsRules {
            printer.block("public static func checkRules(\(parameters))") { printer in
                for field in self.message.fieldModels { RuleStatements(field).print(into: &printer, self.scope) }
            }
        } else {
            printer.print("public static func checkRules(\(parameters)) {}")
        }
    }

    private func printStoring(into printer: inout SourcePrinter) {
        printer.separate()
        let header = "public func store(into storage: UnsafeMutablePointer<Storage>, in arena: Arena)"
        guard !self.message.fields.isEmpty else { return printer.print(header + " {}") }
        printer.block(header) { printer in
            for property in self.message.properties {
                switch property {
                case .field(let field): StoreStatements(field).print("self.\(field.name)", into: &printer)
                case .choice(let choice): StoreStatements.print(choice, into: &printer)
                }
            }
        }
    }
}
