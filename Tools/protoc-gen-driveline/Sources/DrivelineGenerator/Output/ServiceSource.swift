import SwiftProtobufPluginLibrary

/// Writes a service's protocol, its registration, and its client.
struct ServiceSource {
    private let service: ServiceDescriptor
    private let methods: [MethodModel]

    init(_ service: ServiceDescriptor) {
        self.service = service
        self.methods = service.methods.map(MethodModel.init)
    }

    /// Prints everything of the service.
    func print(into printer: inout SourcePrinter) {
        printer.separate()
        MethodTable(self.service).print(into: &printer)
        printer.separate()
        self.printProtocol(into: &printer)
        printer.separate()
        self.printRegistration(into: &printer)
        printer.separate()
        self.printClient(into: &printer)
    }

    private func printProtocol(into printer: inout SourcePrinter) {
        printer.document(self.service.documentation(orName: self.service.fullName))
        printer.block("public protocol \(self.service.name): RPCService") { printer in
            for method in self.methods {
                printer.document(method.documentation)
                let requirement = HandlerSignature(method)
                printer.list("func \(method.name)(", requirement.parameters, ") \(requirement.effects)".trimmingSpace)
            }
        }
    }

    private func printRegistration(into printer: inout SourcePrinter) {
        printer.block("extension \(self.service.name)") { printer in
            printer.print("/// What the proto file says of the service.")
            printer.block("public var serviceDescriptor: ServiceDescriptor") { printer in
                let stem = self.service.file.moduleStem ?? ""
                printer.print("ServiceDescriptor(")
                printer.print("    name: \(Literal.string(self.service.fullName)),")
                printer.print("    methods: \(self.service.name)Methods.all,")
                printer.print("    fileDescriptorSet: \(stem)Messages.\(stem)Descriptors.fileDescriptorSet\n)")
            }
            printer.separate()
            printer.print("/// Adds the service's methods to a server.")
            printer.block("public func register(in registry: inout MethodRegistry)") { printer in
                for method in self.methods { self.printRegistration(method, into: &printer) }
            }
        }
    }

    private func printRegistration(_ method: MethodModel, into printer: inout SourcePrinter) {
        let handler = HandlerSignature(method)
        printer.print("registry.\(handler.registration)(\(self.service.name)Methods.\(method.name)) {")
        printer.indented { printer in
            printer.list("(", handler.closureParameters, ") \(handler.effects)".trimmingSpace + " in")
            let call = "self.\(method.name)(\(handler.callArguments.joined(separator: ", ")))"
            printer.print(handler.callPrefix + call)
        }
        printer.print("}")
    }

    private func printClient(into printer: inout SourcePrinter) {
        printer.print("/// A client of `\(self.service.fullName)`.")
        printer.block("public struct \(self.service.name)Client: Sendable") { printer in
            printer.print("/// What carries the calls.\npublic let client: RPCClient")
            printer.separate()
            printer.print("/// Creates a client of the service.")
            printer.block("public init(_ client: RPCClient)") { $0.print("self.client = client") }
            for method in self.methods {
                printer.separate()
                ClientMethod(method, service: self.service.name).print(into: &printer)
            }
        }
    }
}

/// How the handler of a method is declared, registered and called.
struct HandlerSignature {
    let parameters: [String]
    let effects: String
    let registration: String
    let closureParameters: [String]
    let callPrefix: String
    let callArguments: [String]

    init(_ method: MethodModel) {
        let (request, response) = (method.request, method.response)
        let answers = method.kind == .unary || method.kind == .clientStreaming
        let requests = method.kind == .unary || method.kind == .serverStreaming
        switch method.form {
        case .inline:
            self.parameters = [
                "_ request: borrowing View<\(request)>", "into response: inout Builder<\(response)>",
                "context: borrowing InlineContext",
            ]
            self.effects = "throws(RPCError)"
            self.registration = "addInline"
            self.callPrefix = "try "
            self.callArguments = ["request", "into: &response", "context: context"]
        case .batch:
            self.parameters = ["_ batch: borrowing Batch<\(request), \(response)>"]
            self.effects = ""
            self.registration = "addBatch"
            self.callPrefix = ""
            self.callArguments = ["batch"]
        case .asynchronous, .offloaded:
            let input = requests ? "_ request: \(request)" : "_ requests: RequestStream<\(request)>"
            let output = answers ? [] : ["responses: ResponseWriter<\(response)>"]
            self.parameters = [input] + output + ["context: ServerContext"]
            self.effects = "async throws" + (answers ? " -> \(response)" : "")
            self.registration = "add" + method.kind.rawValue.prefix(1).uppercased() + method.kind.rawValue.dropFirst()
            self.callPrefix = "try await "
            self.callArguments =
                [requests ? "request" : "requests"] + (answers ? [] : ["responses: responses"]) + ["context: context"]
        }
        self.closureParameters = self.parameters.map(Self.withoutLabel)
    }

    /// A closure's parameters have no labels.
    private static func withoutLabel(_ parameter: String) -> String {
        let words = parameter.split(separator: " ", maxSplits: 1)
        guard let first = words.first, let rest = words.last, !first.hasSuffix(":") else { return parameter }
        return String(rest)
    }
}

extension String {
    /// The text without a space at its end.
    fileprivate var trimmingSpace: String { self.hasSuffix(" ") ? String(self.dropLast()) : self }
}
