/// Writes operations, and the components that they need.
struct OperationWriter {
    private let api: APIDescription
    private let examples: ExampleWriter
    private var schemas: SchemaWriter
    private var responses: ResponseWriter

    init(_ api: APIDescription) {
        self.api = api
        self.examples = ExampleWriter(api)
        self.schemas = SchemaWriter(api)
        self.responses = ResponseWriter()
    }

    /// All components that the operations written so far refer to.
    var components: JSONObject {
        var schemas = SharedComponents.schemas
        let sorted = self.schemas.components.members.sorted { $0.name < $1.name }
        schemas.merge(JSONObject(members: sorted))
        return [
            "schemas": .object(schemas), "responses": .object(self.responses.components),
            "parameters": .object(SharedComponents.parameters), "headers": .object(SharedComponents.headers),
            "securitySchemes": [
                "key": [
                    "type": "http", "scheme": "bearer",
                    "description": .text(
                        "An API key of a brand. Each operation names the scope that the key must have."),
                ]
            ],
        ]
    }

    /// An operation.
    mutating func operation(_ operation: APIOperation) -> JSONValue {
        var json: JSONObject = [
            "operationId": .text(operation.id), "tags": [.text(operation.service)], "summary": .text(operation.summary),
        ]
        let description = operation.openAPIDescription
        if !description.isEmpty { json["description"] = .text(description) }
        if !operation.deprecatedOn.isEmpty { json["deprecated"] = true }
        json["security"] = operation.security
        json["parameters"] = .list(self.parameters(operation))
        if let body = operation.body { json["requestBody"] = self.body(body, operation) }
        json["responses"] = .object(self.responses(operation))
        return .object(json)
    }

    private mutating func parameters(_ operation: APIOperation) -> [JSONValue] {
        let path = operation.pathParameters.map { self.parameter($0, "path", operation) }
        let query = operation.queryParameters.map { self.parameter($0, "query", operation) }
        return path + query + operation.headerComponents.map { ["$ref": .text("#/components/parameters/" + $0)] }
    }

    private mutating func parameter(
        _ field: APIField, _ place: String, _ operation: APIOperation
    ) -> JSONValue {
        let isRequired = place == "path" || field.isRequired
        var parameter: JSONObject = ["name": .text(field.name), "in": .text(place)]
        if isRequired { parameter["required"] = true }
        let text = [field.text, field.type.unsaidRules].filter { !$0.isEmpty }.joined(separator: "\n\n")
        if !text.isEmpty { parameter["description"] = .text(text) }
        // There is no null in a URL.
        let schema = self.schemas.schema(field.type, .request, isNullable: false, isRequired: isRequired)
        parameter["schema"] = .object(schema)
        if case .list = field.type {
            parameter["style"] = "form"
            parameter["explode"] = true
        }
        if isRequired || field.example != nil {
            parameter["example"] = self.examples.value(field, of: operation)
        }
        return .object(parameter)
    }

    private mutating func body(_ body: APIOperation.Body, _ operation: APIOperation) -> JSONValue {
        var content = JSONObject()
        switch body.content {
        case .json(let type), .events(let type):
            let schema = self.schemas.schema(type, .request, isNullable: false, isRequired: true)
            let media: JSONValue = ["schema": .object(schema), "example": self.examples.value(type, .request)]
            content["application/json"] = media
            if operation.verb == "PATCH" { content["application/merge-patch+json"] = media }
        case .bytes(let types, _): for type in types { content[type] = [:] }
        case .page: break
        }
        var json: JSONObject = ["required": .boolean(body.isRequired), "content": .object(content)]
        if case .bytes(_, let maximum?) = body.content { json["description"] = .text("At most \(maximum) bytes.") }
        return .object(json)
    }

