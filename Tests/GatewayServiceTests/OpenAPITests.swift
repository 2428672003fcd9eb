import CatalogAPI
import CatalogMessages
import ChannelAPI
import ChannelMessages
import Foundation
import IdentityAPI
import IdentityMessages
import InventoryAPI
import InventoryMessages
import JobsAPI
import JobsMessages
import NIOHTTP1
import OrderAPI
import OrderMessages
import PricingAPI
import PricingMessages
import ProtobufC
import RPC
import RPCMessages
import TestSupport
import Testing
import Wire

@testable import GatewayDomain
@testable import GatewayService
@testable import Transcoding

/// The OpenAPI document as it is committed and served, and the endpoints that it is about.
struct OpenAPI {
    /// A verb at a path, as the document has it.
    struct Operation {
        let verb: String
        let path: String
        let members: [String: Any]

        var name: String { "\(self.verb) \(self.path)" }
        var parameters: [[String: Any]] { self.members["parameters"] as? [[String: Any]] ?? [] }
        var responses: [String: Any] { self.members["responses"] as? [String: Any] ?? [:] }
        var body: [String: Any]? { self.members["requestBody"] as? [String: Any] }
    }

    static let path = Python.root.appending(path: "services/gateway/Documents/openapi.json")
    /// The pages that are no endpoints of a service.
    static let pages: Set<String> = ["GET /openapi.json", "GET /docs"]

    /// The proto files of all public services.
    static let descriptors = [
        IdentityDescriptors.fileDescriptorSet, InventoryDescriptors.fileDescriptorSet,
        CatalogDescriptors.fileDescriptorSet, PricingDescriptors.fileDescriptorSet, OrderDescriptors.fileDescriptorSet,
        ChannelDescriptors.fileDescriptorSet, JobsDescriptors.fileDescriptorSet,
    ]

    let document: [String: Any]
    let schema: Schema
    let routes: RouteTable
    let methods: [String: MethodDescriptor]

    init() throws {
        let data = try Data(contentsOf: Self.path)
        self.document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        self.schema = try Schema(Self.descriptors + [RPCDescriptors.fileDescriptorSet])
        self.routes = try RouteTable(self.schema)
        let catalog =
            ProductServiceMethods.all + ProductSearchServiceMethods.all + FitmentServiceMethods.all
            + CatalogFileServiceMethods.all
        let pricing =
            PriceListServiceMethods.all + PriceRuleServiceMethods.all + QuoteServiceMethods.all
            + RedemptionServiceMethods.all + PriceFileServiceMethods.all
        let order =
            OrderServiceMethods.all + FulfilmentServiceMethods.all + ReturnServiceMethods.all
            + SettlementServiceMethods.all + OrderFileServiceMethods.all
        let channel =
            ConnectionServiceMethods.all + ListingServiceMethods.all + MappingServiceMethods.all
            + InboundServiceMethods.all
        let methods =
            IdentityServiceMethods.all + InventoryServiceMethods.all + catalog + pricing + order + channel
            + JobServiceMethods.all
        self.methods = Dictionary(uniqueKeysWithValues: methods.map { ($0.name, $0) })
    }

    /// All operations of services.
    var operations: [Operation] {
        let paths = self.document["paths"] as? [String: [String: [String: Any]]] ?? [:]
        return paths.flatMap { path, verbs in
            verbs.map { Operation(verb: $0.key.uppercased(), path: path, members: $0.value) }
        }.filter { !Self.pages.contains($0.name) }.sorted { $0.name < $1.name }
    }

    /// The route of an operation.
    func route(of operation: Operation) -> Route? {
        self.routes.routes.first { Self.name($0) == operation.name }
    }

    /// A route with the names of its parameters in JSON, as the document has them.
    static func name(_ route: Route) -> String {
        var names = route.pathParameterNames[...]
        let segments = route.template.split(separator: "/").map { segment in
            segment.hasPrefix("{") ? "{\(names.popFirst() ?? "")}" : String(segment)
        }
        return "\(route.verb) /\(segments.joined(separator: "/"))"
    }

