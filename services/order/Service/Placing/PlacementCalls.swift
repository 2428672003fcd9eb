internal import CatalogAPI
internal import CatalogMessages
internal import InventoryAPI
internal import InventoryMessages
internal import OrderDomain
internal import OrderMessages
internal import Postgres
internal import PricingAPI
internal import PricingMessages
internal import RPC
internal import RPCMessages
internal import WellKnownMessages

/// What placing an order asks of other services, on behalf of its brand. Each command has an id that follows from order and
/// attempt; sent again, it gives its first answer.
///
/// What is thrown may pass by itself, see ``RPCError/mayPass``; what is refused for good is an answer.
struct PlacementCalls: Sendable {
    /// How long one try of a call may take.
    static let timeout = Duration.seconds(5)
    /// What the service may do elsewhere for it.
    static let scopes: Set<String> = [
        "catalog:read", "inventory:read", "inventory:reserve", "pricing:read", "pricing:redeem",
    ]

    let inventory: InventoryServiceClient
    let quotes: QuoteServiceClient
    let redemptions: RedemptionServiceClient
    let products: ProductServiceClient

    /// Clients that may act for others.
    init(inventory: RPCClient, pricing: RPCClient, catalog: RPCClient) {
        self.inventory = InventoryServiceClient(inventory)
        self.quotes = QuoteServiceClient(pricing)
        self.redemptions = RedemptionServiceClient(pricing)
        self.products = ProductServiceClient(catalog)
    }

    func options(for brand: PostgresUUID) -> CallOptions {
        CallOptions(
            timeout: Self.timeout,
            caller: CallerIdentity(
                brand: brand.description, principal: EffectCalls.principal, scopes: Self.scopes))
    }
}

// MARK: - Redeeming

extension PlacementCalls {
    /// Counts the uses that the order's prices depend on.
    func redeem(_ order: Order, for brand: PostgresUUID) async throws(RPCError) -> Placement.Redeeming {
        let uses = order.plan?.uses ?? []
        let request = RedeemRequest(
            redemptionID: order.redemptionID, uses: uses.map { LimitedUse($0) }, currency: order.currency,
            customerID: order.customerID, reference: order.orderID)
        do throws(RPCError) {
            _ = try await self.redemptions.redeem(request, options: self.options(for: brand))
            return .redeemed
        } catch {
            if error.mayPass { throw error }
            guard error.problem?.type != "redemption-conflict" else { return .reversed }
            return .refused(OrderRefusal(error, as: .couponRefused) { _ in "coupons" })
        }
    }
}

extension LimitedUse {
    fileprivate init(_ use: PromisedUse) {
        self.init(
            ruleID: use.ruleID, coupon: use.coupon, amount: QuotedAmount.text(use.amount?.micros ?? 0))
    }
}

// MARK: - Holding stock

extension PlacementCalls {
    /// Holds the order's units that are not cancelled: all of them or none.
    func reserve(_ order: Order, for brand: PostgresUUID) async throws(RPCError) -> Placement.Reserving {
        let request = ReserveRequest(
            commandID: "\(order.reservationID).reserve",
            context: CommandContext(source: .channel, reference: order.orderID),
            reservationID: order.reservationID, lines: order.reservationLines, rules: order.allocationRules,
            holdFor: order.plan?.holdFor, confirmed: order.isHeldForGood)
        do throws(RPCError) {
            let answer = try await self.inventory.reserve(request, options: self.options(for: brand))
            let reservation = answer.reservation
            return .held(
                reservation?.allocations.map { HeldUnits($0) } ?? [], until: reservation?.expiresAt ?? ProtoTimestamp(),
                isRepeated: answer.repeatedAnswer)
        } catch {
            if error.mayPass { throw error }
            return error.reserving(order)
        }
    }

    /// Which of the order's lines inventory does not have, and how many units of them: by their places among those that are
    /// reserved.
    ///
    /// - Returns: The refusal, where they could not be held whatever is there: above all where neither inventory nor the
    ///   catalog knows a part.
    func missing(
        of order: Order, for brand: PostgresUUID
    ) async throws(RPCError) -> Result<[Int: Int64], OrderRefusal> {
        var rules = order.allocationRules
        rules.partial = true
        let request = PlanReservationRequest(lines: order.reservationLines, rules: rules)
        let missing: [Int: Int64]
        do throws(RPCError) {
            let plan = try await self.inventory.planReservation(request, options: self.options(for: brand))
            if let refusal = plan.refusal, refusal.type != "insufficient-stock" {
                return .failure(OrderRefusal(refusal, of: order))
            }
            missing = order.missing(plan)
        } catch {
            if error.mayPass { throw error }
            guard case .refused(let refusal) = error.reserving(order) else { return .success([:]) }
            return .failure(refusal)
        }
        let unknown = try await self.unknownLines(missing.keys.sorted(), of: order, for: brand)
        return unknown.isEmpty ? .success(missing) : .failure(.unknownParts(unknown, of: order))
    }

