internal import Foundation
public import Logging
internal import Synchronization

/// All shops of a sandbox.
public final class Shops: Sendable {
    /// The shops that there may be.
    public static let maximumCount = 200

    private let folder: String?
    private let notifier: (any ShopNotifier)?
    private let logger: Logger
    private let shops: Mutex<[String: Shop]>
    private let observers = Mutex<[@Sendable () -> Void]>([])
    private let lockDescriptor: Int32

    /// The shops whose journals are in a folder; without one they are forgotten at the end.
    ///
    /// - Throws: ``JournalFault`` where a journal cannot be read, or another process has the folder.
    public init(
        folder: String?, notifier: (any ShopNotifier)? = nil, logger: Logger = Logger(label: "sandbox")
    ) throws(JournalFault) {
        self.folder = folder
        self.notifier = notifier
        self.logger = logger
        var shops: [String: Shop] = [:]
        self.lockDescriptor = try folder.map { folder throws(JournalFault) in try Self.lock(folder) } ?? -1
        for name in try Self.names(in: folder) {
            let settings = ShopSettings(
                number: 0, name: name, domain: name, platform: .shopify, tokens: [], clientID: "", clientSecret: "",
                createdAt: .now())
            let path = Self.path(name, in: folder)
            let known = try Self.settings(path, settings)
            shops[name] = try Shop(known, journal: path, notifier: notifier, logger: logger)
        }
        self.shops = Mutex(shops)
    }

    /// Lets another sandbox have the folder: nothing is changed any more.
    public func leaveFolder() { if self.lockDescriptor >= 0 { flock(self.lockDescriptor, LOCK_UN) } }

    deinit { if self.lockDescriptor >= 0 { close(self.lockDescriptor) } }

    private static func path(_ name: String, in folder: String?) -> String? { folder.map { "\($0)/\(name).journal" } }

    private static func lock(_ folder: String) throws(JournalFault) -> Int32 {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw JournalFault(description: "\(folder): cannot be made: \(error.localizedDescription)")
        }
        let descriptor = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            throw JournalFault(
                description: "\(folder): another sandbox has this folder; end it, or give each a folder of its own")
        }
        return descriptor
    }

    private static func names(in folder: String?) throws(JournalFault) -> [String] {
        guard let folder else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".journal") }.map { String($0.dropLast(".journal".count)) }.sorted()
        } catch {
            throw JournalFault(description: "\(folder): cannot be listed: \(error.localizedDescription)")
        }
    }

    /// The settings that a journal begins with, which say what the shop speaks.
    private static func settings(_ path: String?, _ fallback: ShopSettings) throws(JournalFault) -> ShopSettings {
        guard let path else { return fallback }
        var found: ShopSettings?
        try JournalFile(path: path).replay { entry in if let settings = entry.settings { found = settings } }
        return found ?? fallback
    }

    /// Has a closure called behind each change of any shop.
    public func onChange(_ observer: @escaping @Sendable () -> Void) {
        self.observers.withLock { $0.append(observer) }
        for shop in self.all { shop.onChange(observer) }
    }

    /// All of them by name.
    public var all: [Shop] { self.shops.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// A shop by its name.
    public func shop(named name: String) -> Shop? { self.shops.withLock { $0[name] } }

    /// A shop by its host, or by its name.
    public func shop(at domain: String) -> Shop? {
        self.shop(named: domain) ?? self.all.first { $0.read { $0.settings.domain } == domain }
    }

    /// Makes a shop.
    ///
    /// - Parameter fill: Changes the state before anybody sees the shop.
    /// - Returns: `nil` where there is one of this name or host, or no room for more.
    public func create(
        _ settings: ShopSettings, _ fill: (ShopState) -> Void = { _ in }
    ) throws -> Shop? {
        try self.shops.withLock { shops in
            let isTaken = shops.values.contains { $0.read { $0.settings.domain } == settings.domain }
            guard shops[settings.name] == nil, !isTaken, shops.count < Self.maximumCount else { return nil }
            var settings = settings
            settings.number = (shops.values.map { $0.read { $0.settings.number } }.max() ?? 0) + 1
            let path = Self.path(settings.name, in: self.folder)
            let shop = try Shop(settings, journal: path, notifier: self.notifier, logger: self.logger)
            try shop.change { state in fill(state) }
            for observer in self.observers.withLock({ $0 }) { shop.onChange(observer) }
            shops[settings.name] = shop
            return shop
        }
    }

    /// Takes a shop away, with its journal.
    public func remove(_ name: String) {
        self.shops.withLock { shops in
            shops[name] = nil
            if let path = Self.path(name, in: self.folder) { unlink(path) }
        }
    }
}
