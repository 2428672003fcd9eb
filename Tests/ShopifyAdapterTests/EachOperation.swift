import ChannelAdapter
import FileFormats
import Synchronization

@testable import ShopifyAdapter

/// Every operation of a session once, against a shop that takes all of it, so that every document goes out with variables.
enum EachOperation {
    static func calls() async -> [ScriptedShop.Call] {
        let bulk = ScriptedBulk()
        let isCancelled = Mutex(false)
        let shop = ScriptedShop { (call, _) in
            switch call.operation {
            case "BulkOperations": return .data(Self.leftBehind)
            // The one that was left behind only ends where it is cancelled.
            case "BulkOperation" where bulk.runs.isEmpty:
                let status = isCancelled.withLock { $0 } ? "CANCELED" : "RUNNING"
                return .data(#"{"bulkOperation":{"status":"\#(status)"}}"#)
            case "CancelBulk": isCancelled.withLock { $0 = true }
            default: break
            }
            return bulk.answer(call) ?? .data(Self.answer(call))
        }
        let session = shop.session(["locationId": ""])
        let unmatched = ListingReference(sku: "NEW-1", platformSKU: "", ids: [:])
        var stock = ListingReference.example(1)
        stock.ids["locationId"] = nil
        _ = try? await session.check()
        _ = try? await session.listings(page: "cursor")
        _ = await session.pushStock([StockRow(listing: stock, quantity: 3, expected: 4)], key: "k")
        var price = ListingReference.example(1)
        price.ids["currency"] = nil
        _ = await session.pushPrices([PriceRow(listing: price, micros: 1_990_000, currency: "USD")], key: "k")
        let values = [
            ("title", "Pads"), ("descriptionHtml", "d"), ("vendor", "v"), ("productType", "t"), ("templateSuffix", "s"),
            ("status", "ACTIVE"), ("tags", "a,b"), ("images", "https://i.example/1.jpg"), ("barcode", "012345678905"),
            ("seo.title", "s"), ("seo.description", "d"), ("metafields.driveline.fitment.json", "[]"),
        ].map { ContentRow.Value(target: $0.0, value: $0.1) }
        _ = await session.pushContent([ContentRow(listing: unmatched, values: values)], key: "k")
        _ = await session.pushContent([ContentRow(listing: .example(1), values: values)], key: "k")
        _ = await session.pushContentInBulk(
            [ContentRow(listing: unmatched, values: values), ContentRow(listing: .example(1), values: values)], key: "k"
        )
        _ = try? await session.shelves([.example(1), .example(2)])
        _ = try? await session.orders(since: 0, page: "cursor")
        _ = try? await session.order(id: "12")
        let lines = [OrderTaskCall.Line(lineID: "100", sku: "A", quantity: 1)]
        _ = await session.carryOut(
            OrderTaskCall(
                key: "k", kind: .ship, orderID: "12", lines: lines, carrier: "UPS", trackingNumber: "T",
                trackingURL: "https://t.example", mayBeDone: true))
        _ = await session.carryOut(OrderTaskCall(key: "k", kind: .cancel, orderID: "12", reason: "buyer"))
        _ = await session.carryOut(
            OrderTaskCall(
                key: "k", kind: .refund, orderID: "12", lines: lines, reason: "return", currency: "USD",
                amountMicros: 1_000_000))
        _ = await session.carryOut(OrderTaskCall(key: "k", kind: .cancel, orderID: "12", lines: lines))
        _ = try? await session.subscribe(to: "https://us.example/n")
        // Files go elsewhere, and are no documents.
        return shop.calls.filter { !$0.operation.isEmpty }
    }

    private static let leftBehind: String = {
        let text = String(decoding: JSONValue.string(ShopifyDocument.setProduct.text).bytes, as: UTF8.self)
        return
            #"{"bulkOperations":{"nodes":[{"id":"gid://shopify/BulkOperation/1","status":"RUNNING","query":\#(text)}]}}"#
    }()

    private static func answer(_ call: ScriptedShop.Call) -> String {
        let amount = #"{"shopMoney":{"amount":"9.00"}}"#
        switch call.operation {
        case "Shop": return #"{"shop":{"myshopifyDomain":"brake-parts.myshopify.com"}}"#
        case "Location": return #"{"location":{"id":"gid://shopify/Location/7"}}"#
        case "Currency": return #"{"shop":{"currencyCode":"USD"}}"#
        case "VariantBySKU", "Variants": return #"{"productVariants":{"nodes":[]}}"#
        case "VariantsBySKU": return #"{"productVariants":{"nodes":[],"pageInfo":{"hasNextPage":false}}}"#
        case "SetQuantities":
            let isFirst = call.variables.at("input", "quantities")?.elements.first?["changeFromQuantity"]?.integer == 4
            let error = #"{"code":"ITEM_NOT_STOCKED_AT_LOCATION","field":["input","quantities","0"],"message":"m"}"#
            return #"{"inventorySetQuantities":{"userErrors":[\#(isFirst ? error : "")]}}"#
        case "ActivateInventory": return #"{"inventoryActivate":{"userErrors":[]}}"#
        case "UpdateVariants":
            let id = call.variables["variants"]?.elements.first?["id"]?.text ?? ""
            return #"{"productVariantsBulkUpdate":{"productVariants":[{"id":"\#(id)"}],"userErrors":[]}}"#
        case "SetProduct":
            return
                #"{"productSet":{"product":{"id":"gid://shopify/Product/5","variants":{"nodes":[{"id":"gid://shopify/ProductVariant/6"}]}},"userErrors":[]}}"#
        case "SetMetafields": return #"{"metafieldsSet":{"userErrors":[]}}"#
        case "Orders":
            let order = RandomOrder.example.graphQL.replacing(
                #""hasNextPage":false,"endCursor":null"#, with: #""hasNextPage":true,"endCursor":"l1""#)
            return #"{"orders":{"nodes":[\#(order)],"pageInfo":{"hasNextPage":false}}}"#
        case "OrderLines": return #"{"order":{"lineItems":{"nodes":[],"pageInfo":{"hasNextPage":false}}}}"#
        case "Order": return #"{"order":\#(RandomOrder.example.graphQL)}"#
        case "Fulfillments": return #"{"order":{"fulfillments":[]}}"#
        case "FulfillmentOrders":
            return #"{"order":{"fulfillmentOrders":{"nodes":[{"id":"gid://shopify/FulfillmentOrder/2","status":"OPEN","#
                + #""lineItems":{"nodes":[{"id":"gid://shopify/FulfillmentOrderLineItem/3","remainingQuantity":1,"#
                + #""lineItem":{"id":"gid://shopify/LineItem/100","sku":"A"}}]}}]}}}"#
        case "CreateFulfillment": return #"{"fulfillmentCreate":{"fulfillment":{"id":"f"},"userErrors":[]}}"#
        case "Cancellation": return #"{"order":{"id":"o","cancelledAt":null}}"#
        case "CancelOrder": return #"{"orderCancel":{"job":{"id":"j"},"orderCancelUserErrors":[]}}"#
        case "Payments":
            return
                #"{"order":{"transactions":[{"id":"gid://shopify/OrderTransaction/1","kind":"SALE","status":"SUCCESS","#
                + #""gateway":"card","amountSet":\#(amount)}],"refunds":[],"lineItems":{"nodes":[]}}}"#
        case "CreateRefund": return #"{"refundCreate":{"refund":{"id":"r"},"userErrors":[]}}"#
        case "Subscriptions":
            return
                #"{"webhookSubscriptions":{"nodes":[{"id":"gid://shopify/WebhookSubscription/1","topic":"ORDERS_CREATE","uri":"https://old.example/n"},"#
                + #"{"id":"gid://shopify/WebhookSubscription/2","topic":"ORDERS_CREATE","uri":"https://older.example/n"}],"#
                + #""pageInfo":{"hasNextPage":\#(call.variables["after"] == nil),"endCursor":"next"}}}"#
        case "MoveSubscription": return #"{"webhookSubscriptionUpdate":{"userErrors":[]}}"#
        case "EndSubscription": return #"{"webhookSubscriptionDelete":{"userErrors":[]}}"#
        default: return #"{"webhookSubscriptionCreate":{"webhookSubscription":{"id":"w"},"userErrors":[]}}"#
        }
    }
}
