internal import ChannelAdapter
internal import FileFormats
internal import Synchronization

/// What the platform says of how many calls of a day are left, by interface.
struct EbayQuotaReading: Hashable, Sendable {
    /// An interface of the platform.
    struct API: Hashable, Sendable, CustomStringConvertible {
        /// "sell", "commerce".
        let context: String
        /// "inventory", "taxonomy".
        let name: String

        init(context: String, name: String) {
            self.context = context.lowercased()
            self.name = name.lowercased()
        }

        /// The interface of a path; nil: one that quotas are not read for.
        init?(path: String) {
            let parts = path.prefix { $0 != "?" }.split(separator: "/").prefix(2)
            guard parts.count == 2, ["sell", "commerce"].contains(parts[0]) else { return nil }
            self.init(context: String(parts[0]), name: String(parts[1]))
        }

        var description: String { "\(self.context)/\(self.name)" }
    }

    /// Until when the quota of each of an interface's resources is used up, in microseconds since 1970; nil: it is not.
    private var ends: [API: [Int64?]] = [:]

    /// Reads an answer; what of it cannot be read is left out.
    ///
    /// - Parameter now: When it came, in microseconds since 1970. Nothing that it says counts for longer than
    ///   ``EbayLimits/quotaMicroseconds``.
    init(_ body: JSONValue, at now: Int64) {
        let last = now + EbayLimits.quotaMicroseconds
        for entry in body["rateLimits"]?.elements ?? [] {
            guard let context = entry["apiContext"]?.text, let name = entry["apiName"]?.text else { continue }
            for resource in entry["resources"]?.elements ?? [] {
                self.ends[API(context: context, name: name), default: []].append(
                    Self.end(of: resource).map { min($0, last) })
            }
        }
    }

    /// Each of a resource's rates must be left for a call, so the last of those that are not decides.
    private static func end(of resource: JSONValue) -> Int64? {
        (resource["rates"]?.elements ?? []).compactMap { rate -> Int64? in
            guard let remaining = rate["remaining"]?.integer, remaining <= 0 else { return nil }
            return rate["reset"]?.text.flatMap { PlatformTime.microseconds($0) }
        }.max()
    }

    /// Until when a call that was just refused for its number is to wait: the platform does not say which resource it
    /// belongs to, so until the first of those that are used up is not; nil: none is.
    func end(ofRefused api: API, at now: Int64) -> Int64? {
        (self.ends[api] ?? []).compactMap { $0 }.filter { now < $0 }.min()
    }

    /// Until when no call of an interface would be taken; nil: some are.
    func end(of api: API, at now: Int64) -> Int64? {
        guard let ends = self.ends[api], ends.allSatisfy({ $0.map { now < $0 } ?? false }) else { return nil }
        return ends.compactMap { $0 }.min()
    }
}

/// What was read of quotas, by whose they are: an application's, or a seller's with it.
///
/// Quotas are read where the platform refuses a call for its number without saying for how long, and every so often beside
/// calls, so that most learn of a quota that is used up before they are refused.
final class EbayQuotas: Sendable {
    private struct Entry {
        /// Nil: nothing was read yet.
        var reading: EbayQuotaReading?
        /// Nil: they are not being read.
        var asking: Task<EbayQuotaReading?, Never>?
        /// When they were asked for last, in microseconds since 1970.
        var askedAt: Int64?
        /// When they are to be read again though nothing was refused.
        var dueAt: Int64
    }

    /// The most accounts that something is kept of.
    static let maximumAccounts = 10_000

    private let entries = Mutex<[AccessTokens.Key: Entry]>([:])

    /// Until when no call of an interface would be taken, as far as is known; nil: some are.
    func end(of api: EbayQuotaReading.API, _ keys: [AccessTokens.Key], at now: Int64) -> Int64? {
        self.entries.withLock { entries in
            keys.compactMap { entries[$0]?.reading?.end(of: api, at: now) }.max()
        }
    }

    /// What the platform says of quotas: what was read within ``EbayLimits/quotaFreshMicroseconds``, or what is read now, once
    /// however many calls wait for it.
    ///
    /// - Parameter ask: Reads them; nil: they could not be read.
    /// - Returns: Nil: they could not be read.
    func reading(
        of key: AccessTokens.Key, at now: Int64, ask: @escaping @Sendable () async -> EbayQuotaReading?
    ) async -> EbayQuotaReading? {
        let (asking, known) = self.entries.withLock { entries -> (Task<EbayQuotaReading?, Never>?, EbayQuotaReading?) in
            Self.makeRoom(in: &entries, for: key)
            let entry = entries[key]
            if let asking = entry?.asking { return (asking, nil) }
            if let askedAt = entry?.askedAt, (0..<EbayLimits.quotaFreshMicroseconds).contains(now - askedAt) {
                return (nil, entry?.reading)
            }
            return (self.begin(key, in: &entries, at: now, ask), nil)
        }
        guard let asking else { return known }
        return await asking.value
    }

    /// Begins to read quotas where it is time to, and waits for nothing. The first time is
    /// ``EbayLimits/quotaPauseMicroseconds`` after the first call.
    func readIfDue(
        _ key: AccessTokens.Key, at now: Int64, ask: @escaping @Sendable () async -> EbayQuotaReading?
    ) {
        self.entries.withLock { entries in
            guard let entry = entries[key] else {
                Self.makeRoom(in: &entries, for: key)
                entries[key] = Entry(dueAt: now + EbayLimits.quotaPauseMicroseconds)
                return
            }
            guard entry.asking == nil, entry.dueAt <= now else { return }
            _ = self.begin(key, in: &entries, at: now, ask)
        }
    }

    private func begin(
        _ key: AccessTokens.Key, in entries: inout [AccessTokens.Key: Entry], at now: Int64,
        _ ask: @escaping @Sendable () async -> EbayQuotaReading?
    ) -> Task<EbayQuotaReading?, Never> {
        let asking = Task { () -> EbayQuotaReading? in
            let reading = await ask()
            self.entries.withLock { entries in
                entries[key]?.asking = nil
                if let reading { entries[key]?.reading = reading }
            }
            return reading
        }
        entries[key] = Entry(
            reading: entries[key]?.reading, asking: asking, askedAt: now, dueAt: now + EbayLimits.quotaPauseMicroseconds
        )
        return asking
    }

    private static func makeRoom(in entries: inout [AccessTokens.Key: Entry], for key: AccessTokens.Key) {
        guard entries[key] == nil, entries.count >= Self.maximumAccounts else { return }
        entries = entries.filter { $0.value.asking != nil }
    }
}
