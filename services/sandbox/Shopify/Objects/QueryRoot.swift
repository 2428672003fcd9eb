internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

/// The fields that can be read.
struct QueryRoot: GraphQLObject {
    private static let productFields: Set<String> = [
        "id", "title", "handle", "status", "vendor", "sku", "created_at", "updated_at", "product_type",
    ]
    private static let orderFields: Set<String> = [
        "id", "name", "status", "created_at", "updated_at", "processed_at", "financial_status", "fulfillment_status",
    ]

    let view: ShopView

    var typeName: String { "QueryRoot" }
    private var state: ShopState { self.view.state }

    func value(of field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "shop": .object(ShopObject(view: self.view))
        case "node": .optional(self.view.node(arguments["id"]?.text ?? ""))
        case "nodes": try self.nodes(arguments)
        case "location": self.location(arguments)
        case "product": self.node("Product", arguments)
        case "productVariant": self.node("ProductVariant", arguments)
        case "inventoryItem": self.node("InventoryItem", arguments)
        case "inventoryLevel": self.node("InventoryLevel", arguments)
        case "order": self.node("Order", arguments)
        case "fulfillmentOrder": self.node("FulfillmentOrder", arguments)
        case "fulfillment": self.node("Fulfillment", arguments)
        case "bulkOperation": self.node("BulkOperation", arguments)
        case "productOperation": self.node("ProductSetOperation", arguments)
        case "webhookSubscription": self.node("WebhookSubscription", arguments)
        default: try self.list(field, arguments)
        }
    }

    private func node(_ type: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        guard let gid = arguments["id"]?.text, Gid.parts(gid)?.type == type else { return .null }
        return .optional(self.view.node(gid))
    }

    private func nodes(_ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        let ids = arguments["ids"]?.array?.compactMap(\.text) ?? []
        guard ids.count <= Connection.maximumPage else {
            throw GraphQLError(
                "The input array size of \(ids.count) is greater than the maximum allowed of \(Connection.maximumPage).",
                code: "MAX_INPUT_SIZE_EXCEEDED")
        }
        return .list(ids.map { .optional(self.view.node($0)) })
    }

    private func location(_ arguments: GraphQLArguments) -> GraphQLResult {
        guard arguments["id"] != nil else {
            return .optional(
                self.state.index.locationIDs.first.flatMap { self.state.locations[$0] }.map {
                    LocationObject(view: self.view, location: $0)
                })
        }
        return self.node("Location", arguments)
    }

    private func list(_ field: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        switch field {
        case "locations": try self.locations(arguments)
        case "products": .object(try self.products(arguments))
        case "productVariants": .object(try self.variants(arguments))
        case "inventoryItems": .object(try self.items(arguments))
        case "orders": .object(try self.orders(arguments))
        case "ordersCount":
            try self.count(self.state.index.orderIDs, arguments, Self.orderFields) { id, term in
                self.state.orders[id].map { self.matches($0, term) } ?? false
            }
        case "productsCount":
            try self.count(self.state.index.productIDs, arguments, Self.productFields) { id, term in
                self.state.products[id].map { self.matches($0, term) } ?? false
            }
        case "productByIdentifier": self.product(arguments["identifier"])
        case "job":
            .object(
                StoredObject(
                    view: self.view, typeName: "Job", members: ["id": arguments["id"] ?? .null, "done": true]))
        case "webhookSubscriptions": .object(try self.subscriptions(arguments))
        case "bulkOperations": .object(try self.operations(arguments))
        case "currentBulkOperation": self.currentOperation(arguments)
        default: .null
        }
    }
}

// MARK: - Goods

extension QueryRoot {
    private func locations(_ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        let all = self.state.index.locationIDs.compactMap { self.state.locations[$0] }.filter {
            $0.isActive || arguments["includeInactive"] == true
        }
        let isByName = arguments["sortKey"] == "NAME"
        let sorted = isByName ? all.sorted { ($0.name, $0.id) < ($1.name, $1.id) } : all
        return .object(
            try Page(arguments).connection(
                "Location", sorted.map { LocationObject(view: self.view, location: $0) }))
    }

    private func search(_ arguments: GraphQLArguments, _ fields: Set<String>) throws(GraphQLError) -> SearchQuery {
        try SearchQuery(arguments["query"]?.text ?? "", fields: fields)
    }