    /// What a reference within the document leads to.
    func target(_ reference: String) -> Any? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(self.document as Any?) { value, name in
            (value as? [String: Any])?[String(name.replacing("~1", with: "/").replacing("~0", with: "~"))]
        }
    }

    /// The object itself, or what it refers to.
    func resolved(_ value: Any?) -> [String: Any] {
        guard let object = value as? [String: Any] else { return [:] }
        guard let reference = object["$ref"] as? String else { return object }
        return self.resolved(self.target(reference))
    }

    /// Calls `body` with every value of the document and where it is.
    func visit(_ body: (_ value: Any, _ place: String) -> Void) {
        func visitAll(_ value: Any, _ place: String) {
            body(value, place)
            if let object = value as? [String: Any] {
                for (name, value) in object { visitAll(value, "\(place)/\(name)") }
            }
            if let list = value as? [Any] {
                for (index, value) in list.enumerated() { visitAll(value, "\(place)/\(index)") }
            }
        }
        visitAll(self.document, "#")
    }

    static func text(_ json: Any) throws -> String {
        let data = try JSONSerialization.data(
            withJSONObject: json, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }
}

@Suite("The OpenAPI document says exactly what the gateway does")
struct OpenAPITests {
    @Test("Every route is an operation, and every operation a route")
    func routes() throws {
        let api = try OpenAPI()
        let (routes, operations) = (api.routes.routes.map(OpenAPI.name), api.operations.map(\.name))
        #expect(routes.sorted() == operations.sorted())
        #expect(routes.count > 40)
        let ids = api.operations.compactMap { $0.members["operationId"] as? String }
        #expect(Set(ids).count == operations.count)
    }

