internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// Answers requests as Amazon's Selling Partner API does.
public final class AmazonAPI: Sendable {
    let files: ShopFiles
    private let buckets = RateBuckets()

    /// - Parameter files: Where documents of feeds and reports are.
    public init(files: ShopFiles) { self.files = files }

    /// Answers a request to a shop.
    ///
    /// - Throws: ``ShopFault`` where what it changed cannot be written down.
    public func answer(
        _ request: AmazonRequest, of shop: Shop, now: Moment = .now()
    ) throws(ShopFault) -> AmazonAnswer {
        if request.path.first == DocumentAddress.folder { return self.document(request, of: shop, now: now) }
        guard let operation = AmazonOperation.asked(request.method, request.path) else {
            return .refusal(.notFound("There is no \(request.method) /\(request.path.joined(separator: "/"))."))
        }
        var answer = try self.answer(request, operation, of: shop, now: now)
        // Most models have the header where the call was looked at.
        if answer.status < 300 || [400, 404].contains(answer.status) || operation.alwaysTellsRate {
            answer.rateLimit = "\(operation.rate)"
        }
        return answer
    }

    private func answer(
        _ request: AmazonRequest, _ operation: AmazonOperation, of shop: Shop, now: Moment
    ) throws(ShopFault) -> AmazonAnswer {
        let (settings, faults) = shop.read { ($0.settings, $0.faults) }
        var elements: Set<String> = []
        do throws(AccessTokens.Fault) {
            if faults.tokenRevoked { throw .unknown }
            if operation.isRestricted {
                elements = try RestrictedTokens(settings: settings).elements(
                    request.accessToken, for: request.path, now: now)
            } else {
                try AccessTokens(settings: settings).check(request.accessToken, now: now)
            }
        } catch {
            return .refusal(.unauthorized(error))
        }
        guard !faults.throttled, !faults.limitsEnabled || self.buckets.take(operation, of: shop.name) else {
            return .refusal(.throttled)
        }
        do {
            return try self.perform(
                AmazonCall(
                    operation: operation, request: request, query: try AmazonQuery(request.query), shop: shop,
                    account: AmazonAccount(settings), restrictedElements: elements, now: now))
        } catch let refusal as AmazonRefusal {
            return .refusal(refusal)
        } catch let fault as ShopFault {
            throw fault
        } catch {
            return .refusal(AmazonRefusal(status: 500, code: "InternalFailure", message: "\(error)"))
        }
    }

    /// What a fault that is switched on answers to a request.
    ///
    /// - Parameter path: The parts of the path behind the shop's address.
    public static func internalError(_ method: String, _ path: [String]) -> AmazonAnswer {
        var answer = AmazonAnswer.refusal(
            AmazonRefusal(
                status: 500, code: "InternalFailure", message: "We encountered an internal error. Please try again."))
        if let operation = AmazonOperation.asked(method, path), operation.alwaysTellsRate {
            answer.rateLimit = "\(operation.rate)"
        }
        return answer
    }

    private func perform(_ call: AmazonCall) throws -> AmazonAnswer {
        switch call.operation {
        case .searchListings: try call.searchListings()
        case .getListing: try call.listing()
        case .putListing, .patchListing, .deleteListing: try call.submit()
        case .searchOrders: try call.searchOrders()
        case .getOrder: try call.order()
        case .confirmShipment: try call.confirmShipment()
        case .getOrdersV0: try call.ordersV0()
        case .getOrderV0: try call.orderV0()
        case .getOrderItemsV0: try call.orderItemsV0()
        case .createRestrictedToken: try call.restrictedToken()
        case .inventorySummaries: try call.inventorySummaries()
        case .createDocument: try call.createDocument()
        case .getDocument: try call.document(self.files)
        case .createFeed: try call.createFeed(self.files)
        case .getFeeds: try call.feeds()
        case .getFeed: try call.feed()
        default: try call.cancelFeed()
        }
    }
}

/// A call that may be made, on its way.
struct AmazonCall {
    let operation: AmazonOperation
    let request: AmazonRequest
    let query: AmazonQuery
    let shop: Shop
    let account: AmazonAccount
    /// What of buyers' data the call's token lets it see.
    let restrictedElements: Set<String>
    let now: Moment

    /// The body as a JSON object.
    func body() throws(AmazonRefusal) -> JSONValue {
        guard self.request.contentType.lowercased().hasPrefix("application/json") else {
            throw AmazonRefusal(
                status: 415, code: "UnsupportedMediaType",
                message: "The request's content type must be application/json.")
        }
        guard let json = try? JSONValue(json: self.request.body), json.object != nil else {
            throw .invalid("The request's body is no JSON object.")
        }
        return json
    }

    /// Refuses queries with another marketplace than the seller's, and names that the operation does not have.
    func checkQuery(_ known: Set<String>, needsMarketplace: Bool) throws(AmazonRefusal) {
        if let stranger = self.query.names.subtracting(known).sorted().first {
            throw .invalid("The parameter \(stranger) is not known.")
        }
        guard let ids = self.query.list("marketplaceIds") else {
            if needsMarketplace { throw .invalid("The required parameter marketplaceIds is missing.") }
            return
        }
        guard ids == [self.account.marketplaceID] else {
            throw .invalid("The seller sells in \(self.account.marketplaceID) alone.")
        }
    }

    /// Refuses paths with another seller.
    func checkSeller(_ sellerID: String) throws(AmazonRefusal) {
        guard sellerID == self.account.sellerID else {
            throw AmazonRefusal(
                status: 403, code: "Unauthorized", message: "Access to requested resource is denied.",
                details: "The token is none of the seller \(sellerID).")
        }
    }
}
