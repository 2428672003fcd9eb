public import ChannelMessages
public import OrderMessages

/// An account on a platform, as an adapter works with it.
public struct PlatformAccount: Sendable {
    /// The brand's id; empty where nothing depends on it.
    public var brand: String
    /// The connection's id, which its orders name.
    public var connection: String
    /// What it was set up with.
    public var settings: [String: String]
    /// Its secrets, in the clear; never logged.
    public var credentials: [String: String]

    /// An account with all that it consists of.
    public init(
        brand: String = "", connection: String, settings: [String: String], credentials: [String: String]
    ) {
        self.brand = brand
        self.connection = connection
        self.settings = settings
        self.credentials = credentials
    }
}

/// Whatever prints an account prints no secret.
extension PlatformAccount: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The connection, and nothing else.
    public var description: String { "the account of \(self.connection)" }
    /// The connection, and nothing else.
    public var debugDescription: String { self.description }
    /// Without what is within.
    public var customMirror: Mirror { Mirror(self, children: ["connection": self.connection]) }
}

/// A notification as it came.
public struct PlatformNotification: Sendable {
    /// The path and query that it was sent to.
    public var target: String
    /// As they came.
    public var headers: [PlatformHeader]
    /// As it came; signatures are over these bytes.
    public var body: [UInt8]
    /// When it came, in microseconds since 1970.
    public var receivedAt: Int64

    /// A notification with all that it consists of.
    public init(target: String, headers: [PlatformHeader], body: [UInt8], receivedAt: Int64) {
        self.target = target
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }

    /// The first header of a name, in whatever case; nil: there is none.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return self.headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// What a notification whose signature is right says.
public struct NotificationContent: Sendable {
    /// What it is.
    public var kind: InboundKind
    /// The platform's name for what happened.
    public var topic: String
    /// By which a repeat is recognised.
    public var eventID: String
    /// The platform's id of what it is about.
    public var subject: String
    /// When it happened, in microseconds since 1970; nil: not said.
    public var happenedAt: Int64?

    /// A content with all that it consists of.
    public init(kind: InboundKind, topic: String, eventID: String, subject: String, happenedAt: Int64?) {
        self.kind = kind
        self.topic = topic
        self.eventID = eventID
        self.subject = subject
        self.happenedAt = happenedAt
    }
}

/// What a platform's adapter is: everything that is special about the platform, and nothing else.
///
/// An adapter holds no state but access tokens (``AccessTokens``), and does no I/O but through its sessions' transport.
/// Retrying, limits, order of work and what is wanted are the engine's. docs/adapters.md is the guide to writing one.
public protocol ChannelAdapter: Sendable {
    /// What the platform is and asks for.
    var platform: PlatformDescription { get }

    /// The kinds of calls of one account, where its settings change the limits that ``PlatformDescription/operations``
    /// has; without an implementation they are those.
    func operations(with settings: [String: String]) -> [PlatformDescription.Operation]

    /// Whether the platform's own sales take from the quantity that an account shows, where its settings say so; without
    /// an implementation it is ``PlatformDescription/sellsFromShelf``. Where they do not, what is left after an order is
    /// sent.
    func sellsFromShelf(with settings: [String: String]) -> Bool

    /// The mapping that a connection has until its brand saves one.
    var defaultMapping: [MappingRule] { get }

    /// What is wrong with the settings of a connection, beside what ``PlatformDescription/settings`` says: field name,
    /// what is wrong, what would be valid.
    func problems(in settings: [String: String]) -> [(field: String, reason: String, expected: String)]

    /// What of a listing the platform would refuse, as sentences; empty: nothing.
    func problems(in content: ContentRow) -> [String]

    /// What would be sent for a listing's content, for people to look at.
    func document(for content: ContentRow) -> String

    /// An account, ready to be called. Cheap: made for each piece of work.
    func session(_ account: PlatformAccount, transport: any PlatformTransport) -> any PlatformSession

    /// Gets what ``content(of:account:)``, which does no I/O, needs for a notification: it is awaited before each. Without an
    /// implementation nothing is needed.
    ///
    /// - Throws: What asking for it came to: then nothing is known of the notification, and the platform sends it again.
    func prepare(
        for notification: PlatformNotification, account: PlatformAccount, transport: any PlatformTransport
    ) async throws(PlatformFault)

    /// What a platform is answered that asks whether an address takes its notifications; nil: as without an implementation,
    /// the platform asks none.
    ///
    /// - Parameters:
    ///   - code: What it asks with.
    ///   - address: As it was given to the platform by ``PlatformSession/subscribe(to:)``.
    func answer(toChallenge code: String, address: String, account: PlatformAccount) -> String?

    /// Verifies a notification's signature over its bytes and reads what it is.
    ///
    /// - Throws: A fault of kind ``PlatformFault/Kind/refused``: code `signature-invalid`, `too-old`, or
    ///   `not-understood` where the signature is right and the body is not what the platform promises.
    func content(
        of notification: PlatformNotification, account: PlatformAccount
    ) throws(PlatformFault)
        -> NotificationContent

    /// An order of a platform as ours: with connection, order id, lines with the platform's SKUs, amounts as decimals.
    ///
    /// - Throws: A fault of kind ``PlatformFault/Kind/refused`` with code `not-understood`, which names the field.
    func order(from body: [UInt8], account: PlatformAccount) throws(PlatformFault) -> PlaceOrderRequest

    /// Whether the platform's order was cancelled there; an order that is not one of ours yet is not taken in then.
    func isCancelled(_ body: [UInt8]) throws(PlatformFault) -> Bool
}

extension ChannelAdapter {
    /// Those of the platform, whatever the settings are.
    public func operations(with settings: [String: String]) -> [PlatformDescription.Operation] {
        self.platform.operations
    }

