internal import Synchronization

/// Listens to what other sessions send with NOTIFY, on a connection of its own.
///
/// A notification is a hint and may be lost: with the connection, or because the reader is slow. The listener connects
/// again by itself, and says each time that something may have been missed. So a reader does the same thing for
/// ``Event/mayHaveMissed`` as at the start, and by a clock: it looks.
///
/// ```swift
/// let listener = try PostgresListener(configuration, channels: ["outbox"], on: reactor)
/// for await event in listener { await relay.look() }
/// ```
public final class PostgresListener: AsyncSequence, Sendable {
    /// What a reader is told.
    public enum Event: Hashable, Sendable {
        /// Another session sent this.
        case notification(PostgresNotification)
        /// From now on the channels are listened to, and what was sent before was perhaps not heard: after every
        /// connect, the first included, and when the reader was too slow.
        case mayHaveMissed
    }

    /// An event.
    public typealias Element = Event
    /// Reading ends, it does not fail.
    public typealias Failure = Never

    /// Different notifications that wait for the reader at the most; beyond them it is told ``Event/mayHaveMissed``.
    public static let maximumNotifications = 1_024
    /// The longest name of a channel, in bytes; the server would cut it.
    public static let maximumChannelBytes = 63

    let core: ListenerCore
    private let reactor: PostgresReactor

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - configuration: Where to; of its limits those of connecting and of the health check count.
    ///   - channels: One at least; as they stand, so case matters.
    /// - Throws: ``PostgresError`` with code `configuration` for a URL or a channel that cannot be.
    public init(
        _ configuration: PostgresConfiguration, channels: [String], on reactor: PostgresReactor
    ) throws(PostgresError) {
        guard !channels.isEmpty else { throw PostgresError(.configuration, "no channel to listen to is named") }
        for channel in channels { try Self.check(channel) }
        self.reactor = reactor
        let core = ListenerCore(
            configuration, try ConnectionParameters(url: configuration.url), Self.script(channels), reactor)
        self.core = core
        reactor.run { core.connect() }
    }

    /// Why the last attempt to connect failed; nil while it listens.
    public var lastFailure: PostgresError? { self.core.lastFailure }

    /// Closes the connection; the reader's sequence ends.
    public func shutDown() async {
        await withCheckedContinuation { continuation in
            self.reactor.run {
                self.core.shutDown()
                continuation.resume()
            }
        }
    }

    /// One reader at a time; a second one ends the first one's sequence.
    public func makeAsyncIterator() -> Iterator { Iterator(core: self.core) }

    /// Waits for one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let core: ListenerCore

        /// The next event; nil after ``PostgresListener/shutDown()``, or when the task is cancelled.
        public mutating func next() async -> Event? { await self.core.next() }
    }

    static func check(_ channel: String) throws(PostgresError) {
        let count = channel.utf8.count
        guard (1...Self.maximumChannelBytes).contains(count), !channel.utf8.contains(0) else {
            throw PostgresError(
                .configuration, "a channel's name has 1 to \(Self.maximumChannelBytes) bytes and no NUL, not \(count)")
        }
    }

    /// Names in quotes are taken as they are.
    static func script(_ channels: [String]) -> String {
        channels.map {
            "listen \"\($0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
        }
        .joined(separator: ";")
    }
}

extension PostgresPool {
    /// The most bytes of a notification's payload, by the server's own limit.
    public static let maximumPayloadBytes = 7_999

    /// Sends a notification, as a transaction of its own.
    ///
    /// Never within a transaction that changes something: the server takes one lock for all that notify, and so would
    /// commit them one after the other.
    ///
    /// - Throws: ``PostgresError``; `invalidParameter` for a name or a payload that is too long.
    public func notify(channel: String, payload: String = "") async throws(PostgresError) {
        do throws(PostgresError) {
            try PostgresListener.check(channel)
        } catch {
            throw .invalidParameter(error.message)
        }
        guard payload.utf8.count <= Self.maximumPayloadBytes else {
            throw .invalidParameter("a payload of more than \(Self.maximumPayloadBytes) bytes")
        }
        _ = try await self.query(Self.notification, channel, payload)
    }

    private static let notification = PostgresStatement("select pg_notify($1, $2)")
}
