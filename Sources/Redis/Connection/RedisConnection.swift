internal import Logging
public import NIOCore
internal import Synchronization

/// A client's connection on one event loop, for handlers that run there already: no task, no hop between threads, and
/// replies that are read where they lie.
///
/// What is handed in during one tick of the loop goes out in one write. While there is no connection every batch fails at
/// once; it connects anew by itself.
///
/// `@unchecked`: everything that changes is touched on the event loop only, but for ``inbox``, which has its lock.
public final class RedisConnection: @unchecked Sendable {
    /// More bytes than this do not wait for the end of the tick.
    private static let flushThresholdBytes = 262_144

    /// The loop that all must be called on.
    public let eventLoop: any EventLoop
    /// The run id of the server's process that answers here; `nil` before the first connection, and where the user may
    /// not ask for it. What is known of a server's contents belongs to one run id.
    public private(set) var runID: String?

    private let configuration: RedisConfiguration
    private let connector: ChannelConnector
    private let server: ServerIdentity
    private let logger: Logger
    private let greeting: Greeting
    private let commandTimeout: TimeAmount
    private let timer: CommandTimer
    private var machine: ConnectionMachine<Answer>
    private var handler: RedisChannelHandler<RedisConnection>?
    private var outbound = RedisBatch()
    private var isFlushScheduled = false
    private var isEncoding = false
    private var readyWaiters: [(RedisError?) -> Void] = []
    private let inbox = Mutex<[Submission]>([])

    /// A batch from another thread.
    private struct Submission: Sendable {
        var batch: RedisBatch
        var waiter: Waiter
    }

    init(
        _ configuration: RedisConfiguration, _ connector: ChannelConnector, _ server: ServerIdentity,
        on eventLoop: any EventLoop, _ logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.connector = connector
        self.server = server
        self.logger = logger
        self.greeting = Greeting(configuration)
        self.commandTimeout = .milliseconds(Int64(configuration.commandMilliseconds))
        self.timer = CommandTimer(eventLoop)
        self.machine = ConnectionMachine(configuration)
        self.timer.onFire = { [weak self] in self?.timerFired($0) }
    }

    /// Whether batches are taken now.
    public var isReady: Bool {
        self.eventLoop.preconditionInEventLoop()
        return self.machine.state == .ready
    }
}

// MARK: - Batches

extension RedisConnection {
    /// Sends commands, and calls back once when all their replies are there, or none will come.
    ///
    /// Where nothing can be sent, because there is no connection or too much waits already, the completion is called
    /// before this returns. Otherwise it is called on this loop, within the read that brought the last reply.
    ///
    /// - Parameters:
    ///   - encode: Adds the commands, straight to what is about to be sent. It must not use the connection itself.
    ///   - completion: Told the replies, or why there are none. Errors that the server answers are replies.
    @inline(__always)
    public func enqueue(
        _ encode: (inout RedisBatch) -> Void, completion: @escaping (borrowing RedisOutcome) -> Void
    ) {
        self.eventLoop.preconditionInEventLoop()
        self.enqueue(.completion(completion), encode)
    }

    /// Runs a script by its digest, and by its source where the server does not have it.
    ///
    /// - Parameters:
    ///   - keys: All keys that the script touches.
    ///   - arguments: What else it is told.
    ///   - completion: Told one reply, as ``enqueue(_:completion:)`` says.
    public func evaluate<Key: RedisArgument, Argument: RedisArgument>(
        _ script: RedisScript, keys: [Key], arguments: [Argument],
        completion: @escaping (borrowing RedisOutcome) -> Void
    ) {
        self.enqueue {
            $0.append(script, keys: keys, arguments: arguments)
        } completion: { [weak self] outcome in
            guard let self, let replies = try? outcome.get(), replies[0].error?.word == "NOSCRIPT" else {
                return completion(outcome)
            }
            self.enqueue({ $0.appendCall("EVAL", script.source, keys, arguments) }, completion: completion)
        }
    }