    private func products(_ arguments: GraphQLArguments) throws(GraphQLError) -> Connection {
        let query = try self.search(arguments, Self.productFields)
        return try Page(arguments).connection("Product", self.state.index.productIDs, cursor: .id) { id in
            guard let product = self.state.products[id] else { return nil }
            return query.holds { self.matches(product, $0) } ? ProductObject(view: self.view, product: product) : nil
        }
    }

    private func matches(_ product: Product, _ term: SearchQuery.Term) -> Bool {
        switch term.field {
        case "id": term.matches(product.id)
        case "title": term.matches(product.title)
        case "handle": term.matches(product.handle)
        case "status": term.matches(product.status)
        case "vendor": term.matches(product.vendor)
        case "product_type": term.matches(product.productType)
        case "created_at": term.matches(product.createdAt)
        case "updated_at": term.matches(product.updatedAt)
        default: self.state.variants(of: product).contains { term.matches($0.sku) }
        }
    }

    private func variants(_ arguments: GraphQLArguments) throws(GraphQLError) -> Connection {
        let query = try self.search(
            arguments, ["id", "sku", "barcode", "product_id", "title", "created_at", "updated_at"])
        return try Page(arguments).connection("ProductVariant", self.ids(for: query), cursor: .id) { id in
            guard let variant = self.state.variants[id] else { return nil }
            return query.holds { self.matches(variant, $0) } ? VariantObject(view: self.view, variant: variant) : nil
        }
    }

    private func items(_ arguments: GraphQLArguments) throws(GraphQLError) -> Connection {
        let query = try self.search(arguments, ["id", "sku", "created_at", "updated_at"])
        // Of an item the number is another than its variant's.
        return try Page(arguments).connection("InventoryItem", self.ids(for: query), cursor: .id) { id in
            guard let variant = self.state.variants[id] else { return nil }
            let holds = query.holds { $0.field == "id" ? $0.matches(variant.itemID) : self.matches(variant, $0) }
            return holds ? ItemObject(view: self.view, variant: variant) : nil
        }
    }

    /// The variants among which a query's results are: few where it names whole SKUs.
    private func ids(for query: SearchQuery) -> [Int64] {
        let skus = query.alternatives.map { terms in
            terms.first { $0.field == "sku" && !$0.isNegated && !$0.value.hasSuffix("*") }?.value
        }
        let known = skus.compactMap { $0 }
        guard !known.isEmpty, known.count == skus.count else { return self.state.index.variantIDs }
        // Case does not count, and the index knows SKUs as they are written: found by it means found at once.
        let found = Set(known.flatMap { self.state.index.skus[$0] ?? [] })
        return found.count >= known.count ? found.sorted() : self.state.index.variantIDs
    }

    private func matches(_ variant: Variant, _ term: SearchQuery.Term) -> Bool {
        switch term.field {
        case "id": term.matches(variant.id)
        case "sku": term.matches(variant.sku)
        case "barcode": term.matches(variant.barcode ?? "")
        case "product_id": term.matches(variant.productID)
        case "title": term.matches(variant.title)
        case "created_at": term.matches(variant.createdAt)
        default: term.matches(variant.updatedAt)
        }
    }

    private func product(_ identifier: JSONValue?) -> GraphQLResult {
        let id =
            Gid.number(identifier?["id"]?.text, "Product")
            ?? identifier?["handle"]?.text.flatMap { self.state.index.handles[$0] }
        return .optional(
            id.flatMap { self.state.products[$0] }.map { ProductObject(view: self.view, product: $0) })
    }

    private func count(
        _ ids: [Int64], _ arguments: GraphQLArguments, _ fields: Set<String>,
        _ matches: (Int64, SearchQuery.Term) -> Bool
    ) throws(GraphQLError) -> GraphQLResult {
        let query = try self.search(arguments, fields)
        let limit = arguments["limit"]?.integer.map { max(0, Int($0)) } ?? Int.max
        var count = 0
        for id in ids where query.holds({ matches(id, $0) }) {
            guard count < limit else { return .object(CountObject(count: count, isExact: false)) }
            count += 1
        }
        return .object(CountObject(count: count, isExact: true))
    }
}

// MARK: - Orders and the rest

