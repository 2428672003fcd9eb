internal import CPostgres
internal import Glibc
internal import Synchronization

/// One thread that owns all connections to PostgreSQL of a process.
///
/// libpq's sockets cannot be watched by NIO, so they have an event loop of their own: `epoll`, an `eventfd` that other
/// threads ring, and timers. Actors may live on it, as a serial executor: what they ask of the database then changes no
/// thread and takes no lock, where their tasks prefer it as their executor, too. A task that does not goes on behind each
/// answer by way of the threads of all tasks, of which one must be woken first.
///
/// `@unchecked`: all but ``remote`` and ``isStopping`` is touched on the reactor's thread only.
public final class PostgresReactor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    private enum Work: Sendable {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    /// What is ready on a descriptor.
    struct Readiness {
        var canRead: Bool
        var canWrite: Bool
        /// The connection is broken, or both sides have ended it.
        var hasFailed: Bool
    }

    /// Events that one wait gives.
    private static let maximumEvents = 128

    private let poll: Int32
    private let bell: Int32
    private let remote = Mutex<[Work]>([])
    private let isStopping = Atomic<Bool>(false)
    private var local: [Work] = []
    private var handlers: [Int32: (Readiness) -> Void] = [:]
    private var afterTick: [() -> Void] = []
    private var thread = pthread_t()
    var timers = ReactorTimers()

    /// Starts the thread.
    ///
    /// - Throws: ``PostgresError`` when the process may open no more descriptors.
    public init() throws(PostgresError) {
        self.poll = epoll_create1(Int32(EPOLL_CLOEXEC))
        self.bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard self.poll >= 0, self.bell >= 0 else {
            throw PostgresError(.configuration, "no descriptors for the reactor: \(String(cString: strerror(errno)))")
        }
        self.control(EPOLL_CTL_ADD, self.bell, events: EPOLLIN.rawValue)
        let reference = Unmanaged.passRetained(self).toOpaque()
        let status = pthread_create(
            &self.thread, nil,
            { reference in
                guard let reference else { return nil }
                Unmanaged<PostgresReactor>.fromOpaque(reference).takeRetainedValue().run()
                return nil
            }, reference)
        precondition(status == 0, "a thread for PostgreSQL: \(String(cString: strerror(status)))")
    }

    deinit {
        close(self.poll)
        close(self.bell)
    }

    /// Whether the caller runs on the reactor's thread.
    public var isOnReactor: Bool { pthread_equal(pthread_self(), self.thread) != 0 }

    /// Ends the thread once it has done what was given to it before. Connections are to be closed first.
    public func stop() { self.enqueue(.call { self.isStopping.store(true, ordering: .relaxed) }) }

    /// Runs a job of an actor that lives here, or of a task that prefers to run here.
    public func enqueue(_ job: consuming ExecutorJob) { self.enqueue(.job(UnownedJob(job))) }

    /// Traps unless it is called on the reactor's thread.
    public func checkIsolated() { precondition(self.isOnReactor, "this belongs on the reactor's thread") }

    /// Runs a closure on the reactor: at once when called there, and soon otherwise. It must not block.
    ///
    /// For what needs no task of its own; an actor that lives here may be entered by `assumeIsolated`.
    public func run(_ call: @escaping @Sendable () -> Void) {
        if self.isOnReactor { call() } else { self.enqueue(.call(call)) }
    }

    /// Runs a closure at the end of the present tick, when all that came in has been taken up.
    func atEndOfTick(_ call: @escaping () -> Void) {
        self.checkIsolated()
        self.afterTick.append(call)
    }

    private func enqueue(_ work: Work) {
        if self.isOnReactor {
            self.local.append(work)
            return
        }
        let isFirst = self.remote.withLock { works in
            works.append(work)
            return works.count == 1
        }
        // Whoever finds the queue empty rings; the reactor empties it as a whole.
        if isFirst { eventfd_write(self.bell, 1) }
    }
}

// MARK: - Descriptors

extension PostgresReactor {
    func register(_ descriptor: Int32, _ handler: @escaping (Readiness) -> Void) {
        self.checkIsolated()
        self.handlers[descriptor] = handler
        self.control(EPOLL_CTL_ADD, descriptor, events: EPOLLIN.rawValue)
    }

    func watch(_ descriptor: Int32, forReading: Bool, forWriting: Bool) {
        let events = (forReading ? EPOLLIN.rawValue : 0) | (forWriting ? EPOLLOUT.rawValue : 0)
        self.control(EPOLL_CTL_MOD, descriptor, events: events)
    }

    func unregister(_ descriptor: Int32) {
        self.checkIsolated()
        guard self.handlers.removeValue(forKey: descriptor) != nil else { return }
        // libpq may have closed it already; then it is gone from here, too.
        self.control(EPOLL_CTL_DEL, descriptor, events: 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, events: UInt32) {
        var event = epoll_event()
        event.events = events
        event.data.fd = descriptor
        _ = epoll_ctl(self.poll, operation, descriptor, &event)
    }
}

// MARK: - The loop

extension PostgresReactor {
    private func run() {
        self.thread = pthread_self()
        var events = [epoll_event](repeating: epoll_event(), count: Self.maximumEvents)
        while !self.isStopping.load(ordering: .relaxed) {
            let count = epoll_wait(self.poll, &events, Int32(Self.maximumEvents), self.waitMilliseconds())
            for event in events.prefix(Int(max(count, 0))) { self.handle(event) }
            for call in self.timers.due(now: ReactorTimers.now()) { call() }
            self.runWork()
        }
    }

    private func waitMilliseconds() -> Int32 {
        guard self.local.isEmpty && self.afterTick.isEmpty else { return 0 }
        return self.timers.waitMilliseconds(now: ReactorTimers.now())
    }

    private func handle(_ event: epoll_event) {
        guard event.data.fd != self.bell else {
            var value: eventfd_t = 0
            eventfd_read(self.bell, &value)
            return
        }
        let failed = event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        let readiness = Readiness(
            canRead: failed || event.events & EPOLLIN.rawValue != 0,
            canWrite: failed || event.events & EPOLLOUT.rawValue != 0, hasFailed: failed)
        self.handlers[event.data.fd]?(readiness)
    }

    /// Runs what is there, and what it adds; then what was put off to the end of the tick.
    private func runWork() {
        var remote = self.remote.withLock { works in
            let taken = works
            works = []
            return taken
        }
        self.run(&remote)
        var rounds = 0
        // A job that enqueues itself again and again must not keep sockets from being read.
        while !self.local.isEmpty && rounds < 16 {
            rounds += 1
            var local: [Work] = []
            swap(&local, &self.local)
            self.run(&local)
        }
        var calls: [() -> Void] = []
        swap(&calls, &self.afterTick)
        for call in calls { call() }
    }

    private func run(_ works: inout [Work]) {
        for work in works {
            switch work {
            case .job(let job):
                job.runSynchronously(
                    isolatedTo: self.asUnownedSerialExecutor(), taskExecutor: self.asUnownedTaskExecutor())
            case .call(let call): call()
            }
        }
    }
}
