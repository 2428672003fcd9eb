import ChannelAdapter
import FileFormats
import Synchronization

@testable import ShopifyAdapter

/// A shop that answers from a script, and keeps what it was asked.
final class ScriptedShop: PlatformTransport {
    struct Call: Sendable {
        let operation: String
        let variables: JSONValue
        let request: PlatformRequest
    }

    private let kept = Mutex<[Call]>([])
    private let answer: @Sendable (Call, Int) throws(PlatformFault) -> PlatformResponse

    /// - Parameter answer: Of a call, and how many there were before.
    init(_ answer: @escaping @Sendable (Call, Int) throws(PlatformFault) -> PlatformResponse) { self.answer = answer }

    /// One that gives these answers in their order, and then no more.
    convenience init(_ answers: [String]) {
        self.init { (_, count) throws(PlatformFault) in
            guard count < answers.count else {
                throw PlatformFault(.retry, code: "not-reached", "the script has ended")
            }
            return .json(answers[count])
        }
    }

    var calls: [Call] { self.kept.withLock { $0 } }

    var operations: [String] { self.calls.map(\.operation) }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        let body = (try? JSONValue(request.body[...])) ?? .null
        let call = Call(
            operation: body["operationName"]?.text ?? "", variables: body["variables"] ?? .null, request: request)
        let count = self.kept.withLock { calls in
            calls.append(call)
            return calls.count - 1
        }
        return try self.answer(call, count)
    }

    func session(_ settings: [String: String] = [:]) -> any PlatformSession {
        ShopifyAdapter(pace: .atOnce).session(.example(settings), transport: self)
    }
}

extension PlatformResponse {
    static func json(_ text: String, status: Int = 200, headers: [PlatformHeader] = []) -> PlatformResponse {
        PlatformResponse(status: status, headers: headers, body: Array(text.utf8))
    }

    /// An answer with data, and the points that are left.
    static func data(_ text: String, available: Int = 990) -> PlatformResponse {
        .json(
            #"{"data":\#(text),"extensions":{"cost":{"requestedQueryCost":12,"actualQueryCost":10,"throttleStatus":"#
                + #"{"maximumAvailable":1000,"currentlyAvailable":\#(available),"restoreRate":50}}}}"#)
    }
}

extension PlatformAccount {
    static let secret = "the app's secret"

    static func example(_ settings: [String: String] = [:]) -> PlatformAccount {
        PlatformAccount(
            connection: "shopify",
            settings: ["domain": "brake-parts.myshopify.com", "locationId": "7"].merging(settings) { $1 },
            credentials: ["accessToken": "shpat_example", "clientSecret": Self.secret])
    }
}

extension ListingReference {
    /// One that is matched, with ids made of a number.
    static func example(_ number: Int, product: Int? = nil) -> ListingReference {
        ListingReference(
            sku: "SKU-\(number)", platformSKU: "SKU-\(number)",
            ids: [
                "productId": "gid://shopify/Product/\(product ?? number + 1000)",
                "variantId": "gid://shopify/ProductVariant/\(number + 2000)",
                "inventoryItemId": "gid://shopify/InventoryItem/\(number + 3000)",
                "locationId": "gid://shopify/Location/7", "currency": "USD",
            ])
    }
}