    /// Nothing is needed.
    public func prepare(
        for notification: PlatformNotification, account: PlatformAccount, transport: any PlatformTransport
    ) async throws(PlatformFault) {}

    /// None.
    public func answer(toChallenge code: String, address: String, account: PlatformAccount) -> String? { nil }

    /// What the platform is described with, whatever the settings are.
    public func sellsFromShelf(with settings: [String: String]) -> Bool { self.platform.sellsFromShelf }
}

/// An account on a platform, ready to be called. What fails is classified, never thrown away.
public protocol PlatformSession: Sendable {
    /// Asks the platform who we are. One cheap call.
    ///
    /// - Returns: What the platform says of the account, for people.
    func check() async throws(PlatformFault) -> [String: String]

    /// Sets quantities: at most as many rows as the operation "stock" has.
    ///
    /// - Parameter key: The same for each try of the same rows.
    func pushStock(_ rows: [StockRow], key: String) async -> PushAnswer

    /// Sets prices: at most as many rows as the operation "price" has.
    func pushPrices(_ rows: [PriceRow], key: String) async -> PushAnswer

    /// Makes listings, or changes what they say: at most as many rows as the operation "content" has.
    func pushContent(_ rows: [ContentRow], key: String) async -> PushAnswer

    /// The same for many rows at once, where the operation "content" has a ``PlatformDescription/Operation/bulk``.
    ///
    /// It may take minutes, and other calls of the account go on meanwhile, also for its listings: it must leave alone
    /// what they set. It ends by itself, soon where its task is cancelled, and one of its rows that fails fails alone.
    /// Where there is no implementation, it is ``pushContent(_:key:)``.
    func pushContentInBulk(_ rows: [ContentRow], key: String) async -> PushAnswer

    /// Many quantities at once, where the operation "stock" has a bulk; as with contents.
    func pushStockInBulk(_ rows: [StockRow], key: String) async -> PushAnswer

    /// Many prices at once, where the operation "price" has a bulk; as with contents.
    func pushPricesInBulk(_ rows: [PriceRow], key: String) async -> PushAnswer

    /// Returns when no bulk of the account's is under way that somebody left behind, whose process has ended: what it still
    /// does must not come behind what is sent then. Where there is no implementation, there is none.
    func awaitEarlierBulks() async throws(PlatformFault)

    /// What the platform shows: at most as many listings as the operation "read" has.
    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading]

    /// What the platform has, a page at a time.
    ///
    /// - Parameter page: Empty, or where the last page said to go on.
    func listings(page: String) async throws(PlatformFault) -> ListingPage

    /// Orders that were changed since then, a page at a time.
    ///
    /// - Parameters:
    ///   - since: In microseconds since 1970.
    ///   - page: Empty, or where the last page said to go on.
    func orders(since: Int64, page: String) async throws(PlatformFault) -> OrderPage

    /// One order as it stands.
    func order(id: String) async throws(PlatformFault) -> PlatformOrder

    /// Stock that the platform itself holds and ships, a page at a time. It is read only: none of it is ever pushed.
    ///
    /// Called only where the platform has an operation ``PlatformDescription/fulfilledStock``. All pages of a reading are
    /// asked for one right behind the other, as their tokens may be good for seconds.
    ///
    /// - Parameter page: Empty, or where the last page said to go on.
    func fulfilledStock(page: String) async throws(PlatformFault) -> FulfilledStockPage

    /// Tells the platform something of an order.
    func carryOut(_ task: OrderTaskCall) async -> TaskAnswer

    /// Takes a listing off the platform's shelf, as the brand asks: buyers do not find it any more. Called only where
    /// ``PlatformDescription/withdraws`` is true, of a listing that is paused before.
    ///
    /// A repeat, and a listing that is not there any more, are done. What it comes to must let the usual calls offer the
    /// listing again when it is not paused any more.
    ///
    /// - Returns: With the ids that changed; an empty one is taken away.
    func withdraw(_ listing: ListingReference) async -> RowOutcome

    /// Sees to it that the platform sends its notifications to an address, and gives the topics that it sends. Called only
    /// where ``PlatformDescription/subscribes`` is true: after each change of the connection, and daily, as platforms drop
    /// subscriptions.
    ///
    /// A repeat changes nothing: what is sent there already stays. What is sent to another address with the same last part
    /// of its path is this connection's, from before the gateway moved: it is sent there no more. All else is somebody
    /// else's, and stays.
    ///
    /// - Parameter address: Absolute; the last part of its path is random and the connection's for ever.
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics
}

extension PlatformSession {
    /// As any other content.
    public func pushContentInBulk(_ rows: [ContentRow], key: String) async -> PushAnswer {
        await self.pushContent(rows, key: key)
    }

    /// As any other quantities.
    public func pushStockInBulk(_ rows: [StockRow], key: String) async -> PushAnswer {
        await self.pushStock(rows, key: key)
    }

    /// As any other prices.
    public func pushPricesInBulk(_ rows: [PriceRow], key: String) async -> PushAnswer {
        await self.pushPrices(rows, key: key)
    }

    /// There is none.
    public func fulfilledStock(page: String) async throws(PlatformFault) -> FulfilledStockPage {
        FulfilledStockPage(rows: [], next: "")
    }

    /// It is refused.
    public func withdraw(_ listing: ListingReference) async -> RowOutcome {
        RowOutcome(
            sku: listing.sku, fault: PlatformFault(.refused, code: "not-offered", "the platform's listings stay"))
    }

    /// There is none.
    public func awaitEarlierBulks() async throws(PlatformFault) {}
}
