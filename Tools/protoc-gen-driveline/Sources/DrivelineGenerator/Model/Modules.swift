import SwiftProtobuf
import SwiftProtobufPluginLibrary

extension FileDescriptor {
    /// The stem of the Swift modules of this file's package, from `(driveline.module)`; `nil` where the option is missing.
    ///
    /// Google's well-known types cannot carry the option.
    var moduleStem: String? {
        if self.package == "google.protobuf" { return "WellKnown" }
        return self.options.hasDriveline_module ? self.options.Driveline_module : nil
    }

    /// The module of the Swift values.
    var messagesModule: String { (self.moduleStem ?? "") + "Messages" }

    /// The module of protobuf-c's structures.
    var structuresModule: String { "C" + self.messagesModule }

    /// The file's name without folder and ending.
    var baseName: String {
        let file = self.name.split(separator: "/").last ?? ""
        return String(file.hasSuffix(".proto") ? file.dropLast(6) : file)
    }

    /// The file and everything it imports, imports before importers, each once.
    var closure: [FileDescriptor] {
        var seen: Set<String> = []
        var files: [FileDescriptor] = []
        func visit(_ file: FileDescriptor) {
            guard seen.insert(file.name).inserted else { return }
            file.dependencies.forEach(visit)
            files.append(file)
        }
        visit(self)
        return files
    }

    /// All messages, containers before what is nested in them, without map entries.
    var allMessages: [Descriptor] {
        self.messages.flatMap { $0.selfAndNested }
    }
}

extension Descriptor {
    /// The message and all that are nested in it, without map entries.
    var selfAndNested: [Descriptor] {
        self.options.mapEntry ? [] : [self] + self.messages.flatMap { $0.selfAndNested }
    }

    /// The messages nested directly in this one, without map entries.
    var nestedMessages: [Descriptor] { self.messages.filter { !$0.options.mapEntry } }

    /// The name of the Swift type within its container.
    var swiftName: String {
        guard self.file.package == "google.protobuf" else { return self.name }
        return "Proto" + self.name
    }

    /// The names of the Swift type and its containers, outermost first.
    var swiftPath: [String] { (self.containingType?.swiftPath ?? []) + [self.swiftName] }
}

extension EnumDescriptor {
    /// The names of the Swift type and its containers, outermost first.
    var swiftPath: [String] { (self.containingType?.swiftPath ?? []) + [self.name] }

    /// The case that stands for a number, without backticks.
    func caseName(_ value: EnumValueDescriptor) -> String {
        SwiftNaming.enumCase(value.name, of: self.name)
    }

    /// The case of a field that is not set.
    var zeroCase: String {
        guard let zero = self.values.first(where: { $0.number == 0 }) else { return "unrecognized(0)" }
        return SwiftNaming.escaped(self.caseName(zero))
    }
}

/// Where a reference to a type stands: it decides how much of the type's path must be written.
struct TypeScope {
    /// The module that the reference stands in.
    let module: String
    /// The message whose declaration the reference stands in, `nil` at the top level.
    let message: Descriptor?

    /// How a message is written here.
    func reference(_ message: Descriptor) -> String {
        self.reference(message.swiftPath, in: message.file.messagesModule)
    }

    /// How an enum is written here.
    func reference(_ enumeration: EnumDescriptor) -> String {
        self.reference(enumeration.swiftPath, in: enumeration.file.messagesModule)
    }

    private func reference(_ path: [String], in module: String) -> String {
        let name = path.joined(separator: ".")
        // A nested type hides one of the same name further out.
        let isHidden = path.first.map(self.nestedNames.contains) ?? false
        return module == self.module && !isHidden ? name : "\(module).\(name)"
    }

    private var nestedNames: Set<String> {
        var names: Set<String> = []
        var message = self.message
        while let container = message {
            names.formUnion(container.nestedMessages.map(\.name))
            names.formUnion(container.enums.map(\.name))
            names.formUnion(container.choices.map(\.typeName))
            message = container.containingType
        }
        return names
    }
}