    @Test("Every reference leads somewhere, and every component is referred to")
    func references() throws {
        let api = try OpenAPI()
        var references: Set<String> = []
        api.visit { value, place in
            guard let reference = (value as? [String: Any])?["$ref"] as? String else { return }
            references.insert(reference)
            #expect(api.target(reference) != nil, "\(place) refers to \(reference)")
        }
        let components = api.document["components"] as? [String: [String: Any]] ?? [:]
        for (kind, named) in components where kind != "securitySchemes" {
            for name in named.keys { #expect(references.contains("#/components/\(kind)/\(name)"), "\(kind) \(name)") }
        }
    }

    @Test("Scopes, parameters of paths and queries, bodies, keys and conditions are those of the endpoints")
    func endpoints() throws {
        let api = try OpenAPI()
        for operation in api.operations {
            let route = try #require(api.route(of: operation))
            let method = try #require(api.methods[route.method.name])
            let security = operation.members["security"] as? [[String: [String]]]
            let expected = method.isAnonymous ? [] : [["key": method.scope.isEmpty ? [] : [method.scope]]]
            #expect(security == expected, "\(operation.name)")
            #expect((operation.members["deprecated"] as? Bool ?? false) == !method.deprecatedOn.isEmpty)
            let parameters = operation.parameters.map { api.resolved($0) }
            func names(_ place: String) -> Set<String> {
                Set(parameters.filter { $0["in"] as? String == place }.compactMap { $0["name"] as? String })
            }
            #expect(names("path") == Set(route.pathParameterNames), "\(operation.name)")
            #expect(names("query") == Self.queryNames(route, api.schema), "\(operation.name)")
            #expect((operation.body != nil) == (route.body != .none), "\(operation.name)")
            #expect(names("header").contains("Idempotency-Key") == (method.idempotency == .keyRequired))
            let takesVersion =
                api.schema.field("expected_version", .unsigned, of: route.method.request) != nil && route.verb != "GET"
            let isFile = route.raw?.answer.isEmpty == false
            let reads = route.verb == "GET" && method.kind == .unary && !isFile
            #expect(names("header").contains("If-Match") == (takesVersion || reads), "\(operation.name)")
            #expect((operation.responses["304"] != nil) == reads, "\(operation.name)")
            let content = api.resolved(operation.responses["200"])["content"] as? [String: Any] ?? [:]
            let json = method.kind == .serverStreaming ? "text/event-stream" : "application/json"
            #expect(content[isFile ? route.raw?.produces ?? "" : json] != nil, "\(operation.name)")
            #expect((operation.responses["201"] != nil) == !route.created.isEmpty, "\(operation.name)")
            let headers = api.resolved(operation.responses["200"])["headers"] as? [String: Any] ?? [:]
            #expect((headers["Surrogate-Key"] != nil) == (route.method.cache != nil), "\(operation.name)")
            let bodies = operation.body?["content"] as? [String: Any] ?? [:]
            let consumed = route.raw?.consumes ?? []
            let types = ["application/json"] + (route.verb == "PATCH" ? ["application/merge-patch+json"] : [])
            #expect(route.body == .none || Set(bodies.keys) == Set(consumed.isEmpty ? types : consumed))
        }
    }

    /// The parameters that the transcoder takes: each name is tried.
    private static func queryNames(_ route: Route, _ schema: Schema) -> Set<String> {
        let tables = schema.tables
        func leaves(_ path: [Int]) -> [[Int]] {
            guard let last = path.last else { return [] }
            if tables.isParameter(last) { return [path] }
            let entry = tables.fields[last]
            guard !entry.isRepeated else { return [] }
            return tables.messages[Int(entry.type)].fields.flatMap { leaves(path + [$0]) }
        }
        let open = route.queryFields.flatMap(leaves).filter { path in
            !route.parameters.contains { path.starts(with: $0) } && path.first != route.bodyField
        }
        return Set(open.map { tables.name($0) })
    }

    @Test("Examples of requests are taken by the transcoder")
    func requestExamples() throws {
        let api = try OpenAPI()
        for operation in api.operations {
            let route = try #require(api.route(of: operation))
            var (path, query) = (operation.path, [String]())
            for parameter in operation.parameters.map({ api.resolved($0) }) {
                guard let name = parameter["name"] as? String, let example = parameter["example"] else { continue }
                let texts = (example as? [Any] ?? [example]).map { "\($0)" }
                let encoded = texts.map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
                if parameter["in"] as? String == "path" {
                    path = path.replacing("{\(name)}", with: encoded.joined())
                } else {
                    query += encoded.map { "\(name)=\($0)" }
                }
            }
            let content = operation.body?["content"] as? [String: [String: Any]] ?? [:]
            let bodies = try content.values.compactMap(\.["example"]).map(OpenAPI.text)
            for body in bodies.isEmpty ? [""] : bodies {
                guard
                    case .found(let found, let values) = api.routes.match(verb: route.verb, path: path.utf8.span.bytes)
                else {
                    Issue.record("\(route.verb) \(path) leads nowhere")
                    continue
                }
                #expect(found.index == route.index)
                #expect(throws: Never.self, "\(operation.name) \(path) \(query) \(body)") {
                    try Transcoder(api.schema).appendWire(
                        route: route, path: values, query: query.joined(separator: "&").utf8.span.bytes,
                        body: body.utf8.span.bytes, to: OutputBytes())
                }
            }
        }
    }

    @Test("Examples of answers are what the transcoder writes, with every field that is always there and no other")
    func answerExamples() throws {
        let api = try OpenAPI()
        let schema = try Schema(OpenAPI.descriptors, ignoresRules: true)
        let transcoder = Transcoder(schema)
        for operation in api.operations {
            let route = try #require(api.route(of: operation))
            let response = try #require(schema.message(route.method.response.fullName))
            let type = WireField.message(route.responseBody, of: response, in: schema)?.type ?? response
            let content = api.resolved(operation.responses["200"])["content"] as? [String: [String: Any]] ?? [:]
            for (media, described) in content where !described.isEmpty {
                var example = try #require(described["example"], "\(operation.name) \(media)")
                if media == "text/event-stream" {
                    let data = try #require((example as? [String: Any])?["data"] as? String)
                    example = try JSONSerialization.jsonObject(with: Data(data.utf8))
                }
                let (wire, json) = (OutputBytes(), OutputBytes())
                try transcoder.appendWire(json: try OpenAPI.text(example).utf8.span.bytes, of: type, to: wire)
                let message = wire.array
                try transcoder.appendJSON(wire: message.span.bytes, of: type, to: json)
                let written = try JSONSerialization.jsonObject(with: Data(json.array))
                #expect(try OpenAPI.text(written) == OpenAPI.text(example), "\(operation.name)")
            }
        }
    }

