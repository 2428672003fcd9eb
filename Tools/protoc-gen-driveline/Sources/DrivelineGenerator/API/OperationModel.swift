import APIReference
import SwiftProtobuf
import SwiftProtobufPluginLibrary

/// One binding of a method, as the gateway's `Endpoint` and `Route` understand it.
struct OperationModel {
    private let method: MethodDescriptor
    private let binding: Driveline_HttpBinding
    private let index: Int
    private let service: String

    init(_ method: MethodDescriptor, _ binding: Driveline_HttpBinding, index: Int, service: String) {
        self.method = method
        self.binding = binding
        self.index = index
        self.service = service
    }

    /// Whether the answer is bytes.
    private var isRawAnswer: Bool { self.binding.hasRaw && !self.binding.raw.answer.isEmpty }

    private var request: Descriptor { self.method.inputType }
    private var response: Descriptor { self.method.outputType }

    /// The messages that the operation writes or reads.
    var messages: [Descriptor] { [self.request, self.answered] }

    /// What the answer is made of: the response, or a message in it.
    private var answered: Descriptor {
        let name = self.binding.responseBody
        return self.response.fields.first { $0.name == name }?.messageType ?? self.response
    }

    /// The operation.
    var operation: APIOperation {
        let options = self.method.options
        var operation = APIOperation(
            id: self.id, title: APINaming.title(self.method.name), service: self.service, verb: self.binding.verb,
            path: self.path, answer: self.answer)
        operation.text = APINaming.text(self.method.comment ?? self.request.comment)
        operation.pathParameters = self.pathParameters
        operation.queryParameters = self.queryParameters
        operation.body = self.body
        operation.authentication = self.authentication
        operation.idempotencyKey = self.idempotencyKey
        operation.precondition = self.precondition
        operation.hasVersionTag = !options.Driveline_version.isEmpty
        operation.saysReplay = self.response.has("repeated_answer") { $0 == .bool }
        operation.isResumable =
            self.method.serverStreaming && self.request.has("cursor") { $0 == .string }
            && self.response.has("cursor") { $0 == .string }
        let isRead =
            options.Driveline_scope.hasSuffix(":read")
            || (options.Driveline_scope.isEmpty && self.binding.verb == "GET")
        operation.isRead = options.Driveline_idempotency == .natural && isRead
        operation.deprecatedOn = options.Driveline_deprecatedOn
        operation.sunsetOn = options.Driveline_sunsetOn
        operation.saysCreated = !self.binding.created.isEmpty
        operation.cache = self.cache
        operation.refusals = Refusals(self.method).problems
        return operation
    }

    private var id: String {
        let package = APINaming.package(self.method.file.package).replacing(".", with: "_")
        let name = self.method.name.prefix(1).lowercased() + self.method.name.dropFirst()
        return "\(package)_\(name)" + (self.index > 0 ? "_\(self.index + 1)" : "")
    }

    private var authentication: APIOperation.Authentication {
        switch self.binding.authentication {
        case .none: .none
        case .signature: .signature
        case .key, .UNRECOGNIZED: .key(scope: self.method.options.Driveline_scope)
        }
    }

    private var cache: APIOperation.CachePolicy? {
        guard self.method.options.hasDriveline_cache else { return nil }
        let policy = self.method.options.Driveline_cache
        let keys = policy.keys.map { key in
            self.request.fields.reduce(key) { $0.replacing("{\($1.name)}", with: "{\(APINaming.field($1))}") }
        }
        return APIOperation.CachePolicy(
            clientSeconds: Int(policy.maximumAgeSeconds), sharedSeconds: Int(policy.sharedAgeSeconds), keys: keys)
    }

    private var answer: APIOperation.Content {
        if self.isRawAnswer {
            // Its head may name another type.
            let hasHead = self.response.fields.contains { $0.type == .message && $0.messageType.isAnswerHead }
            return .bytes([self.binding.raw.produces] + (hasHead ? ["*/*"] : []))
        }
        let type = APIType(self.answered)
        return self.method.serverStreaming ? .events(type) : .json(type)
    }

    private var idempotencyKey: APIOperation.IdempotencyKey {
        guard self.method.options.Driveline_idempotency == .keyRequired else { return .none }
        return self.request.has("command_id") { $0 == .string } ? .headerOrField("commandId") : .required
    }

    private var precondition: APIOperation.Precondition {
        if self.binding.verb == "GET" { return self.method.serverStreaming || self.isRawAnswer ? .ignored : .read }
        guard self.request.has("expected_version", where: { $0 == .uint64 || $0 == .uint32 }) else { return .none }
        return .write(isRequired: ["PUT", "PATCH", "DELETE"].contains(self.binding.verb))
    }
}

// MARK: - Where the fields come from

