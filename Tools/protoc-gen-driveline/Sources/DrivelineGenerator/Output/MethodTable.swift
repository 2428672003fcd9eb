import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// Writes what is known of a service's methods: the enum `<Service>Methods`.
struct MethodTable {
    private let service: ServiceDescriptor

    init(_ service: ServiceDescriptor) {
        self.service = service
    }

    /// Prints the enum.
    func print(into printer: inout SourcePrinter) {
        let methods = self.service.methods.map(MethodModel.init)
        printer.print("/// The methods of `\(self.service.fullName)`.")
        printer.block("public enum \(self.service.name)Methods") { printer in
            for method in methods {
                printer.document(method.documentation)
                printer.print("public static let \(method.name) = MethodDescriptor(")
                printer.print(self.arguments(method).map { "    " + $0 }.joined(separator: ",\n"))
                printer.print(")")
            }
            printer.separate()
            printer.print("/// All methods, in the order of the proto file.")
            printer.list("public static let all: [MethodDescriptor] = [", methods.map(\.name), "]")
        }
    }

    /// The arguments; those that have their default value are left out.
    private func arguments(_ method: MethodModel) -> [String] {
        let options = method.descriptor.options
        var arguments = [
            "name: \(Literal.string(method.fullName))",
            "id: \(Literal.hexadecimal(method.id))",
            "kind: .\(method.kind.rawValue)",
        ]
        if method.form != .asynchronous { arguments.append("form: .\(method.form.rawValue)") }
        arguments.append("requestType: \(Literal.string(method.descriptor.inputType.fullName))")
        arguments.append("responseType: \(Literal.string(method.descriptor.outputType.fullName))")
        if !options.Driveline_scope.isEmpty { arguments.append("scope: \(Literal.string(options.Driveline_scope))") }
        if options.Driveline_anonymous { arguments.append("isAnonymous: true") }
        switch options.Driveline_idempotency {
        case .natural: arguments.append("idempotency: .natural")
        case .keyRequired: arguments.append("idempotency: .keyRequired")
        case .none, .UNRECOGNIZED: break
        }
        let texts = [
            ("versionField", options.Driveline_version), ("deprecatedOn", options.Driveline_deprecatedOn),
            ("sunsetOn", options.Driveline_sunsetOn),
        ]
        let numbers = [
            ("timeoutMilliseconds", options.Driveline_timeoutMilliseconds),
            ("concurrencyLimit", options.Driveline_concurrencyLimit),
        ]
        let version = texts.prefix(1).filter { !$0.1.isEmpty }.map { "\($0.0): \(Literal.string($0.1))" }
        let limits = numbers.filter { $0.1 != 0 }.map { "\($0.0): \(Literal.integer($0.1))" }
        let dates = texts.dropFirst().filter { !$0.1.isEmpty }.map { "\($0.0): \(Literal.string($0.1))" }
        arguments += version + limits + dates
        if !options.Driveline_http.isEmpty {
            let bindings = options.Driveline_http.map { "        " + Self.binding($0) }
            arguments.append("bindings: [\n\(bindings.joined(separator: ",\n")),\n    ]")
        }
        return arguments
    }

    private static func binding(_ binding: Driveline_HttpBinding) -> String {
        var arguments = ["verb: .\(binding.verb.lowercased())", "path: \(Literal.string(binding.path))"]
        if !binding.body.isEmpty { arguments.append("body: \(Literal.string(binding.body))") }
        if !binding.query.isEmpty {
            arguments.append("query: [\(binding.query.map(Literal.string).joined(separator: ", "))]")
        }
        if binding.hasRaw { arguments.append("isRaw: true") }
        switch binding.authentication {
        case .none: arguments.append("authentication: .none")
        case .signature: arguments.append("authentication: .signature")
        case .key, .UNRECOGNIZED: break
        }
        return "HTTPBinding(\(arguments.joined(separator: ", ")))"
    }
}
