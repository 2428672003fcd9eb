internal import OrderedCollections
internal import SandboxJSON
public import SandboxShop

/// Answers requests as eBay's interfaces for sellers do.
public final class EbayAPI: Sendable {
    private let counts = CallCounts()

    /// The interfaces.
    public init() {}

    /// What a request is refused with before anything is done: for its token, or for how many there were.
    ///
    /// - Returns: `nil` where it is to be done.
    public func refusal(of request: EbayRequest, to shop: Shop) -> EbayAnswer? {
        if Self.isToken(request) { return nil }
        let (tokens, faults) = shop.read { (EbayTokens($0), $0.faults) }
        do throws(EbayRefusal) {
            guard let area = EbayArea(request.path) else { throw EbayRefusal(2002) }
            let bearer = try tokens.bearer(of: request, words: area.tokenWords)
            let rest = Array(request.path.dropFirst(area.prefix.count))
            // Applications have all that is not a seller's.
            let isAllowed = !bearer.isSeller || area.scope(of: rest).map { bearer.has($0) } ?? true
            guard isAllowed, bearer.isSeller || !area.isSellers(rest) else {
                throw EbayRefusal(1100, "Insufficient permissions to fulfill the request.")
            }
            let isWithin = self.counts.add(area, of: shop.name, limit: CallCounts.limit(area, faults))
            guard isWithin || area == .analytics, !faults.throttled else {
                throw EbayRefusal(2001, "The request limit has been reached for the resource.")
            }
            return nil
        } catch {
            return error.answer
        }
    }

    /// What is answered where something broke.
    public func systemError(_ request: EbayRequest) -> EbayAnswer {
        guard let area = EbayArea(request.path) else {
            return EbayAnswer(500, ["error": "server_error", "error_description": "a fault is switched on"])
        }
        return EbayRefusal(area.systemError, "a fault is switched on", status: 500).answer
    }

    /// Does what a request asks for.
    public func perform(_ request: EbayRequest, of shop: Shop) -> EbayOutcome {
        if Self.isToken(request) { return .answer(shop.read { EbayTokens($0) }.answer(request)) }
        guard let area = EbayArea(request.path) else { return .answer(EbayRefusal(2002).answer) }
        let rest = Array(request.path.dropFirst(area.prefix.count))
        do {
            if area == .analytics {
                return .answer(try self.counts.answer(request, of: shop.name, shop.read { $0.faults }))
            }
            let body = { (state: ShopState) in
                Result { () throws(EbayRefusal) in try Self.perform(request, rest, area, state, shop) }
            }
            guard request.method != "GET" else { return try shop.read(body).get() }
            return try shop.change(body).get()
        } catch let refusal as EbayRefusal {
            return .answer(refusal.answer)
        } catch {
            return .answer(EbayRefusal(area.systemError, "\(error)", status: 500).answer)
        }
    }

    private static func isToken(_ request: EbayRequest) -> Bool {
        request.path == ["identity", "v1", "oauth2", "token"]
    }

    private static func perform(
        _ request: EbayRequest, _ rest: [String], _ area: EbayArea, _ state: ShopState, _ shop: Shop
    ) throws(EbayRefusal) -> EbayOutcome {
        switch area {
        case .inventory: .answer(try InventoryRoutes(state: state, request: request).answer(rest))
        case .fulfillment: .answer(try FulfillmentRoutes(state: state, request: request).answer(rest))
        case .cancellation: .answer(try Cancellations(state: state, request: request).answer(rest))
        case .notification: try NotificationRoutes(state: state, request: request, shop: shop).answer(rest)
        case .metadata, .taxonomy: .answer(try CategoryRoutes(state: state, request: request).answer(area, rest))
        case .analytics: throw EbayRefusal(2002)
        }
    }
}