extension OperationModel {
    private var template: PathTemplate { PathTemplate(self.binding.path) }

    /// The fields that lead to each parameter of the path.
    private var pathFields: [[FieldDescriptor]] {
        self.template.parameters.compactMap { fields($0, of: self.request) }
    }

    private var path: String {
        var path = self.binding.path
        for (name, fields) in zip(self.template.parameters, self.pathFields) {
            path = path.replacing("{\(name)}", with: "{\(Self.name(fields))}")
        }
        return path
    }

    private static func name(_ fields: [FieldDescriptor]) -> String {
        fields.map(APINaming.field).joined(separator: ".")
    }

    private var pathParameters: [APIField] { self.pathFields.compactMap(Self.parameter) }

    private static func parameter(_ fields: [FieldDescriptor]) -> APIField? {
        guard let last = fields.last else { return nil }
        var field = APIField(FieldModel(last))
        field.name = self.name(fields)
        // What a message within needs is needed only where something else of that message is given.
        if fields.count > 1 { field.isRequired = false }
        return field
    }

    /// The fields that the query may fill, down to those that are no objects.
    private var queryParameters: [APIField] {
        let open = self.binding.query.flatMap { name -> [[FieldDescriptor]] in
            guard name == "*" else { return fields(name, of: self.request).map { [$0] } ?? [] }
            return self.binding.body == "*" ? [] : self.request.fields.map { [$0] }
        }
        let taken = self.pathFields.map { $0.map(\.number) }
        var seen: Set<[Int32]> = []
        let parameters = open.flatMap(Self.leaves).filter { leaf in
            let numbers = leaf.map(\.number)
            return !taken.contains { numbers.starts(with: $0) } && leaf.first?.name != self.binding.body
                && seen.insert(numbers).inserted
        }.compactMap(Self.parameter)
        return parameters.map { field in
            guard case .list(let element, var count) = field.type else { return field }
            count.maximum = min(count.maximum ?? .max, Self.maximumQueryParameters - parameters.count + 1)
            var limited = field
            limited.type = .list(element, count)
            return limited
        }
    }

    /// The parameters that a query may have; a list must leave room for the others.
    private static let maximumQueryParameters = 256

    /// What a field leads to that text can fill.
    private static func leaves(_ path: [FieldDescriptor]) -> [[FieldDescriptor]] {
        guard let last = path.last, last.type == .message, let message = last.messageType else { return [path] }
        if last.isMap { return [] }
        if SpecialMessage(message) != nil { return [path] }
        // It is filled by what the request says beside its body.
        if message.isRequestHead { return [] }
        return last.isRepeated ? [] : message.fields.flatMap { self.leaves(path + [$0]) }
    }

    private var body: APIOperation.Body? {
        if self.binding.hasRaw, !self.binding.raw.consumes.isEmpty {
            let raw = self.binding.raw
            return APIOperation.Body(
                .bytes(raw.consumes, maximumBytes: Int(clamping: raw.maximumBytes)), isRequired: false)
        }
        switch self.binding.body {
        case "": return nil
        case "*":
            let left = Set(self.pathFields.compactMap(\.first).map(APINaming.field))
            let isRequired = self.request.fieldModels.map(APIField.init).contains {
                $0.isRequired && !left.contains($0.name)
            }
            return APIOperation.Body(.json(APIType(self.request, without: left)), isRequired: isRequired)
        default:
            guard let field = self.request.fields.first(where: { $0.name == self.binding.body }) else { return nil }
            let model = APIField(FieldModel(field))
            return APIOperation.Body(.json(model.type), isRequired: model.isRequired)
        }
    }
}

/// The fields that a path of proto names leads through; `nil` where it leads nowhere.
func fields(_ path: String, of message: Descriptor) -> [FieldDescriptor]? {
    var container: Descriptor? = message
    var found: [FieldDescriptor] = []
    for name in path.split(separator: ".", omittingEmptySubsequences: false) {
        guard let field = container?.fields.first(where: { $0.name == name }) else { return nil }
        found.append(field)
        container = field.type == .message && !field.isRepeated ? field.messageType : nil
    }
    return found
}

extension Descriptor {
    /// Whether it takes what a raw request says beside its body.
    fileprivate var isRequestHead: Bool { self.fullName == "driveline.raw.v1.RequestHead" }

    /// Whether it says what a raw answer is beside its body.
    fileprivate var isAnswerHead: Bool { self.fullName == "driveline.raw.v1.AnswerHead" }

    /// Whether there is a single field of a name, and its type is one that is wanted.
    fileprivate func has(
        _ name: String, where isWanted: (Google_Protobuf_FieldDescriptorProto.TypeEnum) -> Bool
    ) -> Bool {
        self.fields.contains { $0.name == name && !$0.isRepeated && isWanted($0.type) }
    }
}