    private func enqueue(_ answer: Answer, _ encode: (inout RedisBatch) -> Void) {
        guard !self.isEncoding else {
            let error = RedisError(.invalidCommand, "a batch was handed in while another one was being encoded")
            return answer.complete(RedisOutcome(failure: error))
        }
        let mark = self.outbound.mark
        // While there is no connection, encoding would be in vain.
        if self.machine.state == .ready {
            self.isEncoding = true
            encode(&self.outbound)
            self.isEncoding = false
        }
        let commandCount = self.outbound.count &- mark.count
        let byteCount = self.outbound.mark.byteCount &- mark.byteCount
        let refusal = self.outbound.fault ?? self.machine.refusal(commandCount: commandCount, byteCount: byteCount)
        if let refusal {
            self.outbound.goBack(to: mark)
            return answer.complete(RedisOutcome(failure: refusal))
        }
        guard commandCount > 0 else { return answer.complete(RedisOutcome(ReplyBlock())) }
        self.sent(answer, commandCount, byteCount, .now() + self.commandTimeout)
    }

    @inline(__always)
    private func sent(_ answer: Answer, _ commandCount: Int, _ byteCount: Int, _ deadline: NIODeadline) {
        self.machine.sent(answer, commandCount: commandCount, byteCount: byteCount, deadline: deadline)
        self.timer.arm(deadline)
        if self.outbound.mark.byteCount >= RedisConnection.flushThresholdBytes {
            self.flush()
        } else if !self.isFlushScheduled {
            self.isFlushScheduled = true
            self.eventLoop.execute { self.flush() }
        }
    }

    private func flush() {
        self.isFlushScheduled = false
        guard self.outbound.count > 0, let handler = self.handler else { return }
        // A write may find the connection broken, and so fail batches whose completions hand in others: they must find
        // this one gone.
        var batch = RedisBatch()
        swap(&batch, &self.outbound)
        handler.send(&batch)
        if self.outbound.count == 0 { self.outbound = batch }
    }
}

// MARK: - From other threads

extension RedisConnection {
    /// Sends commands for a task, from any thread. On the event loop they are encoded where they are sent from.
    func submit(_ waiter: Waiter, _ encode: (inout RedisBatch) -> Void) {
        guard !self.eventLoop.inEventLoop else { return self.place(waiter, encode) }
        var batch = RedisBatch()
        encode(&batch)
        let submission = Submission(batch: batch, waiter: waiter)
        let limit = self.configuration.maximumPendingCommands
        let waiting = self.inbox.withLock { inbox in
            guard inbox.count < limit else { return limit + 1 }
            inbox.append(submission)
            return inbox.count
        }
        if waiting > limit {
            let error = RedisError(.queueFull, "\(limit) batches wait for the event loop; no more may")
            self.eventLoop.execute {
                if waiter.begin() { waiter.complete(RedisOutcome(failure: error)) }
            }
        } else if waiting == 1 {
            self.eventLoop.execute { self.takeIn() }
        }
    }

    /// Tells a task at once that it was cancelled. From any thread.
    func cancel(_ waiter: Waiter) { self.eventLoop.execute { waiter.cancel() } }

    private func takeIn() {
        let submissions = self.inbox.withLock { inbox in
            let taken = inbox
            inbox = []
            return taken
        }
        for submission in submissions { self.place(submission.waiter) { $0.append(submission.batch) } }
    }

    private func place(_ waiter: Waiter, _ encode: (inout RedisBatch) -> Void) {
        guard waiter.begin() else { return }
        self.enqueue(.waiter(waiter), encode)
    }
}

// MARK: - The connection itself

extension RedisConnection {
    /// Connects if nothing has begun to. From any thread.
    func start() { self.eventLoop.execute { self.connect() } }

