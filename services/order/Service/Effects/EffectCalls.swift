internal import InventoryAPI
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import PricingAPI
internal import RPC
internal import RPCMessages
internal import Wire

/// Asks other services for the effects of orders, on behalf of their brands.
struct EffectCalls: Sendable {
    /// How long one call may take.
    static let timeout = Duration.seconds(5)
    /// As whom the service acts.
    static let principal = "service:order"
    /// What it may do elsewhere.
    static let scopes: Set<String> = ["inventory:reserve", "inventory:write", "pricing:redeem"]

    private let inventory: InventoryServiceClient
    private let redemptions: RedemptionServiceClient

    /// - Parameters:
    ///   - inventory: A client of the inventory service that may act for others.
    ///   - pricing: The same of the pricing service.
    init(inventory: RPCClient, pricing: RPCClient) {
        self.inventory = InventoryServiceClient(inventory)
        self.redemptions = RedemptionServiceClient(pricing)
    }

    /// Who acts for a brand.
    static func caller(for brand: PostgresUUID) -> CallerIdentity {
        CallerIdentity(brand: brand.description, principal: Self.principal, scopes: Self.scopes)
    }

    /// Brings an effect about. Sent again, it does nothing more.
    func send(_ request: EffectRequest, for brand: PostgresUUID) async throws(RPCError) {
        let options = CallOptions(timeout: Self.timeout, caller: Self.caller(for: brand))
        switch request {
        case .commitReservation(let request):
            _ = try await self.inventory.commitReservation(request, options: options)
        case .releaseReservation(let request):
            _ = try await self.inventory.releaseReservation(request, options: options)
        case .reverseRedemption(let request):
            _ = try await self.redemptions.reverseRedemption(request, options: options)
        case .restock(let request):
            _ = try await self.inventory.adjustStock(request, options: options)
        case .quarantine(let request):
            _ = try await self.inventory.adjustStock(request.restock, options: options)
            _ = try await self.inventory.quarantineStock(request.behindRestock, options: options)
        case .replace(let request):
            throw RPCError(.unavailable, "no process that places orders has taken up \(request.returnID) yet")
        }
    }
}

extension RPCError {
    /// Whether the same request will be refused as long as nobody changes something: not what passes by itself, nor what
    /// stock that comes will end, nor what is wrong between the services.
    var isForGood: Bool {
        switch self.code {
        case .invalidArgument, .notFound, .alreadyExists, .outOfRange: true
        case .failedPrecondition: !Self.passing.contains(self.problem?.type ?? "")
        default: false
        }
    }

    private static let passing: Set<String> = ["insufficient-stock", "not-loaded"]
}
