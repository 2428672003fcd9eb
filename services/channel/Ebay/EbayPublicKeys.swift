internal import ChannelAdapter
internal import Synchronization

/// The platform's public keys by their ids, kept for an hour as the platform asks.
///
/// Who sends a notification is not known before its signature is verified, so an id that the platform does not know is
/// kept as well, for a while, and there is a limit to both.
final class EbayPublicKeys: Sendable {
    private struct Entry {
        /// Nil: the platform has no such key.
        let key: EbayPublicKey?
        let until: Int64
    }

    private static let entryCount = 1_000
    private static let unknownSeconds: Int64 = 60

    private let entries = Mutex<[String: Entry]>([:])
    private let seconds: @Sendable () -> Int64

    /// - Parameter seconds: A clock that never goes back.
    init(seconds: @escaping @Sendable () -> Int64) { self.seconds = seconds }

    /// By the machine's clock, which goes on whatever the time of day is set to.
    convenience init() {
        let start = ContinuousClock.now
        self.init { start.duration(to: .now).components.seconds }
    }

    /// The key of an id; nil: it is not kept, or the platform has none.
    func key(_ id: String) -> EbayPublicKey? { self.entry(id)?.key }

    /// Whether nothing is known of an id.
    func isMissing(_ id: String) -> Bool { self.entry(id) == nil }

    private func entry(_ id: String) -> Entry? {
        let now = self.seconds()
        return self.entries.withLock { $0[id] }.flatMap { now < $0.until ? $0 : nil }
    }

    /// Keeps what the platform says of an id.
    ///
    /// - Parameter key: Nil: it has none.
    func keep(_ key: EbayPublicKey?, as id: String) {
        let now = self.seconds()
        let until = now + (key == nil ? Self.unknownSeconds : EbayLimits.publicKeySeconds)
        self.entries.withLock { entries in
            if entries.count >= Self.entryCount {
                entries = entries.filter { now < $0.value.until && $0.value.key != nil }
                if entries.count >= Self.entryCount { entries = [:] }
            }
            entries[id] = Entry(key: key, until: until)
        }
    }
}

extension EbaySession {
    static let notification = "/commerce/notification/v1"

    /// Asks the platform for the key of a signature, where nothing is known of it.
    func fetchKey(_ id: String, into keys: EbayPublicKeys) async throws(PlatformFault) {
        guard keys.isMissing(id) else { return }
        var call = EbayCall("GET", "\(Self.notification)/public_key/\(EbayURL.encoded(id))")
        call.owner = .application
        do throws(PlatformFault) {
            let body = try await self.call(call).body.get()
            guard let key = EbayPublicKey(body) else { throw .unreadable("the answer has no key that is known") }
            keys.keep(key, as: id)
        } catch {
            guard error.kind == .refused else { throw error }
            keys.keep(nil, as: id)
        }
    }
}
