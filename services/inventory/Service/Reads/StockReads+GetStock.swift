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

    /// Answers all calls of one read of a connection: with one MGET, and what that does not give from the database.
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
        self.ask(questions, batch.deferRest(), on: eventLoop)
    }

    private func ask(_ questions: StockQuestions, _ replies: StockReplies, on eventLoop: any EventLoop) {
        guard let cache, let connection = cache.connection(on: eventLoop),
            let epoch = cache.freshness.epoch(of: connection.runID)
        else { return self.load(questions, 0..<questions.count, replies) }
        connection.enqueue { redis in
            redis.begin("MGET", argumentCount: questions.count)
            epoch.appendKeys(of: questions, to: &redis)
        } completion: { outcome in
            guard let values = try? outcome.get(), values[0].count == questions.count,
                // What was fresh when it was asked for may not be any more.
                cache.freshness.epoch(of: epoch.runID) != nil
            else { return self.load(questions, 0..<questions.count, replies) }
            self.answer(questions, replies, from: values[0])
        }
    }

    private func answer(
        _ questions: StockQuestions, _ replies: StockReplies, from values: borrowing RedisReplyView
    ) {
        var missing: [Int] = []
        for index in 0..<questions.count {
            let entry = values[index].bytes
            if StockCacheEntry.holdsAnswer(entry) {
                replies.respond(
                    to: questions.call(index), encoded: entry.extracting(droppingFirst: StockCacheEntry.headerBytes))
            } else {
                missing.append(index)
            }
        }
        if !missing.isEmpty { self.load(questions, missing, replies) }
    }

    /// Answers from the database.
    private func load(_ questions: StockQuestions, _ indices: some Collection<Int>, _ replies: StockReplies) {
        let answers = StockCallAnswers(replies)
        var requests: [(key: StockKey, waiter: StockLoader.Waiter)] = []
        requests.reserveCapacity(indices.count)
        for index in indices {
            let call = questions.call(index)
            do throws(InvalidValue) {
                requests.append((try questions.key(index), StockLoader.Waiter(answers: answers, call: call)))
            } catch {
                replies.fail(call, RPCError(field: "sku", error.reason, expected: error.expected))
            }
        }
        self.loader.load(requests)
    }
}
