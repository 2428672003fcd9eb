internal import ChannelAdapter
internal import Crypto
internal import FileFormats

/// A shop, ready to be called.
struct ShopifySession: PlatformSession {
    /// Or what is wrong with them, which every call then comes to.
    let settings: Result<ShopifySettings, PlatformFault>
    private let token: String
    let transport: any PlatformTransport
    let pace: ShopifyBulkPace

    init(_ account: PlatformAccount, transport: any PlatformTransport, pace: ShopifyBulkPace = ShopifyBulkPace()) {
        do throws(PlatformFault) {
            self.settings = .success(try ShopifySettings(account.settings))
        } catch {
            self.settings = .failure(error)
        }
        self.token = account.credentials["accessToken", default: ""]
        self.transport = transport
        self.pace = pace
    }

    /// Sends a document and reads its answer.
    func call(_ document: ShopifyDocument, _ variables: JSONValue = .object([])) async -> ShopifyAnswer {
        do throws(PlatformFault) {
            let body = JSONValue.members([
                "query": .string(document.text), "operationName": .string(document.name), "variables": variables,
            ])
            let request = PlatformRequest(
                method: "POST", url: try self.settings.get().url,
                headers: [
                    PlatformHeader("Content-Type", "application/json"), PlatformHeader("Accept", "application/json"),
                    PlatformHeader("X-Shopify-Access-Token", self.token),
                ],
                body: body.bytes, timeoutMilliseconds: ShopifyLimits.timeoutMilliseconds)
            return ShopifyAnswer(try await self.transport.send(request), isMutation: document.isMutation)
        } catch {
            return ShopifyAnswer(error)
        }
    }

    /// Sends a document of a kind that changes something, and takes its payload apart.
    func change(
        _ document: ShopifyDocument, _ payload: String, _ variables: JSONValue, errors: String = "userErrors"
    ) async -> (payload: Result<JSONValue, PlatformFault>, errors: [ShopifyUserError], quotas: [QuotaObservation]) {
        let answer = await self.call(document, variables)
        let (result, list) = answer.payload(payload, errors: errors)
        return (result, list, answer.quotas)
    }

    func check() async throws(PlatformFault) -> [String: String] {
        let data = try await self.call(.shop).data.get()
        guard let shop = data["shop"], let domain = shop["myshopifyDomain"]?.text else {
            throw PlatformFault(.retry, code: "answer-unreadable", "the answer names no shop")
        }
        let expected = try self.settings.get().domain
        guard domain == expected else {
            throw PlatformFault(
                .refused, code: "other-shop", "the token is of the shop \(domain), and the connection's is \(expected)")
        }
        return [
            "shop": shop["name"]?.text ?? "", "domain": domain, "currency": shop["currencyCode"]?.text ?? "",
            "location": data.at("location", "name")?.text ?? "", "locationId": data.at("location", "id")?.text ?? "",
        ]
    }

    func listings(page: String) async throws(PlatformFault) -> ListingPage {
        let answer = await self.call(
            .variants, .members(["first": .integer(Int64(ShopifyLimits.listingsPage)), "after": .nonEmpty(page)]))
        let data = try answer.data.get()
        let variants = data["productVariants"]
        let location = try self.settings.get().locationID ?? data.at("location", "id")?.text
        let listings = (variants?["nodes"]?.elements ?? []).compactMap { variant -> ListingReference? in
            guard let sku = variant["sku"]?.text, !sku.isEmpty else { return nil }
            var ids = Self.ids(ofVariant: variant)
            ids["locationId"] = location
            ids["currency"] = data.at("shop", "currencyCode")?.text
            return ListingReference(sku: sku, platformSKU: sku, ids: ids)
        }
        return ListingPage(listings: listings, next: Self.nextPage(variants), quotas: answer.quotas)
    }

    /// Where a list goes on; empty: it does not.
    static func nextPage(_ connection: JSONValue?) -> String {
        guard connection?.at("pageInfo", "hasNextPage")?.truth == true else { return "" }
        return connection?.at("pageInfo", "endCursor")?.text ?? ""
    }

    /// The ids of a variant, as a listing keeps them.
    static func ids(ofVariant variant: JSONValue) -> [String: String] {
        var ids: [String: String] = [:]
        ids["productId"] = variant.at("product", "id")?.text
        ids["variantId"] = variant["id"]?.text
        ids["inventoryItemId"] = variant.at("inventoryItem", "id")?.text
        return ids
    }

    /// The shop's own location, asked for where the settings have none.
    func location() async -> (id: Result<String, PlatformFault>, quotas: [QuotaObservation]) {
        switch self.settings {
        case .failure(let fault): return (.failure(fault), [])
        case .success(let settings):
            if let id = settings.locationID { return (.success(id), []) }
            let answer = await self.call(.location)
            let id = answer.data.flatMap { data -> Result<String, PlatformFault> in
                guard let id = data.at("location", "id")?.text else {
                    return .failure(
                        PlatformFault(
                            .refused, code: "location-missing",
                            "the shop has no location of its own; the setting locationId must name one"))
                }
                return .success(id)
            }
            return (id, answer.quotas)
        }
    }

    /// A key that stands for one try of one piece of work with just this content: the platform refuses a key that it saw
    /// with another one.
    static func idempotencyKey(_ key: String, _ content: JSONValue, attempt: Int = 0) -> String {
        let digest = SHA256.hash(data: Array("\(key)\n\(attempt)\n".utf8) + content.bytes)
        return digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