extension QueryRoot {
    private func orders(_ arguments: GraphQLArguments) throws(GraphQLError) -> Connection {
        let query = try self.search(arguments, Self.orderFields)
        let page = try Page(arguments)
        let object = { (id: Int64) -> (any GraphQLObject)? in
            guard let order = self.state.orders[id] else { return nil }
            return query.holds { self.matches(order, $0) } ? OrderObject(view: self.view, order: order) : nil
        }
        switch arguments["sortKey"]?.text {
        case "UPDATED_AT":
            return try page.connection("Order", self.updates(for: query), cursor: .update) { object($0.id) }
        // Orders are made and processed in the order of their numbers.
        case "ID", "ORDER_NUMBER", "CREATED_AT", "PROCESSED_AT", "RELEVANCE":
            return try page.connection("Order", self.state.index.orderIDs, cursor: .id, object)
        case let key:
            throw GraphQLError(
                "the sandbox does not sort orders by \(key ?? ""); it does by UPDATED_AT, CREATED_AT, PROCESSED_AT, ID",
                code: "BAD_REQUEST")
        }
    }

    /// The orders among which a query's results are, as far as the time of their last change tells.
    private func updates(for query: SearchQuery) -> [ShopIndex.Update] {
        let all = self.state.index.updates
        guard query.alternatives.count == 1 else { return all }
        let bound = query.alternatives[0].first {
            $0.field == "updated_at" && !$0.isNegated && ($0.comparison == .greaterOrEqual || $0.comparison == .greater)
        }
        guard let moment = bound.flatMap({ Moment(text: $0.value) }) else { return all }
        let from = ShopIndex.Update(at: Moment(milliseconds: moment.seconds * 1_000), id: 0)
        return Array(all[all.firstIndex(from: from)...])
    }

    private func matches(_ order: Order, _ term: SearchQuery.Term) -> Bool {
        switch term.field {
        case "id": return term.matches(order.id)
        case "name": return term.matches(order.name) || term.matches(String(order.number))
        case "created_at", "processed_at": return term.matches(order.createdAt)
        case "updated_at": return term.matches(order.updatedAt)
        case "financial_status": return term.matches(order.financialStatus)
        case "fulfillment_status":
            return term.matches(order.fulfilmentStatus)
                || (term.value == "unshipped" && order.fulfilmentStatus == "UNFULFILLED")
        default:
            switch term.value {
            case "open": return order.closedAt == nil && order.cancelledAt == nil
            case "closed": return order.closedAt != nil
            case "cancelled": return order.cancelledAt != nil
            default: return term.value == "any" || term.value == "not_closed" && order.closedAt == nil
            }
        }
    }

    private func subscriptions(_ arguments: GraphQLArguments) throws(GraphQLError) -> Connection {
        let topics = arguments["topics"]?.array?.compactMap(\.text)
        let uri = arguments["uri"]?.text ?? arguments["callbackUrl"]?.text
        let all = self.state.subscriptions.values.filter { subscription in
            (topics?.contains(WebhookTopic(subscription.topic).enumeration) ?? true)
                && (uri.map { $0 == subscription.uri } ?? true)
        }
        return try Page(arguments).connection(
            "WebhookSubscription", all.map(\.id).sorted(), cursor: .id
        ) { id in self.state.subscriptions[id].map { SubscriptionObject(subscription: $0) } }
    }

    private func operations(_ arguments: GraphQLArguments) throws(GraphQLError) -> Connection {
        let query = try SearchQuery(arguments["query"]?.text ?? "", fields: ["operation_type", "status"])
        let ids = self.state.operations.values.filter { operation in
            operation.kind != .productSet
                && query.holds { $0.matches($0.field == "status" ? operation.status : "mutation") }
        }.map(\.id).sorted()
        // The latest comes first, where nothing else is asked for.
        var page = try Page(arguments)
        page.isReversed.toggle()
        return try page.connection("BulkOperation", ids, cursor: .id) { id in
            self.state.operations[id].map { BulkOperationObject(view: self.view, operation: $0) }
        }
    }

    private func currentOperation(_ arguments: GraphQLArguments) -> GraphQLResult {
        // There are no queries over many things.
        guard arguments["type"] == "MUTATION" else { return .null }
        let last = self.state.operations.values.filter { $0.kind == .bulkMutation }.max { $0.id < $1.id }
        return .optional(last.map { BulkOperationObject(view: self.view, operation: $0) })
    }
}
