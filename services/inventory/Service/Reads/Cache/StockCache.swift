internal import Events
internal import NIOCore
internal import Redis
internal import Synchronization

/// The answers to reads of stock in Redis, some of them in this process's own memory in front of it (``NearCache``), and the
/// rules by which none of them gets older than it may.
///
/// - Who misses an item leaves a token (``lease(_:in:)``), then reads the database, and puts what it read only where the
///   token still stands (``fill(_:with:)``).
/// - Who changes an item settles that after the commit (``settle(_:in:)``): the item goes, and any token. Nothing is put in
///   its place: most changes are followed by others before anybody reads, and in this process the new item is near.
/// - ``StockCacheFollower`` settles every change once more from the event log, so that one that was lost is made up for.
///
/// So whatever is read under a token is either as new as every change, or not put, or settled by the follower. To settle
/// twice, or late, costs a reading and does no harm.
///
/// What is near is settled behind what is in Redis: so whatever is read in Redis and then put near is as new as what was
/// settled there, or is settled once more.
///
/// All work is done on connections that know which process of Redis they talk to: what was begun with one is never carried
/// out in another. No function throws: that Redis is gone is a normal answer.
final class StockCache: Sendable {
    let limits: StockCacheLimits
    let freshness: CacheFreshness
    /// Nil: there is none, or the system has no room for it.
    let near: NearCache?
    private let client: RedisClient?
    private let group: any EventLoopGroup
    private let settled = Mutex(StockCacheSettled())

    /// - Parameters:
    ///   - client: The client of the cache; nil: what is near alone.
    ///   - group: The event loops that the client has its connections on.
    init(_ client: RedisClient?, on group: any EventLoopGroup, limits: StockCacheLimits = StockCacheLimits()) {
        self.client = client
        self.group = group
        self.limits = limits
        self.freshness = CacheFreshness(milliseconds: limits.staleMilliseconds)
        self.near = NearCache(byteCount: limits.nearBytes, lifetime: .milliseconds(Int64(limits.itemMilliseconds)))
    }

    /// The connection of an event loop, where there is one; see ``CacheFreshness`` for whether to use it.
    func connection(on eventLoop: any EventLoop) -> RedisConnection? { self.client?.connection(on: eventLoop) }

    /// Whether Redis answers, but does not say which process of it: the user may not ask for its run id. Without that a
    /// restart could not be noticed, so the cache is not used.
    func isAnonymous() async -> Bool {
        await self.onConnection { connection, answer in answer(connection.runID == nil) } ?? false
    }

    /// The process of Redis that answers now; nil where none does, or it does not say which it is.
    func epoch() async -> StockCacheEpoch? {
        await self.onConnection { connection, answer in
            answer(connection.runID.map { StockCacheEpoch(runID: $0) })
        } ?? nil
    }
}

// MARK: - Misses

/// The right to put items that were missed, for as long as nothing changes them.
struct StockCacheLease: Sendable {
    let epoch: StockCacheEpoch
    let token: [UInt8]
    /// The keys whose token was placed; the others are there already, or on somebody else's way.
    let keys: Set<StockKey>
}

extension StockCache {
    /// Leaves a token for each key that holds nothing.
    ///
    /// What is put later must have been read after this has returned.
    func lease(_ keys: [StockKey], in epoch: StockCacheEpoch) async -> StockCacheLease? {
        let token = StockCacheEntry.newToken()
        let milliseconds = self.limits.tokenMilliseconds
        let placed: [Bool]? =
            await self.onConnection { connection, answer in
                guard connection.runID == epoch.runID else { return answer(nil) }
                connection.enqueue { batch in
                    for key in keys { batch.append("SET", epoch.key(of: key), token, "NX", "PX", milliseconds) }
                } completion: { outcome in
                    guard let replies = try? outcome.get() else { return answer(nil) }
                    answer((0..<replies.count).map { replies[$0].kind == .text })
                }
            } ?? nil
        guard let placed else { return nil }
        return StockCacheLease(
            epoch: epoch, token: token, keys: Set(zip(keys, placed).lazy.filter(\.1).map(\.0)))
    }

    /// Puts items where their tokens still stand.
    ///
    /// - Parameter entries: By key; what the lease does not hold is left out.
    /// - Returns: Whether Redis has carried it out, whatever it put.
    @discardableResult
    func fill(_ lease: StockCacheLease, with entries: [(key: StockKey, entry: [UInt8])]) async -> Bool {
        let entries = entries.filter { lease.keys.contains($0.key) }
        let time = Array("\(self.limits.itemMilliseconds)".utf8)
        let pieces = self.pieces(of: entries) { piece in
            Piece(keys: piece.map(\.key), arguments: [lease.token, time] + piece.map(\.entry))
        }
        return await self.evaluate(StockCacheScripts.fill, pieces, in: lease.epoch)
    }
}

// MARK: - Changes

/// A change of an item that has been committed.
struct StockCacheChange: Sendable {
    let key: StockKey
    /// The item's version after the change.
    let version: Int64
    /// The item's entry, for what is near; nil: what is older just goes.
    var entry: [UInt8]?
}

extension StockCache {
    /// Settles committed changes.
    ///
    /// - Parameter epoch: The Redis in which they must be; nil: whichever is there.
    /// - Returns: Whether Redis has carried it out.
    @discardableResult
    func settle(_ changes: [StockCacheChange], in epoch: StockCacheEpoch? = nil) async -> Bool {
        guard !changes.isEmpty else { return true }
        return await self.onConnection { connection, answer in
            self.settle(changes, in: epoch, on: connection, answer)
        } ?? false
    }