    /// Which lines are of parts that neither inventory nor the catalog knows: inventory takes what it does not know for
    /// something that is not there.
    private func unknownLines(
        _ lines: [Int], of order: Order, for brand: PostgresUUID
    ) async throws(RPCError) -> [Int] {
        let places = order.linesToReserve
        var skus: [String] = []
        for line in lines where places.indices.contains(line) {
            let sku = order.items[places[line]].sku
            if !skus.contains(sku) { skus.append(sku) }
        }
        guard !skus.isEmpty else { return [] }
        let options = self.options(for: brand)
        var unknown = Set(
            try await self.inventory.lookUpStock(LookUpStockRequest(skus: skus), options: options).unknownSkus)
        guard !unknown.isEmpty else { return [] }
        let found = try await self.products.lookUpProducts(
            LookUpProductsRequest(skus: unknown.sorted()), options: options)
        unknown.subtract(found.products.map(\.sku))
        return places.filter { unknown.contains(order.items[$0].sku) }
    }

    /// Takes the expiry from the order's reservation.
    func confirm(_ order: Order, for brand: PostgresUUID) async throws(RPCError) -> Placement.Confirming {
        let request = ConfirmReservationRequest(
            commandID: "\(order.reservationID).confirm",
            context: CommandContext(source: .channel, reference: order.orderID), reservationID: order.reservationID)
        do throws(RPCError) {
            _ = try await self.inventory.confirmReservation(request, options: self.options(for: brand))
            return .confirmed
        } catch {
            if error.mayPass { throw error }
            // Somebody has shipped it meanwhile: it is not to be held a second time.
            return error.problem?.type == "reservation-committed" ? .confirmed : .ended(error.message)
        }
    }
}

extension Order {
    /// What is asked of inventory: the lines of which units are left.
    var reservationLines: [ReservationLine] {
        self.linesToReserve.map { place in
            let item = self.items[place]
            return ReservationLine(
                sku: item.sku, quantity: item.quantity - item.cancelled, locationID: item.locationID)
        }
    }

    /// How many units of which lines a plan does not fill, by their places among those that are reserved.
    fileprivate func missing(_ plan: PlanReservationResponse) -> [Int: Int64] {
        // Where nothing at all could be had the plan is refused, and no line is filled.
        let unfilled =
            plan.refusal == nil
            ? plan.unfilled.map { (Int($0.line), $0.quantity) }
            : self.linesToReserve.enumerated().map { ($0, self.items[$1].quantity - self.items[$1].cancelled) }
        return Dictionary(unfilled, uniquingKeysWith: { $0 &+ $1 })
    }

    /// From where: near to where it goes, if that is known.
    fileprivate var allocationRules: AllocationRules {
        let place = self.region.split(separator: "-", maxSplits: 1)
        return AllocationRules(
            strategy: place.isEmpty ? .unspecified : .nearestRegion,
            destinationRegion: place.count > 1 ? String(place[1]) : "",
            destinationCountry: place.first.map(String.init) ?? "", backorderCap: self.plan?.backorderCap ?? 0)
    }
}

extension HeldUnits {
    fileprivate init(_ allocation: Allocation) {
        self.init(
            line: Int(allocation.line), sku: allocation.sku, locationID: allocation.locationID,
            quantity: allocation.quantity, backordered: allocation.backordered)
    }
}

// MARK: - Other parts

extension PlacementCalls {
    /// The part that is sold in the place of another now; nil: there is none, or several of it would be needed.
    func successor(of sku: String, for brand: PostgresUUID) async throws(RPCError) -> String? {
        do throws(RPCError) {
            let answer = try await self.products.listSupersessions(
                ListSupersessionsRequest(sku: sku), options: self.options(for: brand))
            let several = answer.successors.filter { $0.quantity > 1 }.map(\.newSku)
            return answer.currentSkus.first { $0 != sku && !several.contains($0) }
        } catch {
            if error.mayPass { throw error }
            return nil
        }
    }
}
