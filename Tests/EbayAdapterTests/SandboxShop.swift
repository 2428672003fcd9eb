import ChannelAdapter
import Foundation
import HTTPServer
import NIOCore
internal import NIOHTTP1
import SandboxJSON
import SandboxServer
import SandboxTestSupport
import Synchronization

@testable import EbayAdapter

/// Carries an adapter's calls to a sandbox, and keeps what was said.
final class SandboxTransport: PlatformTransport {
    /// A call and its answer, as the validation of answers reads them.
    struct Exchange: Sendable {
        let method: String
        let path: String
        let status: Int
        let line: String
    }

    private let sandbox: SandboxControl
    private let base: String
    private let kept = Mutex<[Exchange]>([])

    init(_ sandbox: SandboxControl, _ shop: SandboxControl.MadeShop) {
        self.sandbox = sandbox
        self.base = shop.url
    }

    var exchanges: [Exchange] { self.kept.withLock { $0 } }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        do {
            // As the service's own client, it takes answers as they are.
            let headers = [("Accept-Encoding", "identity")] + request.headers.map { ($0.name, $0.value) }
            let answer = try await self.sandbox.send(
                request.method, request.url, bytes: request.body.isEmpty ? nil : request.body,
                headers: Dictionary(headers) { $1 })
            self.keep(request.method, String(request.url.dropFirst(self.base.count)), answer)
            return PlatformResponse(
                status: answer.status, headers: answer.headers.map { PlatformHeader($0.name, $0.value) },
                body: answer.body)
        } catch {
            throw PlatformFault(.retry, code: "no-answer", "\(error)", isOutcomeUnknown: true)
        }
    }

    func keep(_ method: String, _ path: String, _ answer: SandboxControl.Answer) {
        let line: JSONValue = [
            "method": .string(method), "path": .string(path),
            "answer": ["status": .number(answer.status), "body": answer.json],
        ]
        self.kept.withLock {
            $0.append(Exchange(method: method, path: path, status: answer.status, line: line.jsonText))
        }
    }
}

/// A stand-in shop with an adapter's session.
struct SandboxShop {
    static let name = "brakes"
    static let verificationToken = "a-token-of-32-characters-or-more-0123"

    let sandbox: SandboxControl
    let shop: SandboxControl.MadeShop
    let adapter: EbayAdapter
    let account: PlatformAccount
    let transport: SandboxTransport
    let session: any PlatformSession

    static func with(
        _ products: [SandboxProduct], settings: [String: String] = [:],
        _ body: (SandboxShop) async throws -> Void
    ) async throws {
        let quickly: (inout SandboxConfiguration) -> Void = { $0.notificationBackoffMilliseconds = 2 }
        try await withSandbox(quickly) { sandbox in
            let made = try await sandbox.createShop(Self.name, platform: "ebay", products: products)
            try await body(SandboxShop(sandbox, made, settings))
        }
    }

    init(_ sandbox: SandboxControl, _ shop: SandboxControl.MadeShop, _ settings: [String: String] = [:]) {
        self.sandbox = sandbox
        self.shop = shop
        self.adapter = EbayAdapter()
        self.account = PlatformAccount(
            connection: "sandbox",
            settings: [
                "marketplace": "EBAY_MOTORS_US", "endpoint": shop.url, "merchantLocation": "Warehouse",
                "fulfillmentPolicy": "1", "paymentPolicy": "2", "returnPolicy": "3",
            ].merging(settings) { $1 },
            credentials: [
                "clientId": "client-of-\(Self.name)", "clientSecret": shop.clientSecret, "refreshToken": shop.token,
                "verificationToken": Self.verificationToken,
            ])
        self.transport = SandboxTransport(sandbox, shop)
        self.session = self.adapter.session(self.account, transport: self.transport)
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

    func shelf() async throws -> [String: SandboxShelfEntry] { try await self.sandbox.shelf(Self.name) }

    func setFaults(_ faults: JSONValue = [:]) async throws { try await self.sandbox.setFaults(Self.name, faults) }

    /// A token as somebody else's client gets it.
    func token(seller: Bool = true) async throws -> String {
        let form =
            seller
            ? "grant_type=refresh_token&refresh_token=\(EbayURL.encoded(self.shop.token))"
            : "grant_type=client_credentials"
        let answer = try await self.sandbox.send(
            "POST", "\(self.shop.url)/identity/v1/oauth2/token", bytes: Array(form.utf8),
            headers: [
                "Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic \(self.basic)",
            ])
        guard let token = answer.json["access_token"]?.text else { throw SandboxFault(text: answer.text) }
        return token
    }

    var basic: String { Data("client-of-\(Self.name):\(self.shop.clientSecret)".utf8).base64EncodedString() }

    /// Sends a call as somebody else's client, and keeps it with the others.
    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, token: String
    ) async throws -> SandboxControl.Answer {
        let answer = try await self.sandbox.send(
            method, self.shop.url + path, body: body,
            headers: [
                "Authorization": "Bearer \(token)", "Content-Type": "application/json", "Content-Language": "en-US",
            ])
        self.transport.keep(method, path, answer)
        return answer
    }
}

struct SandboxFault: Error {
    let text: String
}

/// Takes notifications at an address that answers challenges as the adapter does.
final class NotificationReceiver: Sendable {
    private final class State: Sendable {
        let taken = Mutex<[PlatformNotification]>([])
        let answers: @Sendable (String) -> [UInt8]
        let status: HTTPResponseStatus

        init(_ status: HTTPResponseStatus, _ answers: @escaping @Sendable (String) -> [UInt8]) {
            self.status = status
            self.answers = answers
        }
    }

    private struct Handler: HTTPHandler {
        let state: State

        func receive(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            if let code = request.target.firstRange(of: "challenge_code=") {
                let answer = self.state.answers(String(request.target[code.upperBound...]))
                return exchange.respond(
                    .ok, headers: ["Content-Type": "application/json"], body: ByteBuffer(bytes: answer))
            }
            exchange.collectBody { body in
                self.state.taken.withLock {
                    $0.append(
                        PlatformNotification(
                            target: request.target,
                            headers: request.headers.map { PlatformHeader($0.name, $0.value) },
                            body: Array(body.readableBytesView),
                            receivedAt: Int64(Date().timeIntervalSince1970 * 1_000_000)))
                }
                exchange.respond(self.state.status)
            }
        }
    }

    private let state: State
    private let server: HTTPServer

    /// - Parameter answers: To a challenge's code.
    init(
        status: HTTPResponseStatus = .noContent, path: String = "/notifications",
        _ answers: @escaping @Sendable (String, String) -> [UInt8]
    ) async throws {
        let address = Address()
        let state = State(status) { answers($0, address.text.withLock { $0 }) }
        let server = try HTTPServer(Handler(state: state))
        try await server.start()
        let url = "http://127.0.0.1:\(server.port ?? 0)\(path)"
        address.text.withLock { $0 = url }
        self.state = state
        self.server = server
        self.url = url
    }

    private final class Address: Sendable {
        let text = Mutex("")
    }

    let url: String

    var taken: [PlatformNotification] { self.state.taken.withLock { $0 } }

    func stop() async { await self.server.drain() }
}