    /// Settles changes that this process has just committed, and remembers where that was carried out. From any thread;
    /// returns at once.
    ///
    /// All of it is done on an event loop of ``group``: as a task it would be handed over four times, each time to a thread
    /// that must be woken.
    ///
    /// - Parameters:
    ///   - events: Those that tell of these changes and of nothing else; none: they are not known.
    ///   - changes: Tells the changes, on the event loop.
    ///   - completion: Called on the event loop when it is done, whether Redis carried it out or not.
    func settleOwn(
        events: [EventRange] = [], _ changes: @escaping @Sendable () -> [StockCacheChange],
        completion: @escaping @Sendable () -> Void = {}
    ) {
        let eventLoop = self.group.any()
        eventLoop.execute {
            let changes = changes()
            let followed = self.freshness.followed()
            // At once, as it costs nobody a wait; and again behind Redis, from which older ones may have come meanwhile.
            let tickets = self.near?.settle(changes)
            let settled = { (isSettled: Bool) in
                self.near?.settle(changes, unlessTicketsBeyond: tickets)
                if let followed, isSettled || followed.redis == nil {
                    self.settled.withLock { $0.settled(changes, events: events, in: followed) }
                }
                completion()
            }
            guard let connection = self.connection(on: eventLoop), connection.isReady else { return settled(false) }
            self.settle(changes, in: followed?.redis, on: connection, settled)
        }
    }

    /// Settles changes on a connection, on its event loop.
    private func settle(
        _ changes: [StockCacheChange], in epoch: StockCacheEpoch?, on connection: RedisConnection,
        _ answer: @escaping (Bool) -> Void
    ) {
        guard let runID = connection.runID, epoch == nil || epoch?.runID == runID else { return answer(false) }
        let epoch = epoch ?? StockCacheEpoch(runID: runID)
        connection.enqueue { batch in
            for keys in self.pieces(of: changes, { $0.map(\.key) }) {
                batch.begin("DEL", argumentCount: keys.count)
                epoch.appendKeys(keys, to: &batch)
            }
        } completion: { outcome in
            guard let replies = try? outcome.get() else { return answer(false) }
            answer((0..<replies.count).allSatisfy { replies[$0].error == nil })
        }
    }

    /// A cursor behind the events whose changes this process has settled by itself.
    func passingOwn(_ cursor: EventCursor, in followed: CacheFreshness.Followed) -> EventCursor {
        self.settled.withLock { $0.passing(cursor, in: followed) }
    }

    /// Settles changes that the event log tells of, but for those of this process that are settled already.
    ///
    /// - Returns: Whether it was carried out everywhere.
    func settleFollowed(_ changes: [StockCacheChange], in followed: CacheFreshness.Followed) async -> Bool {
        if let epoch = followed.redis {
            let unsettled = self.settled.withLock { $0.unsettled(of: changes, in: followed) }
            guard await self.settle(unsettled, in: epoch) else { return false }
        }
        self.near?.settle(changes)
        return true
    }
}

// MARK: - Scripts

extension StockCache {
    /// What one run of a script is told.
    private struct Piece: Sendable {
        var keys: [StockKey]
        var arguments: [[UInt8]]
    }

    /// Counts the runs that are still to end. Bound to the event loop.
    private final class Runs {
        private var remaining: Int
        private var areAllCarriedOut = true
        private let answer: (Bool) -> Void

        init(_ count: Int, answer: @escaping (Bool) -> Void) {
            self.remaining = count
            self.answer = answer
        }

        func ended(_ outcome: borrowing RedisOutcome) {
            self.remaining -= 1
            self.areAllCarriedOut = StockCache.isCarriedOut(outcome) && self.areAllCarriedOut
            if self.remaining == 0 { self.answer(self.areAllCarriedOut) }
        }
    }

    private static func isCarriedOut(_ outcome: borrowing RedisOutcome) -> Bool {
        guard let replies = try? outcome.get() else { return false }
        return replies[0].error == nil
    }

    private func pieces<Element, Made>(of elements: [Element], _ make: (ArraySlice<Element>) -> Made) -> [Made] {
        var pieces: [Made] = []
        var rest = elements[...]
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, self.limits.keysPerCommand))
            rest = rest.dropFirst(piece.count)
            pieces.append(make(piece))
        }
        return pieces
    }

    private func evaluate(_ script: RedisScript, _ pieces: [Piece], in required: StockCacheEpoch?) async -> Bool {
        guard !pieces.isEmpty else { return true }
        return await self.onConnection { connection, answer in
            guard let runID = connection.runID, required == nil || required?.runID == runID else {
                return answer(false)
            }
            let epoch = required ?? StockCacheEpoch(runID: runID)
            let runs = Runs(pieces.count, answer: answer)
            for piece in pieces {
                connection.evaluate(script, keys: piece.keys.map { epoch.key(of: $0) }, arguments: piece.arguments) {
                    runs.ended($0)
                }
            }
        } ?? false
    }

    /// Does something on a connection, on its event loop.
    ///
    /// - Parameter body: Calls back exactly once, with what it found.
    /// - Returns: Nil where there is no connection now.
    private func onConnection<Value: Sendable>(
        _ body: @escaping @Sendable (RedisConnection, @escaping (Value) -> Void) -> Void
    ) async -> Value? {
        let eventLoop = self.group.any()
        guard let connection = self.client?.connection(on: eventLoop) else { return nil }
        return await withUnsafeContinuation { (continuation: UnsafeContinuation<Value?, Never>) in
            eventLoop.execute {
                guard connection.isReady else { return continuation.resume(returning: nil) }
                body(connection) { continuation.resume(returning: $0) }
            }
        }
    }
}
