internal import InventoryDomain
internal import InventoryMessages
internal import NIOCore
internal import NIOPosix
internal import Postgres
internal import ProtobufC
internal import RPC
internal import Redis
internal import ServiceKit

extension StockReads {
    typealias StockReplies = BatchReplies<InventoryMessages.StockItem>

    /// Answers all calls of one read of a connection: from this process's memory, what is not there with one MGET, and what
    /// that does not give from the database.
    ///
    /// Called on an event loop.
    func getStock(_ batch: borrowing Batch<GetStockRequest, InventoryMessages.StockItem>) {
        guard let eventLoop = MultiThreadedEventLoopGroup.currentEventLoop else {
            preconditionFailure("batches are handled on event loops")
        }
        var questions = StockQuestions(capacity: batch.count)
        var brand: PostgresUUID?
        for index in 0..<batch.count {
            if !batch.isOfSameCaller(index) { brand = PostgresUUID(batch.caller(index).brand) }
            if let brand {
                questions.append(brand, batch[index].sku, call: index)
            } else {
                batch.fail(index, .callerWithoutBrand)
            }
        }
        guard questions.count > 0 else { return }
        guard let near = self.cache?.near, self.cache?.freshness.followed() != nil else {
            return self.ask(StockMisses(all: questions), batch.deferRest(), on: eventLoop)
        }
        let misses = StockMisses(
            questions, near.answer(questions) { batch.respond(to: questions.call($0), encoded: $1) })
        if misses.count > 0 { self.ask(misses, batch.deferRest(), on: eventLoop) }
    }

    /// Asks Redis.
    private func ask(_ misses: StockMisses, _ replies: StockReplies, on eventLoop: any EventLoop) {
        guard let cache, let connection = cache.connection(on: eventLoop),
            let epoch = cache.freshness.epoch(of: connection.runID)
        else { return self.load(misses, 0..<misses.count, replies) }
        connection.enqueue { redis in
            redis.begin("MGET", argumentCount: misses.count)
            epoch.appendKeys(of: misses, to: &redis)
        } completion: { outcome in
            guard let values = try? outcome.get(), values[0].count == misses.count,
                // What was fresh when it was asked for may not be any more.
                cache.freshness.epoch(of: epoch.runID) != nil
            else { return self.load(misses, 0..<misses.count, replies) }
            self.answer(misses, replies, from: values[0])
        }
    }

    private func answer(_ misses: StockMisses, _ replies: StockReplies, from values: borrowing RedisReplyView) {
        var missing: [Int] = []
        var found: [NearCache.Entry] = []
        for index in 0..<misses.count {
            let entry = values[index].bytes
            if StockCacheEntry.holdsAnswer(entry) {
                replies.respond(
                    to: misses.call(index), encoded: entry.extracting(droppingFirst: StockCacheEntry.headerBytes))
                if misses.ticket != nil, let key = try? misses.key(index) {
                    let bytes = entry.withUnsafeBytes { Array($0) }
                    found.append(NearCache.Entry(position: index, key: key, entry: bytes))
                }
            } else {
                missing.append(index)
            }
        }
        if let ticket = misses.ticket { self.cache?.near?.fill(found, under: ticket) }
        if !missing.isEmpty { self.load(misses, missing, replies) }
    }

    /// Answers from the database.
    private func load(_ misses: StockMisses, _ indices: some Collection<Int>, _ replies: StockReplies) {
        let answers = StockCallAnswers(replies)
        var requests: [(key: StockKey, waiter: StockLoader.Waiter)] = []
        requests.reserveCapacity(indices.count)
        for index in indices {
            let call = misses.call(index)
            do throws(InvalidValue) {
                requests.append((try misses.key(index), StockLoader.Waiter(answers: answers, call: call)))
            } catch {
                replies.fail(call, RPCError(field: "sku", error.reason, expected: error.expected))
            }
        }
        self.loader.load(requests)
    }
}