    /// Calls back when the connection is ready, or at the first failure. From any thread.
    func whenReady(_ body: @escaping @Sendable (RedisError?) -> Void) {
        self.eventLoop.execute {
            switch self.machine.state {
            case .ready: body(nil)
            case .idle, .connecting: self.readyWaiters.append(body)
            case .broken, .shutDown: body(self.machine.refusal(commandCount: 1, byteCount: 0))
            }
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
        self.outbound.clear()
        self.timer.stop()
        var random = SystemRandomNumberGenerator()
        let loss = self.machine.lost(error, using: &random)
        if loss.isFirst {
            self.logger.warning(
                "no connection to Redis", metadata: ["redis": "\(self.configuration)", "error": "\(error)"])
        }
        self.fail(loss.entries, error)
        self.tellReadyWaiters(error)
        guard let milliseconds = loss.retryMilliseconds else { return }
        self.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in self?.connect() }
    }

    /// The oldest batch was overdue in the case of a time-out; those behind it only share its connection.
    private func fail(_ entries: [Answer], _ error: RedisError) {
        var error = error
        for entry in entries {
            entry.complete(RedisOutcome(failure: error))
            if error.code == .timedOut {
                error = RedisError(
                    .connectionLost, "the connection was closed, since a command before did not get its answer in time",
                    mayHaveRun: true)
            }
        }
    }

    private func tellReadyWaiters(_ error: RedisError?) {
        let waiters = self.readyWaiters
        self.readyWaiters = []
        for waiter in waiters { waiter(error) }
    }

    private func timerFired(_ now: NIODeadline) -> NIODeadline? {
        switch self.machine.timerFired(now) {
        case .rest: return nil
        case .wait(let deadline): return deadline
        case .expired:
            let milliseconds =
                self.machine.state == .connecting
                ? self.configuration.connectMilliseconds : self.configuration.commandMilliseconds
            self.handler?.fail(
                RedisError(.timedOut, "the server did not answer within \(milliseconds) ms", mayHaveRun: true))
            return nil
        }
    }

    /// Fails what waits and closes for ever. From any thread.
    func shutDown() {
        self.eventLoop.execute {
            let entries = self.machine.shutDown()
            self.timer.stop()
            self.handler?.close()
            self.handler = nil
            self.outbound.clear()
            var error = RedisError.shutDown
            error.mayHaveRun = true
            for entry in entries { entry.complete(RedisOutcome(failure: error)) }
            self.tellReadyWaiters(.shutDown)
        }
    }
}

// MARK: - The channel

extension RedisConnection: RedisChannelOwner {
    func channelActive(_ handler: RedisChannelHandler<RedisConnection>) {
        guard self.handler === handler, self.machine.state == .connecting else { return handler.close() }
        let deadline = NIODeadline.now() + .milliseconds(Int64(self.configuration.connectMilliseconds))
        let batch = self.greeting.batch
        self.outbound.append(batch)
        let answer = Answer.completion { [unowned self] in self.greeted($0) }
        self.sent(answer, batch.count, batch.bytes.readableBytes, deadline)
    }

    private func greeted(_ outcome: borrowing RedisOutcome) {
        // Where the connection is lost meanwhile, that has been dealt with.
        guard self.machine.state == .connecting else { return }
        do throws(RedisError) {
            self.runID = try Greeting.runID(from: outcome)
            if self.machine.becameReady() {
                self.logger.info("connected to Redis again", metadata: ["redis": "\(self.configuration)"])
            }
            if let runID = self.runID { self.server.answered(runID) }
            self.tellReadyWaiters(nil)
        } catch {
            self.handler?.fail(error)
        }
    }

    @inline(__always)
    func received(_ handler: RedisChannelHandler<RedisConnection>, _ block: ReplyBlock) -> Bool {
        switch self.machine.replied() {
        case .incomplete: return true
        case .complete(let answer):
            answer.complete(RedisOutcome(block))
            block.removeAll()
            return true
        case .unexpected:
            handler.fail(RedisError(.protocolViolation, "the server sent a reply that nobody asked for"))
            return false
        }
    }

    func readEnded(_ handler: RedisChannelHandler<RedisConnection>) { self.flush() }

    func channelFailed(_ handler: RedisChannelHandler<RedisConnection>, _ error: RedisError) {
        guard self.handler === handler else { return }
        self.lost(error)
    }
}
