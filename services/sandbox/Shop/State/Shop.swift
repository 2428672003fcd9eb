internal import Logging
internal import NIOConcurrencyHelpers

/// A shop that cannot go on.
public struct ShopFault: Error, Sendable, CustomStringConvertible {
    /// Why, and what to do.
    public let description: String
}

/// One shop: its state behind a lock, and its journal.
///
/// `@unchecked`: everything that changes is touched under the lock only, and no reference to the state leaves the
/// closures that it is lent to.
public final class Shop: @unchecked Sendable {
    /// The name, which never changes.
    public let name: String
    /// What it speaks, which never changes.
    public let platform: ShopSettings.Platform
    private let lock = NIOLock()
    private let state: ShopState
    private let journal: JournalFile?
    private let notifier: (any ShopNotifier)?
    private let logger: Logger
    private var broken: ShopFault?
    private var observers: [@Sendable () -> Void] = []

    /// A shop, with what its journal tells; without a path nothing is written down.
    ///
    /// - Throws: ``JournalFault`` where the journal cannot be read.
    init(
        _ settings: ShopSettings, journal path: String?, notifier: (any ShopNotifier)?, logger: Logger
    ) throws(JournalFault) {
        self.name = settings.name
        self.platform = settings.platform
        self.notifier = notifier
        self.logger = logger
        let state = ShopState(settings)
        self.state = state
        self.journal = path.map { JournalFile(path: $0) }
        guard let journal = self.journal else { return }
        try journal.replay { state.apply($0) }
        if journal.bytes == 0, let entry = state.takeEntry() { try journal.append(entry) }
        // What was read counts as written down.
        _ = state.takeEntry()
    }

    /// Has a closure called behind each change, outside of the lock.
    public func onChange(_ observer: @escaping @Sendable () -> Void) {
        self.lock.withLock { self.observers.append(observer) }
    }

    /// Lends the state for reading.
    public func read<Value>(_ body: (ShopState) -> Value) -> Value {
        self.lock.withLock { body(self.state) }
    }

    /// Lends the state for a change, and returns when the change is written down.
    ///
    /// - Throws: ``ShopFault`` where it cannot be written down: the shop answers nothing more then, since it would
    ///   forget.
    @discardableResult
    public func change<Value>(_ body: (ShopState) -> Value) throws(ShopFault) -> Value {
        self.lock.lock()
        if let broken = self.broken {
            self.lock.unlock()
            throw broken
        }
        let value = body(self.state)
        let observers: [@Sendable () -> Void]
        do throws(JournalFault) {
            observers = try self.commit()
        } catch {
            let fault = ShopFault(description: "the shop \(self.name) has stopped: \(error)")
            self.broken = fault
            self.lock.unlock()
            self.logger.critical("\(fault)")
            throw fault
        }
        self.lock.unlock()
        for observer in observers { observer() }
        return value
    }

    /// - Returns: Who is to be told; nobody where nothing has changed.
    private func commit() throws(JournalFault) -> [@Sendable () -> Void] {
        let events = self.state.takeEvents()
        if !events.isEmpty { self.notifier?.notify(events, in: self.state) }
        guard let entry = self.state.takeEntry() else { return [] }
        if let journal = self.journal {
            try journal.append(entry)
            if journal.bytes > journal.rewriteBytes { try journal.rewrite(self.state.entries()) }
        }
        return self.observers
    }
}
