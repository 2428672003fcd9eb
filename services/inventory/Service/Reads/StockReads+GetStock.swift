internal import InventoryDomain
internal import InventoryMessages
internal import NIOCore
internal import NIOPosix
internal import Postgres
internal import ProtobufC
internal import RPC
internal import Redis

/// A call for the stock of one SKU whose answer is still to come.
struct StockCall: Sendable {
    let brand: PostgresUUID
    let sku: String
    let reply: Reply<InventoryMessages.StockItem>
}

extension StockReads {
    /// Answers all calls of one read of a connection: with one MGET, and what that does not give from the database.
    ///
    /// Called on an event loop.
    func getStock(_ batch: borrowing Batch<GetStockRequest, InventoryMessages.StockItem>) {
        guard let eventLoop = MultiThreadedEventLoopGroup.currentEventLoop else {
            preconditionFailure("batches are handled on event loops")
        }
        var brands = CallerBrands()
        var calls: [StockCall] = []
        calls.reserveCapacity(batch.count)
        for index in 0..<batch.count {
            guard let brand = brands.brand(of: batch.caller(index)) else {
                batch.fail(index, .callerWithoutBrand)
                continue
            }
            calls.append(StockCall(brand: brand, sku: String(copying: batch[index].sku), reply: batch.defer(index)))
        }
        guard !calls.isEmpty else { return }
        self.ask(calls, on: eventLoop)
    }

    private func ask(_ calls: [StockCall], on eventLoop: any EventLoop) {
        guard let cache, let connection = cache.connection(on: eventLoop),
            let epoch = cache.freshness.epoch(of: connection.runID)
        else { return self.load(calls, on: eventLoop) }
        connection.enqueue { redis in
            redis.begin("MGET", argumentCount: calls.count)
            for call in calls { epoch.append(call.brand, call.sku, to: &redis) }
        } completion: { outcome in
            guard let replies = try? outcome.get(), replies[0].count == calls.count,
                // What was fresh when it was asked for may not be any more.
                cache.freshness.epoch(of: epoch.runID) != nil
            else { return self.load(calls, on: eventLoop) }
            self.answer(calls, from: replies[0], on: eventLoop)
        }
    }

    private func answer(_ calls: [StockCall], from values: borrowing RedisReplyView, on eventLoop: any EventLoop) {
        var missing: [StockCall] = []
        for (index, call) in calls.enumerated() {
            let entry = values[index].bytes
            if StockCacheEntry.holdsAnswer(entry) {
                call.reply.respond(encoded: entry.extracting(droppingFirst: StockCacheEntry.headerBytes))
            } else {
                missing.append(call)
            }
        }
        if !missing.isEmpty { self.load(missing, on: eventLoop) }
    }

    /// Answers from the database.
    private func load(_ calls: [StockCall], on eventLoop: any EventLoop) {
        let answers = StockCallAnswers(on: eventLoop)
        var requests: [(key: StockKey, waiter: StockLoader.Waiter)] = []
        requests.reserveCapacity(calls.count)
        for call in calls {
            do throws(InvalidValue) {
                let key = StockKey(brand: call.brand, sku: try SKU(call.sku))
                requests.append((key, { answers.give($0, to: call.reply) }))
            } catch {
                call.reply.fail(RPCError(field: "sku", error.reason, expected: error.expected))
            }
        }
        self.loader.load(requests)
    }
}

/// Reads the brands of callers, most of whom have the one of the call before.
private struct CallerBrands {
    private var last: (text: String, brand: PostgresUUID)?

    mutating func brand(of caller: CallerIdentity) -> PostgresUUID? {
        if let last, last.text == caller.brand { return last.brand }
        guard let brand = PostgresUUID(caller.brand) else { return nil }
        self.last = (caller.brand, brand)
        return brand
    }
}
