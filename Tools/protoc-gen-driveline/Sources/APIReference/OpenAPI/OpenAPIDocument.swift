/// Writes an API as an OpenAPI 3.1 document.
public struct OpenAPIDocument {
    /// The version of the API, which its paths begin with too.
    static let version = "1"

    private let api: APIDescription

    /// A document of an API.
    public init(_ api: APIDescription) { self.api = api }

    /// The document as JSON, with a line feed at its end.
    public var text: String { self.json.text() + "\n" }

    /// The document.
    public var json: JSONValue {
        var writer = OperationWriter(self.api)
        var paths = JSONObject()
        for operation in self.api.operations + APIPages.operations {
            var path: JSONValue = paths[operation.path] ?? [:]
            guard case .object(var verbs) = path else { continue }
            verbs[operation.verb.lowercased()] = writer.operation(operation)
            path = .object(verbs)
            paths[operation.path] = path
        }
        return [
            "openapi": "3.1.0", "info": self.info, "servers": [["url": "/", "description": "This gateway."]],
            "tags": .list(
                (self.api.services + [APIPages.service]).map {
                    ["name": .text($0.name), "description": .text($0.text)]
                }),
            "paths": .object(paths), "components": .object(writer.components),
        ]
    }

    private var info: JSONValue {
        [
            "title": "Driveline", "version": .text(Self.version),
            "summary": "The REST API of Driveline.",
            "description": .text(APIGuide.markdown),
        ]
    }
}

/// The pages of the gateway's own, which belong to no service.
public enum APIPages {
    /// What they are listed under.
    static let service = APIService(
        name: "Documentation", text: "What this API is. These pages need no key, and have no limits.")

    /// Where this document is.
    public static let documentPath = "/openapi.json"
    /// Where the page for people is.
    public static let referencePath = "/docs"

    static let operations: [APIOperation] = [
        Self.page(
            "getOpenAPI", "Get this document", Self.documentPath, "application/json",
            "This document, OpenAPI 3.1. It is made of the proto files, as the gateway's endpoints are."),
        Self.page(
            "getReference", "Get the reference", Self.referencePath, "text/html",
            "The same for people: one page of HTML. Its style and script are below the same path."),
    ]

    private static func page(
        _ id: String, _ title: String, _ path: String, _ mediaType: String, _ text: String
    ) -> APIOperation {
        var page = APIOperation(
            id: id, title: title, service: Self.service.name, verb: "GET", path: path, answer: .page(mediaType))
        page.text = text
        page.authentication = .none
        page.precondition = .read
        page.isRead = true
        return page
    }
}
