internal import OrderDomain
public import OrderMessages
internal import Postgres
public import RPC

extension Returns {
    /// Answers a return.
    public func getReturn(_ request: GetReturnRequest, context: ServerContext) async throws -> Return {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let number = try Self.returnNumber(request.returnID)
            let rows = try await self.changes.pool.query(ReturnList.one(number, of: brand))
            guard let found = try ReturnList.read(rows).first else {
                throw OrderRefusal.returnNotFound(request.returnID)
            }
            return found.1
        }
    }

    /// Lists returns, the newest first.
    public func listReturns(
        _ request: ListReturnsRequest, context: ServerContext
    ) async throws -> ListReturnsResponse {
        let brand = try self.brand(of: context.caller)
        let page = try ReturnPage(
            "listReturns",
            [
                "\(brand)", request.id, request.status.map { "\($0.rawValue)" }.joined(separator: ","),
                "\(request.kind.rawValue)", request.sku, request.fitmentID,
            ], size: request.pageSize, token: request.pageToken)
        // What is no id of ours is no order that could have any.
        guard let order = Self.order(request.id) else { return ListReturnsResponse() }
        let list = ReturnList(
            brand: brand, order: order, states: request.status, kind: request.kind, sku: request.sku,
            fitment: request.fitmentID)
        guard !list.isEmpty else { return ListReturnsResponse() }
        return try await self.answering(context) {
            let rows = try await self.changes.pool.query(list.command(page))
            let (returns, next) = page.page(try ReturnList.read(rows))
            return ListReturnsResponse(returns: returns, nextPageToken: next)
        }
    }

    /// Answers a claim.
    public func getClaim(_ request: GetClaimRequest, context: ServerContext) async throws -> WarrantyClaim {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let number = try Self.claimNumber(request.claimID)
            let rows = try await self.changes.pool.query(ClaimList.one(number, of: brand))
            guard let found = try ClaimList.read(rows).first else {
                throw OrderRefusal.claimNotFound(request.claimID)
            }
            return found.1
        }
    }

    /// Lists claims, the newest first.
    public func listClaims(_ request: ListClaimsRequest, context: ServerContext) async throws -> ListClaimsResponse {
        let brand = try self.brand(of: context.caller)
        let page = try ReturnPage(
            "listClaims",
            [
                "\(brand)", request.id, request.status.map { "\($0.rawValue)" }.joined(separator: ","), request.sku,
                request.lotID,
            ], size: request.pageSize, token: request.pageToken)
        guard let order = Self.order(request.id) else { return ListClaimsResponse() }
        let list = ClaimList(
            brand: brand, order: order, states: request.status, sku: request.sku, lot: request.lotID)
        return try await self.answering(context) {
            let rows = try await self.changes.pool.query(list.command(page))
            let (claims, next) = page.page(try ClaimList.read(rows))
            return ListClaimsResponse(claims: claims, nextPageToken: next)
        }
    }

    /// The order that a list is of: inside nil, of all; nil: the id is none.
    private static func order(_ id: String) -> OrderID?? {
        guard !id.isEmpty else { return .some(nil) }
        return OrderID(id).map { .some($0) }
    }
}
