import SwiftProtobufPluginLibrary

/// Names that generated code needs for itself.
enum TakenNames {
    /// Types that generated code mentions without their module.
    static let types: Set<String> = [
        "Arena", "Array", "Bool", "Builder", "Dictionary", "Double", "FieldViolations", "Float", "Hashable", "Int",
        "Int32", "Int64", "M", "Message", "MessageEnum", "Optional", "ProtobufCAllocator", "Protocol", "RawSpan",
        "RepeatedBooleanView", "RepeatedBytesView", "RepeatedEnumView", "RepeatedTextView", "RepeatedView", "Self",
        "Sendable", "Span", "Storage", "String", "TextPattern", "TextView", "Type", "UInt32", "UInt64", "UInt8",
        "UnsafeMutablePointer", "UnsafePointer", "UnsafeRawBufferPointer", "View",
    ]

    /// Members of messages, views and builders.
    static let properties: Set<String> = [
        "arena", "copy", "hashValue", "init", "self", "set", "storage",
    ]

    /// Members of enums.
    static let cases: Set<String> = ["hashValue", "httpStatus", "init", "rawValue", "self", "unrecognized"]

    /// Members of services, their clients and method tables.
    static let methods: Set<String> = ["all", "client", "init", "register", "self", "serviceDescriptor"]
}

/// Finds names that stand for two things.
struct NameTable {
    private var owners: [String: String] = [:]

    /// Notes a name, and who has it.
    ///
    /// - Returns: Who had it before.
    mutating func insert(_ name: String, owner: String) -> String? {
        defer { self.owners[name] = self.owners[name] ?? owner }
        return self.owners[name]
    }
}

/// The names inside a message, in Swift and in C.
struct MessageNameLint {
    private let message: Descriptor

    init(_ message: Descriptor) {
        self.message = message
    }

    func check(_ problems: inout ProblemList) {
        if TakenNames.types.contains(self.message.swiftName) {
            problems.add(self.message.file.name, self.message.fullName, "the name is taken by generated code")
        }
        self.checkProperties(&problems)
        self.checkTypes(&problems)
        self.checkMembers(&problems)
    }

    private func checkProperties(_ problems: inout ProblemList) {
        var names = NameTable()
        func check(_ name: String, _ owner: String, _ problems: inout ProblemList) {
            if TakenNames.properties.contains(name) {
                problems.add(self.message.file.name, owner, "the Swift name \(name) is taken by generated code")
            }
            if let other = names.insert(name, owner: owner) {
                problems.add(self.message.file.name, owner, "the Swift name \(name) is also that of \(other)")
            }
        }
        for choice in self.message.choices {
            check(choice.property, "\(self.message.fullName).\(choice.descriptor.name)", &problems)
        }
        for field in self.message.fieldModels {
            check(field.property, field.descriptor.fullName, &problems)
            guard case .map = field.shape else { continue }
            for suffix in ["Count", "Key", "Value"] {
                check(field.property + suffix, "\(field.descriptor.fullName) (its view)", &problems)
            }
        }
    }

    private func checkTypes(_ problems: inout ProblemList) {
        var names = NameTable()
        let types =
            self.message.nestedMessages.map { ($0.name, $0.fullName) }
            + self.message.enums.map { ($0.name, $0.fullName) }
            + self.message.choices.map { ($0.typeName, "\(self.message.fullName).\($0.descriptor.name)") }
        for (name, owner) in types {
            if let other = names.insert(name, owner: owner) {
                problems.add(self.message.file.name, owner, "the Swift type \(name) is also that of \(other)")
            }
        }
        for choice in self.message.choices where TakenNames.types.contains(choice.typeName) {
            let owner = "\(self.message.fullName).\(choice.descriptor.name)"
            problems.add(self.message.file.name, owner, "the Swift type \(choice.typeName) is taken by generated code")
        }
    }

    /// protobuf-c lowers every name and adds members of its own.
    private func checkMembers(_ problems: inout ProblemList) {
        var names = NameTable()
        _ = names.insert("base", owner: "protobuf-c's own base")
        for field in self.message.fields {
            let member = CNaming.member(field.name)
            for name in field.isRepeated ? [member, "n_" + member] : [member] {
                if let other = names.insert(name, owner: field.fullName) {
                    problems.add(field.file.name, field.fullName, "the C name \(name) is also that of \(other)")
                }
            }
        }
        for field in self.message.fields where PresenceRewriting.isNeeded(field) {
            let name = CNaming.caseMember(PresenceRewriting.oneof(field.name))
            if let other = names.insert(name, owner: field.fullName) {
                problems.add(field.file.name, field.fullName, "the C name \(name) is also that of \(other)")
            }
        }
        for oneof in self.message.realOneofs {
            let (name, owner) = (CNaming.caseMember(oneof.name), "\(self.message.fullName).\(oneof.name)")
            if let other = names.insert(name, owner: owner) {
                problems.add(self.message.file.name, owner, "the C name \(name) is also that of \(other)")
            }
        }
    }
}

/// The names of an enum and its cases.
struct EnumNameLint {
    private let enumeration: EnumDescriptor

    init(_ enumeration: EnumDescriptor) {
        self.enumeration = enumeration
    }

    func check(_ problems: inout ProblemList) {
        let file = self.enumeration.file.name
        if TakenNames.types.contains(self.enumeration.name) {
            problems.add(file, self.enumeration.fullName, "the name is taken by generated code")
        }
        var names = NameTable()
        for value in self.enumeration.values {
            let name = self.enumeration.caseName(value)
            let owner = "\(self.enumeration.fullName).\(value.name)"
            if TakenNames.cases.contains(name) {
                problems.add(file, owner, "the Swift name \(name) is taken by generated code")
            }
            if let other = names.insert(name, owner: owner) {
                problems.add(file, owner, "the Swift name \(name) is also that of \(other)")
            }
        }
    }
}