    @Test("What the gateway refuses by itself is among the problems of the operations")
    func problems() throws {
        let api = try OpenAPI()
        var documented: Set<String> = []
        for operation in api.operations {
            for (status, response) in operation.responses {
                let types = api.resolved(response)["x-problem-types"] as? [String] ?? []
                documented.formUnion(types.map { "\(status) \($0)" })
            }
        }
        let own: [ProblemDocument] = [
            .credentialMissing, .credentialRepeated, .notAcceptable("a/b"), .contentTypeUnsupported, .bodyUnexpected,
            .tooManyStreams, .headerInvalid("A", "", expected: ""), .idempotencyKeyRequired, .versionRequired,
            .versionUnnamed, .tagUnknown, .versionTwice, .conditionUnsupported("A"), .scopeMissing("a:b"), .overloaded,
            .rateLimited(retryAfterSeconds: 1), .fault, .serviceUnavailable, .pathUnknown(nearest: nil),
        ]
        let calls: [StatusCode] = [
            .invalidArgument, .deadlineExceeded, .notFound, .alreadyExists, .permissionDenied, .resourceExhausted,
            .failedPrecondition, .aborted, .outOfRange, .unimplemented, .internal, .unavailable, .dataLoss, .unknown,
        ]
        let statuses = ProblemStatuses(api.schema.problemStatuses)
        let called = calls.map { ProblemDocument($0, "", nil, statuses: statuses) { .query($0) } }
        let reasons: [Reason] = [
            .fieldInvalid, .messageMalformed, .messageTooLarge, .scopeMissing, .notFound, .methodUnknown,
            .alreadyExists,
            .conflict, .versionMismatch, .versionRequired, .idempotencyKeyRequired, .idempotencyKeyReused,
            .callInFlight,
            .rateLimited, .overloaded, .unavailable, .deadlineExceeded, .internal,
        ]
        let reasoned = reasons.map { reason in
            ProblemDocument(.unknown, "", Problem(type: "", reason: reason), statuses: statuses) { .query($0) }
        }
        for problem in own + called + reasoned {
            let name = "\(problem.status) /problems/\(problem.type)"
            #expect(documented.contains(name), "\(name)")
        }
        for (type, status) in api.schema.problemStatuses where (400..<499).contains(status) {
            guard !["unauthenticated", "unspecified"].contains(type) else { continue }
            #expect(documented.contains("\(status) /problems/\(type)"), "\(type)")
        }
    }

    @Test("Every type of problem that a service names is documented, unless it is for those who reach it by RPC only")
    func namedTypes() throws {
        let api = try OpenAPI()
        var documented: Set<String> = []
        for operation in api.operations {
            for response in operation.responses.values {
                let types = api.resolved(response)["x-problem-types"] as? [String] ?? []
                documented.formUnion(types.map { String($0.dropFirst("/problems/".count)) })
            }
        }
        // Operators' methods; callers without a brand, which no key is; states that no request can bring about.
        let internals: Set<String> = [
            "operator-only", "brand-not-found", "brand-exists", "brand-missing", "principal-too-long", "job-state",
        ]
        var named: Set<String> = []
        for folder in ["services/identity/Service", "services/inventory/Service", "Sources/ServedJobs"] {
            let files = FileManager.default.enumerator(atPath: Python.root.appending(path: folder).path)
            for case let file as String in try #require(files) where file.hasSuffix(".swift") {
                let text = try String(contentsOf: Python.root.appending(path: "\(folder)/\(file)"), encoding: .utf8)
                named.formUnion(text.matches(of: /type: "([a-z][a-z-]*)"/).map { String($0.output.1) })
            }
        }
        #expect(named.count > 10)
        #expect(named.subtracting(documented).subtracting(internals).sorted() == [])
    }
}
