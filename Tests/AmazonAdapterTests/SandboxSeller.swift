import ChannelAdapter
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Synchronization
import Testing

@testable import AmazonAdapter

/// Carries an adapter's calls to a sandbox, and keeps what was answered.
final class SandboxTransport: PlatformTransport {
    struct Exchange: Sendable {
        let request: PlatformRequest
        let answer: SandboxControl.Answer
    }

    private let sandbox: SandboxControl
    private let kept = Mutex<[Exchange]>([])

    init(_ sandbox: SandboxControl) { self.sandbox = sandbox }

    var exchanges: [Exchange] { self.kept.withLock { $0 } }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        do {
            // As the service's own client, it takes answers as they are.
            let headers = [("Accept-Encoding", "identity")] + request.headers.map { ($0.name, $0.value) }
            let answer = try await self.sandbox.send(
                request.method, request.url, bytes: request.body, headers: Dictionary(headers) { $1 })
            self.kept.withLock { $0.append(Exchange(request: request, answer: answer)) }
            return PlatformResponse(
                status: answer.status, headers: answer.headers.map { PlatformHeader($0.name, $0.value) },
                body: answer.body)
        } catch {
            throw PlatformFault(.retry, code: "no-answer", "\(error)", isOutcomeUnknown: true)
        }
    }
}

/// A shop of a sandbox, and the adapter connected with it.
struct SandboxSeller {
    static let name = "brakes"

    let sandbox: SandboxControl
    let shop: SandboxControl.MadeShop
    let account: PlatformAccount
    let transport: SandboxTransport
    let session: AmazonSession
    private let adapter: AmazonAdapter

    /// Makes a shop whose work behind answers takes 20 ms, for an adapter whose waits are a five hundredth of what they are.
    static func with(
        _ products: [SandboxProduct], settings: [String: String] = [:],
        _ body: (SandboxSeller) async throws -> Void
    ) async throws {
        try await withSandbox { sandbox in
            let shop = try await sandbox.createShop(
                Self.name, platform: "amazon", products: products, token: "Atzr|refresh")
            let summary = try await sandbox.send("GET", "/control/shops/\(Self.name)").json
            let own = [
                "sellerId": summary["sellerId"]?.text ?? "", "marketplaceId": summary["marketplaceId"]?.text ?? "",
                "endpoint": shop.url,
            ]
            let account = PlatformAccount(
                brand: "brand", connection: "amazon", settings: own.merging(settings) { $1 },
                credentials: [
                    "clientId": summary["clientId"]?.text ?? "", "clientSecret": shop.clientSecret,
                    "refreshToken": shop.token,
                ])
            let transport = SandboxTransport(sandbox)
            let adapter = AmazonAdapter(tokens: AccessTokens(), clock: Self.fastClock)
            let session = try #require(adapter.session(account, transport: transport) as? AmazonSession)
            let amazon = SandboxSeller(
                sandbox: sandbox, shop: shop, account: account, transport: transport, session: session,
                adapter: adapter)
            try await amazon.setFaults([:])
            try await body(amazon)
        }
    }

    /// A clock on which nothing takes time but pauses, and these a five-hundredth of it: a machine that is busy makes no feed
    /// late.
    private static var fastClock: AmazonClock {
        let now = SharedTime()
        return AmazonClock(
            now: { now.milliseconds },
            pause: { pause in
                let end = now.milliseconds + pause
                try await Task.sleep(for: .microseconds(pause * 2))
                now.reach(end)
            })
    }

    private final class SharedTime: Sendable {
        private let time = Mutex<Int64>(0)

        var milliseconds: Int64 { self.time.withLock { $0 } }

        func reach(_ end: Int64) { self.time.withLock { $0 = max($0, end) } }
    }

    /// Another session of the same adapter, with other settings.
    func session(_ settings: [String: String]) throws -> AmazonSession {
        var account = self.account
        account.settings.merge(settings) { $1 }
        return try #require(self.adapter.session(account, transport: self.transport) as? AmazonSession)
    }

    /// Calls with an access token, and keeps what was answered.
    func keptSend(_ method: String, _ path: String) async throws -> PlatformResponse {
        try await self.transport.send(
            PlatformRequest(
                method: method, url: self.shop.url + path,
                headers: [PlatformHeader("x-amz-access-token", try await self.token())], timeoutMilliseconds: 10_000))
    }

    func setFaults(_ faults: JSONValue) async throws {
        var faults = faults.object ?? [:]
        if faults["processingMilliseconds"] == nil { faults["processingMilliseconds"] = 20 }
        try await self.sandbox.setFaults(Self.name, .object(faults))
    }

    func shelf() async throws -> [String: SandboxShelfEntry] { try await self.sandbox.shelf(Self.name) }

    /// Counts anew what lies in the platform's own warehouses.
    @discardableResult
    func countWarehouse(_ sku: String, _ units: JSONValue) async throws -> SandboxControl.Answer {
        try await self.sandbox.send(
            "PUT", "/control/shops/\(Self.name)/warehouse/\(AmazonText.encoded(sku))", body: units)
    }

    /// All that the shop has, by SKU.
    func listings() async throws -> [String: ListingReference] {
        var (listings, page) = ([String: ListingReference](), "")
        repeat {
            let next = try await self.session.listings(page: page)
            for listing in next.listings { listings[listing.sku] = listing }
            page = next.next
        } while !page.isEmpty
        return listings
    }

    /// Calls as an app with a token of its own does.
    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = nil
    ) async throws -> SandboxControl.Answer {
        var headers = ["x-amz-access-token": try await self.token()]
        if let token { headers["x-amz-access-token"] = token }
        if body != nil { headers["Content-Type"] = "application/json" }
        return try await self.sandbox.send(method, self.shop.url + path, body: body, headers: headers)
    }

    /// A new access token.
    func token() async throws -> String {
        let credentials = self.account.credentials
        let form =
            "grant_type=refresh_token&refresh_token=\(AmazonText.encoded(credentials["refreshToken", default: ""]))"
            + "&client_id=\(AmazonText.encoded(credentials["clientId", default: ""]))"
            + "&client_secret=\(AmazonText.encoded(credentials["clientSecret", default: ""]))"
        let answer = try await self.sandbox.send(
            "POST", "\(self.shop.url)/auth/o2/token", bytes: Array(form.utf8),
            headers: ["Content-Type": "application/x-www-form-urlencoded"])
        return try #require(answer.json["access_token"]?.text, "\(answer.status) \(answer.text)")
    }
}
