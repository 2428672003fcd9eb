internal import Logging
internal import NIOCore

/// The connection of one subscription. Bound to the event loop.
///
/// It greets the server like any other; then it subscribes, and from there on everything that comes is a message, a
/// confirmation or a sign of life.
///
/// `@unchecked`: everything that changes is touched on the event loop only.
final class SubscriptionConnection: @unchecked Sendable {
    private let configuration: RedisConfiguration
    private let connector: ChannelConnector
    private let channels: [String]
    private let patterns: [String]
    private let events: SubscriptionEvents
    private let eventLoop: any EventLoop
    private let logger: Logger
    private let timer: CommandTimer
    private var machine: ConnectionMachine<Answer>
    private var handler: RedisChannelHandler<SubscriptionConnection>?
    /// The confirmations that are still to come.
    private var missingConfirmations = 0
    private var hasHeardSincePing = true

    init(
        _ configuration: RedisConfiguration, _ connector: ChannelConnector, channels: [String], patterns: [String],
        _ events: SubscriptionEvents, on eventLoop: any EventLoop, _ logger: Logger
    ) {
        self.configuration = configuration
        self.connector = connector
        self.channels = channels
        self.patterns = patterns
        self.events = events
        self.eventLoop = eventLoop
        self.logger = logger
        self.timer = CommandTimer(eventLoop)
        self.machine = ConnectionMachine(configuration)
        self.timer.onFire = { [weak self] in self?.timerFired($0) }
    }

    /// Connects. From any thread.
    func start() { self.eventLoop.execute { self.connect() } }

    /// Closes for ever. From any thread.
    func shutDown() {
        self.eventLoop.execute {
            _ = self.machine.shutDown()
            self.timer.stop()
            self.handler?.close()
            self.handler = nil
        }
    }

    private func connect() {
        guard self.machine.connect() else { return }
        let limit = self.configuration.replyLimit
        self.connector.connect(on: self.eventLoop) {
            let handler = RedisChannelHandler(self, maximumReplyBytes: limit)
            self.handler = handler
            return handler
        }
        .assumeIsolated()
        .whenFailure { error in
            guard self.machine.state == .connecting else { return }
            self.lost(RedisError(.unavailable, "cannot connect: \(error)"))
        }
    }

    private func lost(_ error: RedisError) {
        self.handler = nil
        self.timer.stop()
        var random = SystemRandomNumberGenerator()
        let loss = self.machine.lost(error, using: &random)
        if loss.isFirst {
            self.logger.warning(
                "no subscription to Redis", metadata: ["redis": "\(self.configuration)", "error": "\(error)"])
        }
        guard let milliseconds = loss.retryMilliseconds else { return }
        self.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in self?.connect() }
    }

    private func subscribe() {
        var batch = RedisBatch()
        if !self.channels.isEmpty { batch.append("SUBSCRIBE", arguments: self.channels) }
        if !self.patterns.isEmpty { batch.append("PSUBSCRIBE", arguments: self.patterns) }
        self.missingConfirmations = self.channels.count + self.patterns.count
        self.hasHeardSincePing = true
        self.handler?.send(&batch)
        self.timer.stop()
        self.timer.arm(.now() + .milliseconds(Int64(self.configuration.connectMilliseconds)))
    }

    private func timerFired(_ now: NIODeadline) -> NIODeadline? {
        if self.machine.state == .connecting {
            switch self.machine.timerFired(now) {
            case .rest: return nil
            case .wait(let deadline): return deadline
            case .expired: break
            }
        } else if self.missingConfirmations == 0, self.hasHeardSincePing {
            self.hasHeardSincePing = false
            var ping = RedisBatch()
            ping.append("PING")
            self.handler?.send(&ping)
            return now + .milliseconds(Int64(self.configuration.keepaliveMilliseconds))
        }
        self.handler?.fail(RedisError(.timedOut, "the server gave no sign of life in time"))
        return nil
    }
}

extension SubscriptionConnection: RedisChannelOwner {
    func channelActive(_ handler: RedisChannelHandler<SubscriptionConnection>) {
        guard self.handler === handler, self.machine.state == .connecting else { return handler.close() }
        let deadline = NIODeadline.now() + .milliseconds(Int64(self.configuration.connectMilliseconds))
        var batch = Greeting(self.configuration).batch
        let answer = Answer.completion { [unowned self] in self.greeted($0) }
        self.machine.sent(
            answer, commandCount: batch.count, byteCount: batch.bytes.readableBytes, deadline: deadline)
        handler.send(&batch)
        self.timer.arm(deadline)
    }

    private func greeted(_ outcome: borrowing RedisOutcome) {
        guard self.machine.state == .connecting else { return }
        do throws(RedisError) {
            _ = try Greeting.runID(from: outcome)
            if self.machine.becameReady() {
                self.logger.info("subscribed to Redis again", metadata: ["redis": "\(self.configuration)"])
            }
            self.subscribe()
        } catch {
            self.handler?.fail(error)
        }
    }

    func received(_ handler: RedisChannelHandler<SubscriptionConnection>, _ block: ReplyBlock) -> Bool {
        if self.machine.state == .connecting {
            guard case .complete(let answer) = self.machine.replied() else { return true }
            answer.complete(RedisOutcome(block))
        } else {
            self.hasHeardSincePing = true
            let violation = self.take(RedisReplies(block)[0].copy())
            if let violation { handler.fail(violation) }
        }
        block.removeAll()
        return true
    }

    /// - Returns: What is wrong with it.
    private func take(_ reply: RedisReply) -> RedisError? {
        if case .error(let error) = reply { return error }
        guard case .array(let parts) = reply, let kind = try? parts.first?.string() else {
            return RedisError(.protocolViolation, "the server sent \(reply.kind) to a subscription")
        }
        switch (kind, parts.count) {
        case ("message", 3): self.put(channel: parts[1], pattern: nil, payload: parts[2])
        case ("pmessage", 4): self.put(channel: parts[2], pattern: parts[1], payload: parts[3])
        case ("subscribe", 3), ("psubscribe", 3): self.confirmed()
        default: break
        }
        return nil
    }

    private func put(channel: RedisReply, pattern: RedisReply?, payload: RedisReply) {
        guard case .bytes(let bytes) = payload, case .bytes(let name) = channel else { return }
        let message = RedisMessage(
            channel: String(decoding: name, as: UTF8.self), pattern: try? pattern?.string(), payload: bytes)
        self.events.put(.message(message))
    }

    private func confirmed() {
        self.missingConfirmations -= 1
        guard self.missingConfirmations == 0 else { return }
        self.timer.stop()
        self.timer.arm(.now() + .milliseconds(Int64(self.configuration.keepaliveMilliseconds)))
        self.events.put(.mayHaveMissed)
    }

    func readEnded(_ handler: RedisChannelHandler<SubscriptionConnection>) {}

    func channelFailed(_ handler: RedisChannelHandler<SubscriptionConnection>, _ error: RedisError) {
        guard self.handler === handler else { return }
        self.lost(error)
    }
}
