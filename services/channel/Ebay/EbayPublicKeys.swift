internal import ChannelAdapter
internal import Synchronization

/// The platform's public keys by where they were asked for and their ids, kept for an hour as the platform asks.
///
/// Who sends a notification is not known before its signature is verified, so an id that the platform does not know is
/// kept as well, for a while, and there is a limit to both, and to how often the platform is asked for new ones.
final class EbayPublicKeys: Sendable {
    /// Which key it is. Where keys are asked for is a setting of each connection, so what one is answered is nothing that
    /// others may believe.
    struct Name: Hashable, Sendable {
        /// Of the address that is asked.
        let base: String
        let id: String
    }

    private struct Entry {
        /// Nil: the platform has no such key.
        let key: EbayPublicKey?
        let until: Int64
    }

    private struct State {
        var entries: [Name: Entry] = [:]
        /// Bases that were asked for an id that had no key before, and until when that counts.
        var asked: [(base: String, until: Int64)] = []
    }

    private static let entryCount = 1_000
    private static let unknownSeconds: Int64 = 60

    private let state = Mutex(State())
    private let seconds: @Sendable () -> Int64

    /// - Parameter seconds: A clock that never goes back.
    init(seconds: @escaping @Sendable () -> Int64) { self.seconds = seconds }

    /// By the machine's clock, which goes on whatever the time of day is set to.
    convenience init() {
        let start = ContinuousClock.now
        self.init { start.duration(to: .now).components.seconds }
    }

    /// The key of a name; nil: it is not kept, or the platform has none.
    func key(_ name: Name) -> EbayPublicKey? { self.entry(name)?.key }

    /// Whether nothing is known of a name.
    func isMissing(_ name: Name) -> Bool { self.entry(name) == nil }

    private func entry(_ name: Name) -> Entry? {
        let now = self.seconds()
        return self.state.withLock { $0.entries[name] }.flatMap { now < $0.until ? $0 : nil }
    }

    /// Whether the platform may be asked for a name now; it counts as asked then. A key that was there before may always be
    /// renewed, however many others are asked for by whoever sends us what.
    func mayAsk(for name: Name) -> Bool {
        let now = self.seconds()
        return self.state.withLock { state in
            if state.entries[name]?.key != nil { return true }
            state.asked.removeAll { $0.until <= now }
            guard state.asked.count < Self.entryCount,
                state.asked.count(where: { $0.base == name.base }) < EbayLimits.newKeys
            else { return false }
            state.asked.append((name.base, now + Self.unknownSeconds))
            return true
        }
    }

    /// Keeps what the platform says of a name.
    ///
    /// - Parameter key: Nil: it has none.
    func keep(_ key: EbayPublicKey?, as name: Name) {
        let now = self.seconds()
        let until = now + (key == nil ? Self.unknownSeconds : EbayLimits.publicKeySeconds)
        self.state.withLock { state in
            if state.entries.count >= Self.entryCount {
                state.entries = state.entries.filter { now < $0.value.until && $0.value.key != nil }
                if state.entries.count >= Self.entryCount { state.entries = [:] }
            }
            state.entries[name] = Entry(key: key, until: until)
        }
    }
}

extension EbaySession {
    static let notification = "/commerce/notification/v1"

    /// What the platform answers of an id that it has no key for.
    private static let keyMissing: Set<String> = ["http-404", "195001"]

    /// Asks the platform for the key of a signature, where nothing is known of it.
    func fetchKey(_ id: String, into keys: EbayPublicKeys) async throws(PlatformFault) {
        let name = EbayPublicKeys.Name(base: try self.settings.get().base, id: id)
        guard keys.isMissing(name) else { return }
        guard keys.mayAsk(for: name) else {
            throw PlatformFault(
                .throttled, code: "keys-busy",
                "at most \(EbayLimits.newKeys) keys that are not known are asked for a minute",
                retryAfterMilliseconds: EbayLimits.throttleMilliseconds)
        }
        var call = EbayCall("GET", "\(Self.notification)/public_key/\(EbayURL.encoded(id))")
        call.owner = .application
        do throws(PlatformFault) {
            let body = try await self.call(call).body.get()
            guard let key = EbayPublicKey(body) else { throw .unreadable("the answer has no key that is known") }
            keys.keep(key, as: name)
        } catch {
            guard Self.keyMissing.contains(error.code) else { throw error }
            keys.keep(nil, as: name)
        }
    }
}
