public import ChannelAdapter
public import ChannelMessages
internal import Glibc
public import OrderMessages

/// The adapter of partners that take and give files: automotive marketplaces and distributors, by a drop folder or by
/// HTTPS.
///
/// docs/adapters.md tells how the files look, and which of its choices a partner may want otherwise.
public struct FeedAdapter: ChannelAdapter {
    /// The folder that all drop folders are below; nil: there are none.
    private let root: String?
    /// The time, in microseconds since 1970; names of files have it.
    private let clock: @Sendable () -> Int64

    /// An adapter that reaches no folder: its connections send and fetch files by HTTPS.
    public init() { self.init(root: nil) }

    /// An adapter.
    ///
    /// - Parameter root: The folder that drop folders are below, as BRAND_ID/FOLDER where accounts name their brand.
    public init(root: String?) { self.init(root: root, clock: Self.now) }

    init(root: String?, clock: @escaping @Sendable () -> Int64) {
        self.root = root
        self.clock = clock
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }

    /// What a partner's files are set up with.
    public var platform: PlatformDescription { Self.description }

    /// A product with its texts, images and vehicles.
    public var defaultMapping: [MappingRule] { Self.mapping }

    /// As the connection's partner does, which no platform of files has in common.
    public func sellsFromShelf(with settings: [String: String]) -> Bool { settings["ownSales"] == "taken" }

    /// What is wrong with the settings of a connection.
    public func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)] {
        var problems = FeedSettings.problems(in: settings)
        if self.root == nil {
            for field in ["folder", "ordersFolder"] where !settings[field, default: ""].isEmpty {
                problems.append((field, "cannot be used, as this service has no folder of feeds", "an address instead"))
            }
        }
        return problems
    }

    /// What of a listing no file can hold.
    public func problems(in content: ContentRow) -> [String] {
        let targets = content.values.map(\.target)
        var problems = Set(targets).sorted().compactMap { target in
            targets.count { $0 == target } > 1 ? "\(target) has several values; a column takes one" : nil
        }
        if targets.contains("sku") { problems.append("sku is no target: each row begins with it") }
        return problems
    }

    /// The row that would be sent, with its columns.
    public func document(for content: ContentRow) -> String {
        String(decoding: FeedFile.content([content], delimiter: UInt8(ascii: ",")), as: UTF8.self)
    }

    /// A partner's account, ready to be used.
    public func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession {
        FeedSession(account, root: self.root, clock: self.clock, transport: transport)
    }

    /// Refuses all: partners of this kind send no notifications.
    public func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault)
        -> NotificationContent
    {
        throw PlatformFault(
            .refused, code: "signature-invalid", "feeds send no notifications; orders come in files")
    }

    /// An order as ours, of the rows of a file that are about it.
    public func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest {
        try FeedOrder(body, FeedSettings(account.settings)).request(connection: account.connection)
    }

    /// Whether the order's status is a word for cancelled.
    public func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool {
        try FeedOrder.isCancelled(body)
    }
}
