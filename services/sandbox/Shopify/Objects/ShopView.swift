internal import Crypto
internal import Foundation
internal import OrderedCollections
internal import SandboxGraphQL
internal import SandboxJSON
internal import SandboxShop

/// What objects are made from: a shop's state, and where the sandbox is reached.
struct ShopView {
    let state: ShopState
    /// Such as `http://127.0.0.1:8090`, for addresses in answers.
    let base: String
    /// What documents within inputs are checked against.
    let schema: Schema
    /// What was uploaded.
    let files: ShopFiles

    /// What is wrong with the document of a mutation over many things.
    func bulkFault(_ document: String) -> String? {
        do throws(GraphQLErrors) {
            let operation = try PreparedOperation(document, schema: self.schema)
            guard operation.kind == .mutation else { return "The document must be a mutation" }
            guard operation.rootFields.count == 1 else { return "The mutation must have exactly one field" }
            return nil
        } catch {
            return "Failed to parse the mutation - \(error.errors.first?.message ?? "")"
        }
    }

    var currency: String { self.state.settings.currency }

    func money(_ price: Price) -> GraphQLResult {
        .object(MoneyBag(amount: price, currency: self.currency))
    }

    /// What an id names; `nil` where there is nothing.
    func node(_ gid: String) -> (any GraphQLObject)? {
        guard let (type, number, query) = Gid.parts(gid) else { return nil }
        switch type {
        case "Product": return self.state.products[number].map { ProductObject(view: self, product: $0) }
        case "ProductVariant": return self.state.variants[number].map { VariantObject(view: self, variant: $0) }
        case "InventoryItem": return self.state.variant(item: number).map { ItemObject(view: self, variant: $0) }
        case "InventoryLevel": return self.level(location: number, query)
        case "Location": return self.state.locations[number].map { LocationObject(view: self, location: $0) }
        case "Metafield": return self.state.metafields[number].map { MetafieldObject(view: self, metafield: $0) }
        case "Shop": return number == self.state.settings.number ? ShopObject(view: self) : nil
        case "WebhookSubscription":
            return self.state.subscriptions[number].map { SubscriptionObject(subscription: $0) }
        case "BulkOperation", "ProductSetOperation": return self.operation(type, number)
        default: return self.orderNode(type, number)
        }
    }

    private func level(location: Int64, _ query: Substring) -> (any GraphQLObject)? {
        let parts = query.split(separator: "=")
        guard parts.count == 2, parts[0] == "inventory_item_id", let item = Int64(parts[1]) else { return nil }
        return self.state.levels[Level.Key(itemID: item, locationID: location)].map {
            LevelObject(view: self, level: $0)
        }
    }

    private func operation(_ type: String, _ number: Int64) -> (any GraphQLObject)? {
        guard let operation = self.state.operations[number] else { return nil }
        let isProduct = operation.kind == .productSet
        guard isProduct == (type == "ProductSetOperation") else { return nil }
        return isProduct
            ? ProductSetOperationObject(view: self, operation: operation)
            : BulkOperationObject(view: self, operation: operation)
    }

    private func orderNode(_ type: String, _ number: Int64) -> (any GraphQLObject)? {
        switch type {
        case "Order": return self.state.orders[number].map { OrderObject(view: self, order: $0) }
        case "FulfillmentOrder":
            guard let order = self.state.index.fulfilmentOrders[number].flatMap({ self.state.orders[$0] }),
                let part = order.fulfilmentOrders.first(where: { $0.id == number })
            else { return nil }
            return FulfilmentOrderObject(view: self, order: order, part: part)
        case "Fulfillment":
            guard let order = self.state.index.fulfilments[number].flatMap({ self.state.orders[$0] }),
                let fulfilment = order.fulfilments.first(where: { $0.id == number })
            else { return nil }
            return FulfilmentObject(view: self, order: order, fulfilment: fulfilment)
        case "Refund":
            guard let order = self.state.index.refunds[number].flatMap({ self.state.orders[$0] }),
                let refund = order.refunds.first(where: { $0.id == number })
            else { return nil }
            return RefundObject(view: self, order: order, refund: refund)
        default: return nil
        }
    }

