internal import Synchronization

/// Access tokens of accounts that platforms give for some time, kept until shortly before they end.
///
/// Sessions are made for each piece of work, so what outlives them belongs to the adapter: an adapter of a platform with
/// such tokens holds one of these. A token is asked for once however many calls wait for it, and a failure is told to all
/// that waited and is not kept. It says nothing of what is wanted or sent, and forgetting all of it costs one call each.
public final class AccessTokens: Sendable {
    /// Whose token it is and for what.
    public struct Key: Hashable, Sendable {
        /// The account: a digest of what the token is asked for with, so that new credentials never get an old token.
        public var account: String
        /// What it is good for; empty: for all.
        public var scope: String

        /// A key with both of its parts.
        public init(account: String, scope: String = "") {
            self.account = account
            self.scope = scope
        }
    }

    /// What a platform gave.
    public struct Grant: Hashable, Sendable {
        /// To be sent with calls; never logged.
        public var token: String
        /// How long it is good, in seconds, as the platform says.
        public var seconds: Int64

        /// A grant with both of its parts.
        public init(token: String, seconds: Int64) {
            self.token = token
            self.seconds = seconds
        }
    }

    /// How long before its end a token is not used any more, in milliseconds: a call with it may take so long.
    static let marginMilliseconds: Int64 = 60_000
    /// The longest that a token is kept, in seconds, whatever the platform says.
    static let maximumSeconds: Int64 = 86_400
    /// The most accounts whose tokens are kept.
    static let maximumAccounts = 10_000

    private typealias Asking = Task<Result<Grant, PlatformFault>, Never>

    private struct Entry {
        var asking: Asking
        /// Tells a later asking for the same key from this one.
        let number: UInt64
        /// Of the clock, in milliseconds; nil: it is still asked for.
        var goodUntil: Int64?
        var token: String?
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var number: UInt64 = 0
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Int64

    /// Tokens by the machine's clock, which goes on whatever the time of day is set to.
    public convenience init() {
        let start = ContinuousClock.now
        self.init { Int64(start.duration(to: .now) / .milliseconds(1)) }
    }

    /// Tokens by another clock.
    ///
    /// - Parameter now: Milliseconds since whenever; never less than before.
    public init(now: @escaping @Sendable () -> Int64) { self.now = now }

    /// The token of a key: the one that is kept, or one that is asked for now.
    ///
    /// - Parameter ask: Asks the platform; not called while another call asks for the same key. It goes on when the caller
    ///   is cancelled, as others may wait for it.
    /// - Throws: What `ask` throws.
    public func token(
        _ key: Key, ask: @escaping @Sendable () async throws(PlatformFault) -> Grant
    ) async throws(PlatformFault) -> String {
        let now = self.now()
        let (asking, number) = self.state.withLock { state -> (Asking, UInt64) in
            if let entry = state.entries[key], entry.goodUntil.map({ now < $0 }) ?? true {
                return (entry.asking, entry.number)
            }
            Self.makeRoom(in: &state, now)
            state.number += 1
            let asking = Asking {
                do throws(PlatformFault) {
                    return .success(try await ask())
                } catch {
                    return .failure(error)
                }
            }
            state.entries[key] = Entry(asking: asking, number: state.number)
            return (asking, state.number)
        }
        let result = await asking.value
        self.noteAnswer(result, to: key, number)
        return try result.get().token
    }

    /// Forgets a token that the platform refuses; one that was asked for since stays.
    public func forget(_ token: String, of key: Key) {
        self.state.withLock { state in
            if state.entries[key]?.token == token { state.entries[key] = nil }
        }
    }

    private func noteAnswer(_ result: Result<Grant, PlatformFault>, to key: Key, _ number: UInt64) {
        let now = self.now()
        self.state.withLock { state in
            guard let entry = state.entries[key], entry.number == number, entry.goodUntil == nil else { return }
            switch result {
            case .failure: state.entries[key] = nil
            case .success(let grant):
                let seconds = min(max(0, grant.seconds), Self.maximumSeconds)
                state.entries[key]?.goodUntil = now + seconds * 1_000 - Self.marginMilliseconds
                state.entries[key]?.token = grant.token
            }
        }
    }

    /// Tokens that have ended go first; where all are good, one of them goes, and is asked for again.
    private static func makeRoom(in state: inout State, _ now: Int64) {
        guard state.entries.count >= Self.maximumAccounts else { return }
        state.entries = state.entries.filter { $0.value.goodUntil.map { now < $0 } ?? true }
        while state.entries.count >= Self.maximumAccounts,
            let key = state.entries.first(where: { $0.value.goodUntil != nil })?.key
        {
            state.entries[key] = nil
        }
    }
}

/// Whatever prints them prints no token.
extension AccessTokens: CustomReflectable {
    /// Without what is within.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
