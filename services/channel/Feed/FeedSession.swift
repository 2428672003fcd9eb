internal import ChannelAdapter

/// A partner's account, ready to be used.
struct FeedSession: PlatformSession {
    let settings: Result<FeedSettings, PlatformFault>
    let clock: @Sendable () -> Int64
    private let account: PlatformAccount
    private let root: String?
    private let transport: any PlatformTransport

    init(
        _ account: PlatformAccount, root: String?, clock: @escaping @Sendable () -> Int64,
        transport: any PlatformTransport
    ) {
        do throws(PlatformFault) {
            self.settings = .success(try FeedSettings(account.settings))
        } catch {
            self.settings = .failure(error)
        }
        self.account = account
        self.root = root
        self.clock = clock
        self.transport = transport
    }

    /// Opens one of the account's folders. Blocks.
    func folder(_ path: String) throws(PlatformFault) -> FeedFolder {
        try FeedFolder.open(path, below: self.root, brand: self.account.brand)
    }

    /// Calls one of the partner's addresses with its credentials; any status but 2xx is a fault.
    func call(
        _ method: String, _ url: String, key: String = "", body: [UInt8] = []
    ) async throws(PlatformFault)
        -> PlatformResponse
    {
        var headers = [PlatformHeader("Accept", "text/csv, application/json")]
        if let authorization = self.authorization { headers.append(PlatformHeader("Authorization", authorization)) }
        if !body.isEmpty { headers.append(PlatformHeader("Content-Type", "text/csv; charset=utf-8")) }
        if !key.isEmpty { headers.append(PlatformHeader("Idempotency-Key", key)) }
        let response = try await self.transport.send(
            PlatformRequest(
                method: method, url: url, headers: headers, body: body,
                timeoutMilliseconds: FeedLimits.timeoutMilliseconds))
        if let fault = FeedFaults.fault(of: response, isChange: method != "GET") { throw fault }
        return response
    }

    private var authorization: String? {
        let credentials = self.account.credentials
        if let token = credentials["token"], !token.isEmpty { return "Bearer \(token)" }
        guard let user = credentials["user"], !user.isEmpty else { return nil }
        return "Basic " + Base64.text(Array("\(user):\(credentials["password", default: ""])".utf8))
    }

    func check() async throws(PlatformFault) -> [String: String] {
        let settings = try self.settings.get()
        var found: [String: String] = [:]
        if !settings.folder.isEmpty {
            found["folder"] = settings.folder
            found["files"] =
                "\(try await Blocking.run { () throws(PlatformFault) in try self.folder(settings.folder).entries().count })"
        }
        if !settings.ordersFolder.isEmpty {
            found["ordersFolder"] = settings.ordersFolder
            found["orderFiles"] =
                "\(try await Blocking.run { () throws(PlatformFault) in try self.folder(settings.ordersFolder).entries().count })"
        }
        if !settings.url.isEmpty { found["url"] = settings.url }
        if !settings.ordersURL.isEmpty {
            let answer = try await self.call("GET", self.ordersURL(settings, since: self.clock()))
            if FeedOrderList.isList(answer) { _ = try FeedOrderList(answer.body) }
            found["ordersUrl"] = settings.ordersURL
            found["orders"] = FeedOrderList.isList(answer) ? "a list of files" : "one file"
        }
        return found
    }

    /// The address of the order file, with the time since when orders are wanted.
    func ordersURL(_ settings: FeedSettings, since: Int64) -> String {
        settings.ordersURL.replacing("{since}", with: PlatformTime.text(since).replacing(":", with: "%3A"))
    }

    /// What a partner shows is not known: a listing is taken to be as it was sent.
    func shelves(_ listings: [ListingReference]) async throws(PlatformFault) -> [ShelfReading] {
        listings.map { ShelfReading(sku: $0.sku) }
    }

    /// A partner does not say what it has: listings are made by SKU.
    func listings(page: String) async throws(PlatformFault) -> ListingPage { ListingPage(listings: [], next: "") }

    /// There are no notifications.
    func subscribe(to address: String) async throws(PlatformFault) -> SubscribedTopics { SubscribedTopics(topics: []) }
}

/// What the statuses of partners' addresses mean for what is to be done.
enum FeedFaults {
    static let statuses: [Int: PlatformFault.Kind] = [
        400: .refused, 401: .reauthenticate, 403: .reauthenticate, 404: .refused, 405: .refused, 408: .retry,
        409: .doneAlready, 410: .stop, 412: .doneAlready, 413: .refused, 415: .refused, 422: .refused, 423: .retry,
        425: .throttled, 429: .throttled, 500: .retry, 501: .refused, 502: .retry, 503: .retry, 504: .retry,
        507: .retry,
    ]

    /// - Parameter isChange: Whether something may have been carried out where the partner failed.
    static func fault(of response: PlatformResponse, isChange: Bool) -> PlatformFault? {
        guard !(200..<300).contains(response.status) else { return nil }
        let kind = Self.statuses[response.status] ?? .unknown
        let seconds = response.header("Retry-After").flatMap { Int64($0) }.flatMap {
            (0...86_400).contains($0) ? $0 : nil
        }
        return PlatformFault(
            kind, code: "http-\(response.status)", "the partner answered with status \(response.status)",
            retryAfterMilliseconds: seconds.map { $0 * 1000 }
                ?? (kind == .throttled ? FeedLimits.throttleMilliseconds : nil),
            isOutcomeUnknown: isChange && (kind == .retry || kind == .unknown))
    }
}
