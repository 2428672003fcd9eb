import NIOCore
import Redis

/// What came of the GETs.
struct Counts: Sendable {
    var gets = 0
    var errors = 0

    mutating func add(_ other: Counts) {
        self.gets += other.gets
        self.errors += other.errors
    }
}

/// Closed loops: each asks again when it has its answer, until the time is over.
struct Load: Sendable {
    let form: Form
    let outstanding: Int
    let keys: Int
    let deadline: NIODeadline

    init(_ options: RedisBench, until deadline: NIODeadline) {
        self.form = options.form
        self.outstanding = options.outstanding
        self.keys = options.keys
        self.deadline = deadline
    }

    func run(_ clients: [RedisClient], on eventLoop: any EventLoop) async throws -> Counts {
        switch self.form {
        case .await: try await self.awaiting(clients, on: LoopExecutor(eventLoop))
        case .awaitElsewhere: try await self.awaiting(clients, on: nil)
        case .batch, .mget, .fill: try await self.batches(clients, on: eventLoop)
        }
    }

    private func batches(_ clients: [RedisClient], on eventLoop: any EventLoop) async throws -> Counts {
        let loops = clients.enumerated().map { index, client in
            eventLoop.flatSubmit { () -> EventLoopFuture<Counts> in
                let promise = eventLoop.makePromise(of: Counts.self)
                guard let connection = client.connection(on: eventLoop) else {
                    promise.succeed(Counts(gets: 0, errors: 1))
                    return promise.futureResult
                }
                BatchLoop(connection, self, seed: UInt64(index), promise).next()
                return promise.futureResult
            }
        }
        var counts = Counts()
        for loop in loops { counts.add(try await loop.get()) }
        return counts
    }

    private func awaiting(_ clients: [RedisClient], on executor: LoopExecutor?) async throws -> Counts {
        await withTaskGroup(of: Counts.self) { group in
            for index in 0..<(clients.count * self.outstanding) {
                let client = clients[index % clients.count]
                group.addTask(executorPreference: executor) { await self.awaitingLoop(client, seed: UInt64(index)) }
            }
            return await group.reduce(into: Counts()) { $0.add($1) }
        }
    }

    private func awaitingLoop(_ client: RedisClient, seed: UInt64) async -> Counts {
        var counts = Counts()
        var keys = Keys(count: self.keys, seed: seed)
        repeat {
            // The clock is read once in a while: a caller has better things to do.
            for _ in 0..<16 {
                do throws(RedisError) {
                    let value = try await client.get(Keys.bytes(keys.next()))
                    counts.gets += 1
                    if value?.count != Keys.valueBytes { counts.errors += 1 }
                } catch {
                    counts.errors += 1
                }
            }
        } while NIODeadline.now() < self.deadline
        return counts
    }
}

/// One connection's batches. Bound to the event loop.
final class BatchLoop {
    private let connection: RedisConnection
    private let load: Load
    private let promise: EventLoopPromise<Counts>
    private var keys: Keys
    private var counts = Counts()

    init(_ connection: RedisConnection, _ load: Load, seed: UInt64, _ promise: EventLoopPromise<Counts>) {
        self.connection = connection
        self.load = load
        self.promise = promise
        self.keys = Keys(count: load.keys, seed: seed)
    }

    func next() {
        guard NIODeadline.now() < self.load.deadline else { return self.promise.succeed(self.counts) }
        self.connection.enqueue {
            self.encode(&$0)
        } completion: {
            self.received($0)
            self.next()
        }
    }

    private func encode(_ batch: inout RedisBatch) {
        let outstanding = self.load.outstanding
        if self.load.form == .mget { batch.begin("MGET", argumentCount: outstanding) }
        for _ in 0..<outstanding {
            if self.load.form == .batch { batch.begin("GET", argumentCount: 1) }
            let number = self.keys.next()
            batch.appendArgument(byteCount: Keys.byteCount) { Keys.write(number, to: $0) }
        }
    }

    private func received(_ outcome: borrowing RedisOutcome) {
        self.counts.gets += self.load.outstanding
        guard let replies = try? outcome.get() else {
            self.counts.errors += self.load.outstanding
            return
        }
        if self.load.form == .mget {
            let reply = replies[0]
            for index in 0..<reply.count where reply[index].bytes.byteCount != Keys.valueBytes {
                self.counts.errors += 1
            }
        } else {
            for index in 0..<replies.count where replies[index].bytes.byteCount != Keys.valueBytes {
                self.counts.errors += 1
            }
        }
    }
}
