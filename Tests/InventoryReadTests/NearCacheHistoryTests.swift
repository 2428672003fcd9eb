import NIOCore
import TestSupport
import Testing

@testable import InventoryService

/// What one process holds beside models of the database and of Redis: readers, own commits, other copies' commits, a follower
/// and changes of Redis, step by step in random order.
private struct NearHistory {
    /// A process of Redis: what it has of each item, and how far the log is known to be settled in it.
    private struct Redis {
        var versions: [Int64?]
        var cursors: [Int64]
    }

    private struct Item {
        let key: StockKey
        /// The database's version.
        var committed: Int64 = 1
        /// The least version that may be shown: the follower has come so far.
        var settled: Int64 = 1
        /// How far the follower has read.
        var cursor: Int64 = 1
        /// Versions after the cursor that this process has settled by itself, see ``StockCacheSettled``.
        var own: Set<Int64> = []
    }

    /// Somebody who has missed an item.
    private struct Reader {
        let item: Int
        let ticket: NearCache.Ticket
        /// The Redis that it asks; nil: the database.
        let redis: Int?
        var version: Int64?
    }

    private struct OwnCommit {
        enum Step {
            case begun, settledNear
            case settledRedis(isCarriedOut: Bool)
            case settledNearAgain
        }

        let item: Int
        let version: Int64
        /// What was followed when it began.
        let followed: Int?
        var step = Step.begun
        /// How many tickets had been given when the near cache was settled.
        var tickets: UInt64 = 0
        var isCarriedOut = false
    }

    private enum Pass {
        case none
        /// Up to where the log was when the pass began.
        case begun(end: [Int64])
        case settledRedis(end: [Int64])
        case settledNear
    }

    private static let maximumReaders = 8

    private let near: NearCache
    private var random: SeededGenerator
    private var items: [Item]
    private var redis: [Redis]
    /// The Redis that the follower follows, and that readers may believe; nil: none.
    private var followed = 0
    private var fresh: Int? = 0
    private var ownFollowed = 0
    private var pass = Pass.none
    private var readers: [Reader] = []
    private var ownCommits: [OwnCommit] = []
    private var lateWrites: [(item: Int, version: Int64)] = []
    private(set) var shownCount = 0
    private(set) var passedCount = 0

    init(seed: UInt64) throws {
        self.near = try #require(NearCache(byteCount: 1 << 16, lifetime: .minutes(10)))
        self.random = SeededGenerator(seed: seed)
        self.items = try (0..<4).map { Item(key: try .test("S\($0)")) }
        self.redis = [Redis(versions: Array(repeating: nil, count: 4), cursors: [1, 1, 1, 1])]
    }

    private func change(_ item: Int, _ version: Int64, withEntry: Bool) throws -> StockCacheChange {
        // Some of another shape than the version before.
        try self.items[item].key.change(version, locations: Int(version % 5 / 3) + 1, withEntry: withEntry)
    }

    mutating func step() throws {
        switch Int.random(in: 0..<64, using: &self.random) {
        case 0..<14: try self.miss()
        case 14..<28: self.read()
        case 28..<40: try self.fill()
        case 40..<43: self.commit()
        case 43..<57: try self.advanceOwnCommit()
        case 57: self.settleLateWrite()
        case 58..<62: try self.advancePass()
        case 62: if self.random.isOne(in: 4) { self.flush() }
        default: if self.random.isOne(in: 4) { self.changeRedis() }
        }
    }

    // MARK: Readers

    private mutating func miss() throws {
        let item = Int.random(in: self.items.indices, using: &self.random)
        let misses = self.near.answer(try StockQuestions([self.items[item].key])) { _, _ in }
        // Many would mostly be late.
        if self.readers.count == Self.maximumReaders { self.readers.remove(at: 0) }
        guard !misses.questions.isEmpty else { return }
        let asked = self.random.isOne(in: 3) ? nil : self.fresh
        self.readers.append(Reader(item: item, ticket: misses.ticket, redis: asked))
    }

    /// Redis gives what it has, which the process may have settled a newer version than; the database gives the newest, and that
    /// gets into Redis.
    private mutating func read() {
        guard
            let index = self.readers.indices.filter({ self.readers[$0].version == nil }).randomElement(
                using: &self.random)
        else { return }
        let reader = self.readers[index]
        if let asked = reader.redis {
            guard let version = self.redis[asked].versions[reader.item] else {
                self.readers.remove(at: index)
                return
            }
            self.readers[index].version = version
        } else {
            self.readers[index].version = self.items[reader.item].committed
            guard let fresh, self.redis[fresh].versions[reader.item] == nil else { return }
            self.redis[fresh].versions[reader.item] = self.items[reader.item].committed
        }
    }

