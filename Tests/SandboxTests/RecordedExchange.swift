import Foundation
internal import OrderedCollections
import SandboxJSON
import SandboxShop
import SandboxShopify
import TestSupport

/// A request that was sent to the platform, and what it answered.
struct RecordedExchange: CustomStringConvertible {
    var file: String
    var path: String
    var query: String
    var variables: JSONValue
    var response: JSONValue

    var description: String { "\(self.file) \(self.path)" }

    /// The answers under `data`, by the names of their fields.
    var data: JSONValue.JSONObject { self.response["data"]?.object ?? [:] }

    private static let folder = "specs/shopify/recorded"

    /// The files of a folder, such as `2026-04/products`.
    static func files(_ folders: [String]) throws -> [String] {
        try folders.flatMap { folder in
            let path = SharedData.file("\(Self.folder)/\(folder)").path
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { "\(folder)/\($0)" }
        }
    }

    /// All exchanges of a file whose document is known.
    static func read(_ file: String) throws -> [RecordedExchange] {
        let data = try Data(contentsOf: SharedData.file("\(Self.folder)/\(file)"))
        let json = try JSONValue(json: data)
        var documents: [String: String] = [:]
        for request in json["_requests"]?.array ?? [] {
            let path = request["variablesPath"]?.text ?? request["variables"]?["fromCapturePath"]?.text
            guard let path, let name = request["document"]?.text,
                let document = json["_graphqlDocuments"]?[name]?.text
            else { continue }
            documents[path] = document
        }
        var found: [RecordedExchange] = []
        self.walk(json, "$", file, documents, &found)
        return found
    }

    /// All documents of a file by their names.
    static func documents(_ file: String) throws -> [String: String] {
        let json = try JSONValue(json: try Data(contentsOf: SharedData.file("\(Self.folder)/\(file)")))
        return (json["_graphqlDocuments"]?.object ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.text }
    }

    private static func walk(
        _ json: JSONValue, _ path: String, _ file: String, _ documents: [String: String],
        _ found: inout [RecordedExchange]
    ) {
        switch json {
        case .array(let values):
            for (index, value) in values.enumerated() { self.walk(value, "\(path)[\(index)]", file, documents, &found) }
        case .object(let members):
            if let exchange = self.exchange(json, path, file, documents) { found.append(exchange) }
            for (name, value) in members where !name.hasPrefix("_") && name != "response" && name != "expected" {
                self.walk(value, "\(path).\(name)", file, documents, &found)
            }
        default: return
        }
    }

    private static func exchange(
        _ json: JSONValue, _ path: String, _ file: String, _ documents: [String: String]
    ) -> RecordedExchange? {
        guard let answer = json["response"], answer.object != nil else { return nil }
        let request = json["request"] ?? json
        let query = request["query"]?.text ?? documents["\(path).variables"] ?? documents["\(path).request.variables"]
        guard let query else { return nil }
        let body = answer["payload"] ?? answer["body"] ?? answer
        guard body["data"] != nil || body["errors"] != nil else { return nil }
        return RecordedExchange(
            file: file, path: path, query: query, variables: request["variables"] ?? [:], response: body)
    }
}

/// What makes an answer what it is: everything but what is another one each time, such as ids and times.
enum AnswerShape {
    /// Members whose values are compared; of the others only whether they are null is.
    private static let compared: Set<String> = [
        "field", "message", "code", "name", "delta", "reason", "referenceDocumentUri", "ledgerDocumentUri",
        "quantityAfterChange", "elementIndex", "namespace", "key", "type", "value", "number", "company", "url", "path",
        "status", "sku", "price", "typeName", "fieldName", "argumentName", "problems", "__typename", "topic", "format",
        "callbackUrl", "includeFields", "deletedWebhookSubscriptionId",
    ]

    /// Without members that a document does not ask for: some documents were kept in another form than was sent.
    static func asked(_ json: JSONValue, _ query: String) -> JSONValue {
        switch json {
        case .array(let values): .array(values.map { self.asked($0, query) })
        case .object(let members):
            .object(members.filter { query.contains($0.key) }.mapValues { self.asked($0, query) })
        default: json
        }
    }

    static func of(_ json: JSONValue) -> JSONValue {
        switch json {
        case .array(let values): .array(values.map { self.of($0) })
        case .object(let members):
            .object(
                JSONValue.JSONObject(
                    members.filter { !self.isLeftOut($0.key, $0.value) }.sorted { $0.key < $1.key }.map {
                        ($0.key, self.compared.contains($0.key) ? self.plain($0.value) : self.of($0.value))
                    }, uniquingKeysWith: { first, _ in first }))
        case .null: .null
        default: "…"
        }
    }

    /// What differs each time, and what some documents were kept without.
    private static func isLeftOut(_ name: String, _ value: JSONValue) -> Bool {
        switch name {
        case "locations", "extensions": true
        case "id", "createdAt": !value.isNull
        // Names of orders and fulfilments, such as #1001-F1.
        case "name": value.text?.hasPrefix("#") == true
        default: false
        }
    }

    /// A compared value; objects in it are compared like others.
    private static func plain(_ json: JSONValue) -> JSONValue {
        json.object == nil && json.array?.first?.object == nil ? json : self.of(json)
    }

    /// The errors at the top of an answer: message, code and path.
    static func errors(_ json: JSONValue) -> [JSONValue] {
        (json["errors"]?.array ?? []).map { error in
            [
                "message": error["message"] ?? .null, "code": error["extensions"]?["code"] ?? .null,
                "path": error["path"] ?? .null,
                "extensions": .texts((error["extensions"]?.object ?? [:]).keys.sorted()),
            ]
        }
    }
}
