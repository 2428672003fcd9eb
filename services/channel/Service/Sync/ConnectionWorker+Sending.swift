internal import ChannelAdapter
internal import ChannelDomain
internal import ChannelMessages
internal import Crypto
internal import Leasing
internal import Logging
internal import Postgres
internal import Refusals

extension ConnectionWorker {
    /// Sends rows in one call, and writes down what became of them.
    func carryOut(
        _ works: [DueWork], kind: SyncKind, lane: SyncLane, on connection: SyncConnection,
        _ permit: QuotaPlanner.Permit
    ) async throws {
        let skus = works.map(\.row.sku)
        do {
            let stale = try await self.send(works, kind: kind, on: connection, permit)
            // Who holds a wrong belief cannot send before it is put right: that is as urgent as the row.
            if !stale.isEmpty { try await self.readAgain(stale, lane: lane, on: connection) }
            self.ended(skus)
        } catch {
            self.ended(skus)
            throw error
        }
    }

    /// - Returns: SKUs that the platform has another number of than thought.
    private func send(
        _ works: [DueWork], kind: SyncKind, on connection: SyncConnection, _ permit: QuotaPlanner.Permit
    ) async throws -> [String] {
        let contents = kind == .content ? try await self.contents(works, on: connection) : [:]
        let skus = kind == .content ? contents.keys.sorted() : works.map(\.row.sku)
        let begun =
            skus.isEmpty
            ? nil : try await self.outcomes.begin(skus, kind: kind, contents: contents)
        guard let attempt = begun else {
            await self.quota.settle(permit, observations: [], fault: nil)
            self.unsent()
            return []
        }
        try await self.parts.faults.reach(.recorded)
        let session = connection.adapter.session(connection.account, transport: self.parts.transport)
        let answer = await Self.push(attempt, kind, contents, connection.adapter.platform, session)
        try await self.parts.faults.reach(.answered)
        let endings = try await self.end(attempt, kind: kind, answer)
        try await self.answered(permit, answer.quotas, fault: answer.commonFault)
        try await self.parts.faults.reach(.ended)
        self.log(endings, of: attempt, kind)
        return zip(attempt.works, endings).compactMap { work, ending in
            if case .failed(let failure) = ending, failure.isStale { work.row.sku } else { nil }
        }
    }

    static func push(
        _ attempt: Outcomes.Attempt, _ kind: SyncKind, _ contents: [String: MadeContent],
        _ platform: PlatformDescription, _ session: any PlatformSession, isBulk: Bool = false
    ) async -> PushAnswer {
        let key = attempt.key
        switch kind {
        case .price:
            let rows = attempt.works.map {
                PriceRow(listing: $0.reference, micros: $0.price ?? 0, currency: $0.currency)
            }
            return isBulk
                ? await session.pushPricesInBulk(rows, key: key) : await session.pushPrices(rows, key: key)
        case .content:
            let rows = attempt.works.compactMap { contents[$0.row.sku]?.row }
            return isBulk
                ? await session.pushContentInBulk(rows, key: key) : await session.pushContent(rows, key: key)
        default:
            let rows = attempt.works.map {
                StockRow(
                    listing: $0.reference, quantity: $0.quantity,
                    expected: platform.sellsFromShelf && platform.pushSettleSeconds == nil ? $0.shelf : nil)
            }
            return isBulk ? await session.pushStockInBulk(rows, key: key) : await session.pushStock(rows, key: key)
        }
    }

    nonisolated func log(_ endings: [RowEnding], of attempt: Outcomes.Attempt, _ kind: SyncKind) {
        let failures = endings.compactMap { ending in
            if case .failed(let failure) = ending { failure } else { nil }
        }
        guard let first = failures.first(where: { $0.status == .refused }) ?? failures.first else { return }
        self.parts.logger.notice(
            "a platform did not take rows",
            metadata: self.metadata([
                "kind": "\(kind)", "rows": "\(endings.count)", "failed": "\(failures.count)", "code": "\(first.code)",
            ]))
    }

    // MARK: Contents

    /// The contents that are to be sent; what is there already, and what cannot be made, is noted and left out.
    func contents(
        _ works: [DueWork], on connection: SyncConnection
    ) async throws -> [String: MadeContent] {
        var made: [String: MadeContent] = [:]
        var same: [DueWork] = []
        var refused: [(DueWork, String)] = []
        var postponed: [(DueWork, String)] = []
        for work in works {
            do {
                guard
                    let row = try await self.parts.content.content(
                        work.reference, overrides: work.overrides, of: connection)
                else {
                    refused.append((work, "there is no such product, or it is not to be listed"))
                    continue
                }
                let hash = Self.hash(row)
                if hash == work.shelfContent {
                    same.append(work)
                } else {
                    made[work.row.sku] = MadeContent(row: row, hash: hash, revision: work.row.revision)
                }
            } catch let refusal as ChannelRefusal {
                refused.append((work, refusal.description))
            } catch let error where !error.endsWork {
                postponed.append((work, "\(error)"))
            }
        }
        try await self.settle(same, refused, kind: .content, code: "mapping-invalid")
        try await self.postpone(postponed, kind: .content)
        return made
    }

