import SwiftProtobufPluginLibrary

/// Writes the services of one proto file: `<file>.api.swift`.
struct ServicesFile {
    private let file: FileDescriptor

    init(_ file: FileDescriptor) {
        self.file = file
    }

    /// The name of the file in the module's folder.
    var name: String { "\(self.file.baseName).api.swift" }

    /// The source.
    var text: String {
        var printer = SourcePrinter()
        printer.print(generatedNotice(self.file.name))
        printer.separate()
        for (module, isPublic) in self.imports.sorted(by: { $0.key < $1.key }) {
            printer.print(isPublic ? "public import \(module)" : "import \(module)")
        }
        for service in self.file.services { ServiceSource(service).print(into: &printer) }
        return printer.text
    }

    /// Exactly the modules that are used, and whether in declarations that others see: the compiler warns of any other.
    private var imports: [String: Bool] {
        // The package's own module has the descriptors, even where all messages come from elsewhere.
        var modules = [self.file.messagesModule: false, "RPC": true]
        for method in self.file.services.flatMap(\.methods) {
            modules[method.inputType.file.messagesModule] = true
            modules[method.outputType.file.messagesModule] = true
            if MethodModel(method).form == .inline { modules["ProtobufC"] = true }
        }
        return modules
    }
}
