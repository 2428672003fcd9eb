internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

struct SubscriptionObject: GraphQLObject {
    let subscription: WebhookSubscription

    var typeName: String { "WebhookSubscription" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("WebhookSubscription", self.subscription.id))
        case "legacyResourceId": .text(String(self.subscription.id))
        case "topic": .text(WebhookTopic(self.subscription.topic).enumeration)
        case "uri", "callbackUrl": .text(self.subscription.uri)
        case "endpoint": .object(EndpointObject(uri: self.subscription.uri))
        case "format": .text("JSON")
        case "includeFields": .leaf(.texts(self.subscription.includeFields))
        case "metafieldNamespaces": .leaf([])
        case "filter": .text(self.subscription.filter)
        case "createdAt": .text(self.subscription.createdAt.text)
        case "updatedAt": .text(self.subscription.updatedAt.text)
        default: .null
        }
    }

    private struct EndpointObject: GraphQLObject {
        let uri: String

        var typeName: String { "WebhookHttpEndpoint" }

        func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult { .text(self.uri) }
    }
}

struct BulkOperationObject: GraphQLObject {
    let view: ShopView
    let operation: Operation

    var typeName: String { "BulkOperation" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("BulkOperation", self.operation.id))
        case "type": .text("MUTATION")
        case "status": .text(self.operation.status)
        case "errorCode": .text(self.operation.status == "FAILED" ? "INTERNAL_SERVER_ERROR" : nil)
        case "query": .text(self.operation.input)
        case "objectCount", "rootObjectCount": .text(String(self.operation.objectCount))
        case "fileSize": .text(self.isDone ? self.operation.fileSize.map { String($0) } : nil)
        case "url": .text(self.isDone ? self.url : nil)
        case "createdAt": .text(self.operation.createdAt.text)
        case "completedAt": .text(self.operation.completedAt?.text)
        default: .null
        }
    }

    private var isDone: Bool { self.operation.status == "COMPLETED" }
    private var url: String? {
        self.operation.resultFile.map { "\(self.view.base)/files/\(self.view.state.settings.name)/\($0)" }
    }
}

struct ProductSetOperationObject: GraphQLObject {
    let view: ShopView
    let operation: Operation

    var typeName: String { "ProductSetOperation" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("ProductSetOperation", self.operation.id))
        case "status": .text(self.operation.status)
        case "product":
            .optional(
                self.operation.productID.flatMap { self.view.state.products[$0] }.map {
                    ProductObject(view: self.view, product: $0)
                })
        case "userErrors": self.errors
        default: .null
        }
    }

    private var errors: GraphQLResult {
        let errors = self.operation.errors.flatMap { try? JSONValue(json: $0) }?.array ?? []
        return .objects(
            errors.map { StoredObject(view: self.view, typeName: "ProductSetUserError", members: $0) })
    }
}