    /// Notes rows that need not, or cannot, be sent.
    private func settle(
        _ same: [DueWork], _ refused: [(DueWork, String)], kind: SyncKind, code: String
    ) async throws {
        let works = same + refused.map(\.0)
        guard !works.isEmpty else { return }
        let endings =
            same.map { _ in RowEnding.done }
            + refused.map { _, reason in
                RowEnding.failed(
                    RowEnding.Failure(
                        status: .refused, delayMilliseconds: nil, groupLimit: 0, code: code,
                        message: String(reason.prefix(SyncLimits.errorBytes))))
            }
        var settled = works
        for index in same.indices { settled[index].row.content = settled[index].shelfContent }
        try await self.outcomes.end(Outcomes.Attempt(works: settled, key: ""), kind: kind, endings: endings)
    }

    /// Another service could not be asked: rows are tried again in a while, and hold up nobody else.
    private func postpone(_ works: [(DueWork, String)], kind: SyncKind) async throws {
        guard !works.isEmpty else { return }
        let endings = works.map { work, reason in
            RowEnding.failed(
                RowEnding.Failure(
                    status: .retrying,
                    delayMilliseconds: SyncLimits.askAgainMilliseconds
                        + Backoff.milliseconds(
                            tries: Int64(work.row.tries) + 1, chance: .random(in: 0...1),
                            limit: Backoff.longestShelfMilliseconds),
                    tries: 1, groupLimit: work.row.groupLimit, code: "not-asked",
                    message: String(reason.prefix(SyncLimits.errorBytes))))
        }
        try await self.outcomes.end(
            Outcomes.Attempt(works: works.map(\.0), key: ""), kind: kind, endings: endings)
    }

    private static func hash(_ row: ContentRow) -> String {
        var hash = SHA256()
        for value in row.values {
            hash.update(data: Array(value.target.utf8) + [0xFF] + Array(value.value.utf8) + [0xFF])
        }
        return hash.finalize().prefix(16).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    // MARK: Prices

    /// Asks what listings are to cost, and writes it down.
    func price(_ works: [DueWork], on connection: SyncConnection) async throws {
        let skus = works.map(\.row.sku)
        do {
            let prices = try await self.parts.prices.prices(of: skus, on: connection)
            let known = works.compactMap { work in prices[work.row.sku].map { (work, $0) } }
            let isSame = { (work: DueWork, price: UnitPrice) in
                work.shelfPrice == price.micros && work.shelfCurrency == price.currency
            }
            var same: [DueWork] = []
            for (work, price) in known where isSame(work, price) {
                var work = work
                (work.price, work.currency) = (price.micros, price.currency)
                same.append(work)
            }
            let unknown = works.filter { prices[$0.row.sku] == nil }.map { ($0, "pricing has no price for it") }
            try await self.settle(same, unknown, kind: .price, code: "no-price")
            try await PriceWork.want(
                known.filter { !isSame($0, $1) }, on: self.key, in: self.parts.pool, under: self.lease)
        } catch let error where !error.endsWork {
            do {
                try await self.postpone(works.map { ($0, "\(error)") }, kind: .price)
            } catch {
                self.ended(skus)
                throw error
            }
        } catch {
            self.ended(skus)
            throw error
        }
        self.ended(skus)
    }

    // MARK: Order tasks

    /// Carries out one order task.
    func carryOutOrderTask(_ tasks: any OrderTaskWork, on connection: SyncConnection) async throws {
        let session = connection.adapter.session(connection.account, transport: self.parts.transport)
        do {
            _ = try await tasks.carryOutOne(of: connection, session: session, quota: self.quota, lease: self.lease)
            self.endedOrderTask()
        } catch {
            self.endedOrderTask()
            throw error
        }
    }
}

extension Error {
    /// Whether a worker cannot go on: the database or the lease is at fault, or it is to end.
    fileprivate var endsWork: Bool { self is PostgresError || self is LeaseError || self is CancellationError }
}

extension SyncKind {
    /// The kind of call that it needs.
    var operation: String {
        switch self {
        case .price: "price"
        case .content: "content"
        default: "stock"
        }
    }

    /// The kind that needs a kind of call; nil: none does.
    init?(operation: String) {
        switch operation {
        case "stock": self = .stock
        case "price": self = .price
        case "content": self = .content
        default: return nil
        }
    }
}
