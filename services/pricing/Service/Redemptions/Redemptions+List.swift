internal import Paging
internal import Postgres
internal import PricingDomain
public import PricingMessages
public import RPC

extension Redemptions {
    /// The redemptions of a page where the request names no number.
    static let defaultPageSize = 100

    /// Answers a redemption.
    public func getRedemption(_ request: GetRedemptionRequest, context: ServerContext) async throws -> Redemption {
        let brand = try self.brand(of: context.caller)
        return try await self.answering(context) {
            let rows = try await self.pool.query(RedemptionRows.one(request.redemptionID, of: brand))
            guard let found = try RedemptionRows.read(rows).first else {
                throw PricingRefusal.redemptionNotFound(request.redemptionID)
            }
            return found.message()
        }
    }

    /// Lists redemptions, the newest first; of a rule, of a customer, or of both.
    public func listRedemptions(
        _ request: ListRedemptionsRequest, context: ServerContext
    ) async throws -> ListRedemptionsResponse {
        let brand = try self.brand(of: context.caller)
        let question = PageToken.Question("listRedemptions", ["\(brand)", request.ruleID, request.customerID])
        var last = RedemptionList.Position.beforeFirst
        if !request.pageToken.isEmpty {
            guard let bytes = PageToken.position(request.pageToken, of: question),
                let position = RedemptionList.Position(bytes)
            else { throw RPCError.invalidPageToken }
            last = position
        }
        let size = request.pageSize == 0 ? Self.defaultPageSize : Int(request.pageSize)
        return try await self.answering(context) {
            let list = RedemptionList(ruleID: request.ruleID, customerID: request.customerID, brand: brand)
            // One more tells whether there is a further page.
            let found = try RedemptionRows.read(
                try await self.pool.query(list.page(after: last, limit: Int64(size) + 1)))
            let page = found.prefix(size)
            let next = found.count > size ? page.last.map { RedemptionList.Position($0) } : nil
            return ListRedemptionsResponse(
                redemptions: page.map { $0.message() },
                nextPageToken: next.map { PageToken.text($0.bytes, of: question) } ?? "")
        }
    }
}

/// Reads redemptions from the newest on.
struct RedemptionList: Sendable {
    /// Where a page ended.
    struct Position: Sendable {
        static let beforeFirst = Position(createdAt: .infinity, id: "")

        let createdAt: PostgresTimestamp
        let id: String

        private init(createdAt: PostgresTimestamp, id: String) {
            self.createdAt = createdAt
            self.id = id
        }

        init(_ redemption: StoredRedemption) { self.init(createdAt: redemption.createdAt, id: redemption.id) }

        init?(_ bytes: [UInt8]) {
            let parts = bytes.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let microseconds = Int64(String(decoding: parts[0], as: UTF8.self)) else {
                return nil
            }
            self.init(
                createdAt: PostgresTimestamp(microseconds: microseconds), id: String(decoding: parts[1], as: UTF8.self))
        }

        var bytes: [UInt8] { Array("\(self.createdAt.microseconds) \(self.id)".utf8) }
    }

    /// Empty: of all rules.
    let ruleID: String
    /// Empty: of all customers.
    let customerID: String
    let brand: PostgresUUID

    /// The command that reads so many redemptions, for `RedemptionRows.read(_:)`.
    func page(after last: Position, limit: Int64) -> PostgresCommand {
        switch (self.ruleID.isEmpty, self.customerID.isEmpty) {
        case (true, true): PostgresCommand(Self.all, self.brand, last.createdAt, last.id, limit)
        case (false, true):
            PostgresCommand(Self.ofRule, self.brand, last.createdAt, last.id, limit, self.ruleID)
        case (_, false):
            PostgresCommand(
                Self.ofCustomer, self.brand, last.createdAt, last.id, limit, self.customerID, self.ruleID)
        }
    }

    private static func statement(_ keys: StaticString) -> PostgresStatement {
        PostgresStatement(
            joining: [
                "with page as (", keys, ") select ", RedemptionRows.columns,
                """
                 from page p
                join redemption r on r.brand_id = $1 and r.redemption_id = p.redemption_id
                left join redemption_use u on u.brand_id = $1 and u.redemption_id = p.redemption_id
                order by r.created_at desc, r.redemption_id desc, u.part
                """,
            ], readOnly: true)
    }

    private static let all = Self.statement(
        """
        select redemption_id from redemption where brand_id = $1 and (created_at, redemption_id) < ($2, $3)
        order by created_at desc, redemption_id desc limit $4
        """)

    // A redemption may use a rule by several coupons.
    private static let ofRule = Self.statement(
        """
        select distinct created_at, redemption_id from redemption_use
        where brand_id = $1 and rule_id = $5 and (created_at, redemption_id) < ($2, $3)
        order by created_at desc, redemption_id desc limit $4
        """)

    private static let ofCustomer = Self.statement(
        """
        select redemption_id from redemption r
        where brand_id = $1 and customer_id = $5 and customer_id <> '' and (created_at, redemption_id) < ($2, $3)
            and ($6 = '' or exists (
                select 1 from redemption_use u
                where u.brand_id = $1 and u.redemption_id = r.redemption_id and u.rule_id = $6))
        order by created_at desc, redemption_id desc limit $4
        """)
}