    // MARK: Metafields

    func metafield(of owner: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        let key = arguments["key"]?.text ?? ""
        let name = arguments["namespace"]?.text.map { "\($0).\(key)" } ?? (key.contains(".") ? key : "app.\(key)")
        let metafield = self.state.index.metafield(of: owner, name).flatMap { self.state.metafields[$0] }
        return .optional(metafield.map { MetafieldObject(view: self, metafield: $0) })
    }

    func metafields(of owner: String, _ arguments: GraphQLArguments) throws(GraphQLError) -> GraphQLResult {
        let namespace = arguments["namespace"]?.text
        let keys = arguments["keys"]?.array.map { Set($0.compactMap(\.text)) }
        let all = self.state.index.metafields(of: owner).compactMap { self.state.metafields[$0] }.filter { metafield in
            (namespace == nil || metafield.namespace == namespace)
                && (keys?.contains(namespace == nil ? metafield.name : metafield.key) ?? true)
        }
        return .object(
            try Page(arguments).connection("Metafield", all.map { MetafieldObject(view: self, metafield: $0) }))
    }
}

struct MoneyBag: GraphQLObject {
    let amount: Price
    let currency: String

    var typeName: String { "MoneyBag" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        .object(Money(amount: self.amount, currency: self.currency))
    }

    private struct Money: GraphQLObject {
        let amount: Price
        let currency: String

        var typeName: String { "MoneyV2" }

        func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
            .text(field == "amount" ? self.amount.shortText : self.currency)
        }
    }
}

/// An object whose fields are known already: members of JSON, which may name things of the shop.
struct StoredObject: GraphQLObject {
    let view: ShopView
    let typeName: String
    let members: JSONValue

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        self.result(self.members[field] ?? .null)
    }

    private func result(_ value: JSONValue) -> GraphQLResult {
        switch value {
        case .null: return .null
        case .array(let values): return .list(values.map { self.result($0) })
        case .object(let members):
            if case .string(let gid)? = members["$ref"] { return .optional(self.view.node(gid)) }
            guard case .string(let type)? = members["$type"] else { return .leaf(value) }
            return .object(StoredObject(view: self.view, typeName: type, members: value))
        default: return .leaf(value)
        }
    }

    /// Something of the shop, as it is when it is read.
    static func reference(_ type: String, _ id: Int64) -> JSONValue { ["$ref": .string(Gid.text(type, id))] }
}

struct MetafieldObject: GraphQLObject {
    let view: ShopView
    let metafield: Metafield

    var typeName: String { "Metafield" }

    func value(of field: String, _ arguments: GraphQLArguments) -> GraphQLResult {
        switch field {
        case "id": .text(Gid.text("Metafield", self.metafield.id))
        case "legacyResourceId": .text(String(self.metafield.id))
        case "namespace": .text(self.metafield.namespace)
        case "key": .text(self.metafield.key)
        case "type": .text(self.metafield.type)
        case "value": .text(self.metafield.value)
        case "jsonValue": .leaf(self.json)
        case "compareDigest": .text(self.metafield.digest)
        case "owner": .optional(self.view.node(self.metafield.ownerID))
        case "ownerType": .text(Gid.parts(self.metafield.ownerID)?.type.uppercased())
        case "createdAt": .text(self.metafield.createdAt.text)
        case "updatedAt": .text(self.metafield.updatedAt.text)
        default: .null
        }
    }

    private var json: JSONValue {
        let isText = self.metafield.type.hasSuffix("text_field") || self.metafield.type == "url"
        return isText
            ? .string(self.metafield.value)
            : (try? JSONValue(json: self.metafield.value)) ?? .string(self.metafield.value)
    }
}

extension Metafield {
    /// Changes with the value.
    var digest: String {
        SHA256.hash(data: Data("\(self.type)\n\(self.value)".utf8)).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}
