import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// What must hold for a service's methods and their options.
struct ServiceLint {
    private let service: ServiceDescriptor

    init(_ service: ServiceDescriptor) {
        self.service = service
    }

    func check(_ problems: inout ProblemList) {
        var names = NameTable()
        for method in self.service.methods {
            let model = MethodModel(method)
            let name = SwiftNaming.lowerCamel(method.name)
            if TakenNames.methods.contains(name) {
                problems.add(method.file.name, model.fullName, "the Swift name \(name) is taken by generated code")
            }
            if let other = names.insert(name, owner: model.fullName) {
                problems.add(method.file.name, model.fullName, "the Swift name \(name) is also that of \(other)")
            }
            for reason in Self.formFaults(model) + Self.optionFaults(method) + SharingLint(method).faults()
                + CacheLint(method).faults()
            {
                problems.add(method.file.name, model.fullName, reason)
            }
            for binding in method.options.Driveline_http {
                for reason in BindingLint(binding, method).faults() {
                    problems.add(method.file.name, model.fullName, "(driveline.http) \(reason)")
                }
            }
        }
    }

    private static func formFaults(_ method: MethodModel) -> [String] {
        let options = method.descriptor.options
        let forms = [
            ("inline", options.Driveline_inline), ("batch", options.Driveline_batch),
            ("offload", options.Driveline_offload),
        ].filter(\.1).map { "(driveline.\($0.0))" }
        if forms.count > 1 { return ["\(forms.joined(separator: " and ")) do not go together"] }
        guard method.kind != .unary, method.form == .inline || method.form == .batch else { return [] }
        return ["\(forms.joined()) fits unary methods only, and this one streams"]
    }

    private static func optionFaults(_ method: MethodDescriptor) -> [String] {
        let options = method.options
        var reasons: [String] = []
        if !options.Driveline_version.isEmpty, field(options.Driveline_version, of: method.outputType) == nil {
            let type = method.outputType.fullName
            reasons.append("(driveline.version) \"\(options.Driveline_version)\" names no field of \(type)")
        }
        if options.Driveline_anonymous, !options.Driveline_scope.isEmpty {
            reasons.append("(driveline.anonymous) and (driveline.scope) do not go together")
        }
        reasons += Refusals(method).faults().map { "(driveline.refusals) \($0)" }
        let dates = [("deprecated_on", options.Driveline_deprecatedOn), ("sunset_on", options.Driveline_sunsetOn)]
        for (name, date) in dates where !date.isEmpty && !isDate(date) {
            reasons.append("(driveline.\(name)) is \"\(date)\"; a date such as 2027-01-31 fits")
        }
        return reasons
    }

    private static func isDate(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let hasDigits = parts.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
        guard parts.map(\.count) == [4, 2, 2], hasDigits, let month = Int(parts[1]), let day = Int(parts[2]) else {
            return false
        }
        return (1...12).contains(month) && (1...31).contains(day)
    }
}

/// The field that a path of proto names leads to, for example `item.version`; `nil` where it leads nowhere.
func field(_ path: String, of message: Descriptor) -> FieldDescriptor? {
    var container: Descriptor? = message
    var found: FieldDescriptor?
    for name in path.split(separator: ".", omittingEmptySubsequences: false) {
        found = container?.fields.first { $0.name == name }
        // A path cannot lead through a list: it would not say which element.
        container = found.flatMap { $0.type == .message && !$0.isRepeated ? $0.messageType : nil }
        if found == nil { return nil }
    }
    return found
}

/// What must be unique over all services: method ids and routes.
struct MethodTableLint {
    private let services: [ServiceDescriptor]

    /// Takes the services of the files and of all that they import.
    init(_ files: [FileDescriptor]) {
        var seen: Set<String> = []
        self.services = files.flatMap(\.closure).filter { seen.insert($0.name).inserted }.flatMap(\.services)
    }

    func check(_ problems: inout ProblemList) {
        var ids = NameTable()
        var routes = NameTable()
        for method in self.services.flatMap(\.methods).map(MethodModel.init) {
            let file = method.descriptor.file.name
            if let other = ids.insert("\(method.id)", owner: method.fullName) {
                let id = Literal.hexadecimal(method.id)
                problems.add(file, method.fullName, "its id \(id) is also that of \(other); rename one of them")
            }
            for binding in method.descriptor.options.Driveline_http {
                let route = "\(binding.verb) \(PathTemplate(binding.path).shape)"
                if let other = routes.insert(route, owner: method.fullName) {
                    problems.add(file, method.fullName, "(driveline.http) \(route) is also a route of \(other)")
                }
            }
        }
    }
}