    private mutating func responses(_ operation: APIOperation) -> JSONObject {
        var json: JSONObject = ["200": self.success(operation, operation.answerText)]
        if operation.saysCreated { json["201"] = self.success(operation, "The answer: it was not there before.") }
        if case .read = operation.precondition {
            var headers = operation.answerHeaders
            headers["ETag"] = ["$ref": "#/components/headers/ETag"]
            json["304"] = ["description": "The caller has this state already.", "headers": .object(headers)]
        }
        if operation.isResumable {
            json["204"] = [
                "description": "The stream that `Last-Event-ID` asks to go on with is over.",
                "headers": .object(operation.answerHeaders),
            ]
        }
        if operation.answersAsItLikes {
            json["default"] = ["description": "What the service answers.", "content": ["*/*": [:]]]
        }
        let problems = operation.problems
        for status in Set(problems.map(\.status)).sorted() {
            json[String(status)] = self.responses.reference(status, problems.filter { $0.status == status })
        }
        return json
    }

    private mutating func success(_ operation: APIOperation, _ description: String) -> JSONValue {
        var content = JSONObject()
        switch operation.answer {
        case .json(let type):
            let schema = self.schemas.schema(type, .answer, isNullable: false, isRequired: true)
            content["application/json"] = [
                "schema": .object(schema), "example": self.examples.value(type, .answer),
            ]
        case .events(let type):
            let schema = self.schemas.schema(type, .answer, isNullable: false, isRequired: true)
            content["text/event-stream"] = [
                "schema": SharedComponents.event(data: .object(schema)), "example": self.examples.event(type),
            ]
        case .bytes(let types, _): for type in types { content[type] = [:] }
        case .page(let type):
            content[type] = ["schema": ["type": type == "application/json" ? "object" : "string"]]
        }
        return [
            "description": .text(description), "headers": .object(operation.answerHeaders),
            "content": .object(content),
        ]
    }
}

/// Writes the problems that operations are answered with. What several have in common becomes a component.
struct ResponseWriter {
    private var known: [[APIProblem]: String] = [:]
    private var counts: [Int: Int] = [:]
    /// The components by name.
    private(set) var components = JSONObject()

    /// A reference to the response of some problems of one status.
    mutating func reference(_ status: Int, _ problems: [APIProblem]) -> JSONValue {
        if let name = self.known[problems] { return ["$ref": .text("#/components/responses/" + name)] }
        let count = self.counts[status, default: 0] + 1
        self.counts[status] = count
        let name = StatusName.name(status).replacing(" ", with: "") + (count > 1 ? ".\(count)" : "")
        self.known[problems] = name
        self.components[name] = Self.response(status, problems)
        return ["$ref": .text("#/components/responses/" + name)]
    }

    private static func response(_ status: Int, _ problems: [APIProblem]) -> JSONValue {
        let lines = problems.map { "- `\($0.type)`: \($0.text)" }
        let examples = problems.map { JSONObject.Member(name: $0.type, value: ["value": $0.example]) }
        return [
            "description": .text("\(StatusName.name(status)).\n\n" + lines.joined(separator: "\n")),
            "headers": .object(Self.headers(status)),
            "content": [
                "application/problem+json": [
                    "schema": [
                        "allOf": [
                            ["$ref": "#/components/schemas/Problem"],
                            ["properties": ["status": ["const": .integer(Int128(status))]]],
                        ]
                    ],
                    "examples": .object(JSONObject(members: examples)),
                ]
            ],
            "x-problem-types": .list(problems.map { .text("/problems/" + $0.type) }),
        ]
    }

    private static func headers(_ status: Int) -> JSONObject {
        var headers: JSONObject = ["X-Request-Id": ["$ref": "#/components/headers/RequestId"]]
        switch status {
        case 401: headers["WWW-Authenticate"] = ["$ref": "#/components/headers/WwwAuthenticate"]
        case 412: headers["ETag"] = ["$ref": "#/components/headers/ETagIfKnown"]
        case 409, 503: headers["Retry-After"] = ["$ref": "#/components/headers/RetryAfterIfKnown"]
        case 429: headers["Retry-After"] = ["$ref": "#/components/headers/RetryAfter"]
        default: break
        }
        return headers
    }
}
