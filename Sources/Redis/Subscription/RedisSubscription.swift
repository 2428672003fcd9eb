internal import Logging
internal import NIOCore

/// What a subscription brings.
public enum RedisSubscriptionEvent: Hashable, Sendable {
    /// A message was published.
    case message(RedisMessage)
    /// The subscription stands from here on; what was published before may have been missed. It comes first, after every
    /// reconnect, and where messages were dropped because they were not taken fast enough.
    case mayHaveMissed
}

/// A message that was published to a channel.
public struct RedisMessage: Hashable, Sendable {
    /// The channel that it was published to.
    public var channel: String
    /// The pattern that the channel matched, where it was subscribed by one.
    public var pattern: String?
    /// What was published.
    public var payload: [UInt8]

    /// A message, for tests of those who take them.
    public init(channel: String, pattern: String? = nil, payload: [UInt8]) {
        self.channel = channel
        self.pattern = pattern
        self.payload = payload
    }
}

/// Channels that are listened to over a connection of their own, which is made anew by itself.
///
/// Redis keeps nothing for those who are not there: ``RedisSubscriptionEvent/mayHaveMissed`` says when to look for what
/// may have been missed. One task takes the events; the connection is closed when the subscription is dropped,
/// cancelled, or the task that waits for an event is.
public final class RedisSubscription: AsyncSequence, Sendable {
    /// Takes the events, and none twice: all iterators share them.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let subscription: RedisSubscription

        /// The next event; `nil` once the subscription is cancelled, or this task.
        public mutating func next() async -> RedisSubscriptionEvent? { await self.subscription.next() }

        /// The next event; `nil` once the subscription is cancelled, or this task.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> RedisSubscriptionEvent? {
            await self.subscription.next()
        }
    }

    private let events: SubscriptionEvents
    private let connection: SubscriptionConnection

    init(_ events: SubscriptionEvents, _ connection: SubscriptionConnection) {
        self.events = events
        self.connection = connection
    }

    deinit { self.cancel() }

    /// Takes the events.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: self) }

    /// Closes the connection; events that are there already can still be taken.
    public func cancel() {
        self.events.finish()
        self.connection.shutDown()
    }

    private func next() async -> RedisSubscriptionEvent? {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { self.events.take($0) }
        } onCancel: {
            self.cancel()
        }
    }
}

extension RedisClient {
    /// Listens to channels.
    ///
    /// - Parameters:
    ///   - channels: Their names.
    ///   - patterns: Patterns of names, such as `price.*`.
    ///   - maximumBufferedEvents: Events that may wait to be taken. When more come, all that wait are dropped and
    ///     ``RedisSubscriptionEvent/mayHaveMissed`` takes their place.
    /// - Throws: ``RedisError`` with code `configuration` where there is nothing to listen to.
    public func subscribe(
        to channels: [String], patterns: [String] = [], maximumBufferedEvents: Int = 1_024
    ) throws(RedisError) -> RedisSubscription {
        guard !channels.isEmpty || !patterns.isEmpty else {
            throw RedisError(.configuration, "a subscription needs a channel or a pattern")
        }
        let events = SubscriptionEvents(maximumCount: maximumBufferedEvents)
        let connection = SubscriptionConnection(
            self.configuration, self.connector, channels: channels, patterns: patterns, events,
            on: self.group.any(), self.logger)
        connection.start()
        return RedisSubscription(events, connection)
    }
}