    private mutating func fill() throws {
        guard let index = self.readers.indices.randomElement(using: &self.random),
            let version = self.readers[index].version
        else { return }
        let reader = self.readers.remove(at: index)
        // What was fresh when it was asked for may not be any more.
        guard reader.redis == nil || reader.redis == self.fresh else { return }
        let change = try self.change(reader.item, version, withEntry: true)
        self.near.fill(
            [NearCache.Entry(position: 0, key: change.key, entry: try #require(change.entry))], under: reader.ticket)
    }

    // MARK: Writers

    private mutating func commit() {
        let item = Int.random(in: self.items.indices, using: &self.random)
        self.items[item].committed += 1
        let version = self.items[item].committed
        if !self.random.isOne(in: 4) {
            self.ownCommits.append(OwnCommit(item: item, version: version, followed: self.fresh))
        } else {
            self.lateWrites.append((item, version))
        }
    }

    /// One of the steps of ``StockCache/settleOwn(events:_:completion:)``.
    private mutating func advanceOwnCommit() throws {
        guard let index = self.ownCommits.indices.randomElement(using: &self.random) else { return }
        let commit = self.ownCommits[index]
        let change = try self.change(commit.item, commit.version, withEntry: Bool.random(using: &self.random))
        switch commit.step {
        case .begun:
            self.ownCommits[index].tickets = self.near.settle([change])
            self.ownCommits[index].step = .settledNear
        case .settledNear:
            let reached = self.random.isOne(in: 8) ? nil : commit.followed
            if let reached { self.settle(commit.item, commit.version, withEntry: change.entry != nil, in: reached) }
            self.ownCommits[index].step = .settledRedis(isCarriedOut: reached != nil)
        case .settledRedis(let isCarriedOut):
            self.near.settle([change], unlessTicketsBeyond: commit.tickets)
            self.ownCommits[index].step = .settledNearAgain
            self.ownCommits[index].isCarriedOut = isCarriedOut
        case .settledNearAgain:
            self.ownCommits.remove(at: index)
            if commit.isCarriedOut, let followed = commit.followed { self.remember(commit, in: followed) }
        }
    }

    private mutating func remember(_ commit: OwnCommit, in followed: Int) {
        if self.ownFollowed != followed {
            self.ownFollowed = followed
            for item in self.items.indices { self.items[item].own = [] }
        }
        self.items[commit.item].own.insert(commit.version)
    }

    /// Another copy's write-through comes, in any order, or is lost.
    private mutating func settleLateWrite() {
        guard let index = self.lateWrites.indices.randomElement(using: &self.random) else { return }
        let write = self.lateWrites.remove(at: index)
        guard Bool.random(using: &self.random), let redis = self.redis.indices.randomElement(using: &self.random)
        else { return }
        self.settle(write.item, write.version, withEntry: Bool.random(using: &self.random), in: redis)
    }

    private mutating func settle(_ item: Int, _ version: Int64, withEntry: Bool, in redis: Int) {
        guard let old = self.redis[redis].versions[item], old < version else { return }
        self.redis[redis].versions[item] = withEntry ? version : nil
    }

    // MARK: Follower

    /// One of the steps of a pass of ``StockCacheFollower``.
    private mutating func advancePass() throws {
        switch self.pass {
        case .none:
            self.passOwn()
            self.pass = .begun(end: self.items.map(\.committed))
        case .begun(let end):
            for item in self.items.indices where self.items[item].cursor < end[item] {
                self.settle(item, end[item], withEntry: false, in: self.followed)
            }
            self.pass = .settledRedis(end: end)
        case .settledRedis(let end):
            for item in self.items.indices where self.items[item].cursor < end[item] {
                self.near.settle([try self.change(item, end[item], withEntry: false)])
                self.items[item].cursor = end[item]
                self.items[item].settled = max(self.items[item].settled, end[item])
            }
            self.pass = .settledNear
        case .settledNear:
            self.fresh = self.followed
            self.redis[self.followed].cursors = self.items.map(\.cursor)
            self.pass = .none
        }
    }

    /// Moves on over what this process has settled by itself, without reading it.
    private mutating func passOwn() {
        guard self.ownFollowed == self.followed else { return }
        for item in self.items.indices {
            while self.items[item].own.remove(self.items[item].cursor + 1) != nil {
                self.items[item].cursor += 1
                self.passedCount += 1
            }
            self.items[item].settled = max(self.items[item].settled, self.items[item].cursor)
        }
    }

    // MARK: Redis

    private mutating func flush() {
        guard let redis = self.redis.indices.randomElement(using: &self.random) else { return }
        self.redis[redis].versions = self.items.map { _ in nil }
    }

    /// Another process of Redis is there, or one of before again; readers may still be connected to the last one.
    private mutating func changeRedis() {
        if self.redis.count == 1 || self.random.isOne(in: 3) {
            self.redis.append(Redis(versions: self.items.map { _ in nil }, cursors: self.items.map(\.committed)))
            self.followed = self.redis.count - 1
        } else {
            self.followed = Int.random(in: self.redis.indices, using: &self.random)
        }
        self.pass = .none
        self.fresh = nil
        self.near.removeAll()
        for item in self.items.indices {
            self.items[item].cursor = self.redis[self.followed].cursors[item]
            self.items[item].settled = self.items[item].committed
        }
    }

    // MARK: Checks

    /// What is shown now is no older than what the follower has settled.
    mutating func check(_ step: Int) throws {
        for item in self.items {
            guard let shown = try self.near.shownVersion(item.key) else { continue }
            self.shownCount += 1
            #expect(shown >= item.settled, "step \(step): \(shown) is shown, \(item.settled) was settled")
            #expect(shown <= item.committed)
        }
    }
}

@Suite("Random histories of what a process holds", .timeLimit(.minutes(5))) struct NearCacheHistoryTests {
    @Test("whatever comes late or never, nothing older than what was settled is shown")
    func histories() throws {
        let seed = testSeed("NearCacheHistoryTests")
        var (shownCount, passedCount) = (0, 0)
        for number in 0..<20 {
            var history = try NearHistory(seed: seed &+ UInt64(number))
            for step in 0..<2_000 {
                try history.step()
                try history.check(step)
            }
            shownCount += history.shownCount
            passedCount += history.passedCount
        }
        #expect(shownCount > 10_000)
        #expect(passedCount > 100)
    }
}
