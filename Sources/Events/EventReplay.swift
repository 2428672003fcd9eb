internal import Buckets
public import Postgres

/// Which dead letters are to be replayed.
public struct EventReplayChoice: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case event(PostgresUUID)
        case range(EventRange)
        case subject(String)
        case all
    }

    var kind: Kind
    /// Only letters of this brand; nil: of all.
    public var brand: PostgresUUID?

    /// The event with an id.
    public static func event(_ id: PostgresUUID, of brand: PostgresUUID? = nil) -> Self {
        Self(kind: .event(id), brand: brand)
    }

    /// The events of a part of a bucket.
    public static func range(_ range: EventRange, of brand: PostgresUUID? = nil) -> Self {
        Self(kind: .range(range), brand: brand)
    }

    /// The events of a SKU, an order, or whatever events happen to.
    public static func subject(_ subject: String, of brand: PostgresUUID) -> Self {
        Self(kind: .subject(subject), brand: brand)
    }

    /// All letters.
    public static func all(of brand: PostgresUUID? = nil) -> Self { Self(kind: .all, brand: brand) }
}

/// What came of a replay.
public struct EventReplay: Hashable, Sendable {
    /// How many events had their effect now.
    public internal(set) var replayed = 0
    /// The letters whose events failed again, with the new reasons. Those of the same subjects behind them were not tried.
    public internal(set) var failed: [EventDeadLetter] = []
    /// Whether there was more than one replay takes: the same choice goes on where this one has ended.
    public internal(set) var hasMore = false
}

extension EventConsumer {
    /// The most letters that one replay takes.
    public static var maximumPerReplay: Int { 1_000 }

    /// Carries out the effect of events that were parked, in the order of the log.
    ///
    /// A replay takes whole subjects: of each event that was chosen, the subject's letters from the first on until one
    /// fails, so that their order is kept. Each has a transaction of its own, in which its letter goes; the bucket's other
    /// events wait meanwhile. A letter whose event fails again stays, with the new reason. Any copy of the service may
    /// replay, whoever holds the leases.
    ///
    /// - Throws: `PostgresError` where the letters cannot be read or written; what was replayed before stays so.
    public func replay(_ choice: EventReplayChoice) async throws -> EventReplay {
        let subjects = try await EventDeadLetters.subjects(choice, consumer: self.configuration.name, from: self.pool)
        var replay = EventReplay()
        replay.hasMore = subjects.count >= EventDeadLetters.maximumPerRead
        for (bucket, subjects) in Dictionary(grouping: subjects, by: \.bucket).sorted(by: { $0.key < $1.key }) {
            guard try await self.replay(bucket, Set(subjects.map(\.subject)), &replay) else {
                replay.hasMore = true
                break
            }
        }
        return replay
    }

    /// - Returns: Whether all letters of the subjects were dealt with.
    private func replay(
        _ bucket: Bucket, _ subjects: Set<EventSubject>, _ replay: inout EventReplay
    ) async throws -> Bool {
        var subjects = subjects
        var sequence: Int64 = 0
        while !subjects.isEmpty {
            let letters = try await EventDeadLetters.read(
                of: subjects, in: bucket, after: sequence, consumer: self.configuration.name, from: self.pool)
            // Only where there are none are all dealt with: some may have come behind the last one meanwhile.
            guard let last = letters.last else { return true }
            for letter in letters where subjects.contains(letter.recorded.subjectKey) {
                guard replay.replayed < Self.maximumPerReplay else { return false }
                guard try await !self.replay(letter, &replay) else { continue }
                subjects.remove(letter.recorded.subjectKey)
            }
            sequence = last.recorded.sequence
        }
        return true
    }

    /// - Returns: Whether the events behind the letter's may go on.
    private func replay(_ letter: EventDeadLetter, _ replay: inout EventReplay) async throws -> Bool {
        do {
            let commands = try await self.pool.withTransaction { transaction -> [PostgresCommand]? in
                guard try await EventDeadLetters.take(letter, consumer: self.configuration.name, transaction) else {
                    return nil
                }
                let commands = try await self.effect([letter.recorded], transaction)
                _ = try await transaction.commit(with: commands)
                return commands
            }
            guard let commands else { return false }
            replay.replayed += 1
            if !commands.isEmpty { self.news.committed() }
            return true
        } catch let error as PostgresError where error.retry != .never {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            var failed = letter
            failed.reason = EventDeadLetters.kept("\(error)")
            failed.tries += 1
            try await EventDeadLetters.keep(failed, consumer: self.configuration.name, in: self.pool)
            replay.failed.append(failed)
            return false
        }
    }
}
