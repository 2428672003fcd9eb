import ChannelAdapter
import Foundation
import Synchronization

@testable import FeedAdapter

/// Drop folders of a test, which go with it.
final class FeedPlace: Sendable {
    static let now: Int64 = 1_790_000_000_000_000
    let root: URL

    init() throws {
        self.root = FileManager.default.temporaryDirectory.appending(path: "feed-\(UUID().uuidString)")
        for folder in ["out", "orders", "results"] {
            try FileManager.default.createDirectory(
                at: self.root.appending(path: "brand-1/\(folder)"), withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(at: self.root) }

    /// - Parameter clock: The time; by default the real one, by which files that were just written are not complete yet,
    ///   and some seconds.
    func session(
        _ settings: [String: String] = [:], clock: @escaping @Sendable () -> Int64 = { FeedPlace.later },
        transport: any PlatformTransport = NoTransport()
    ) -> any PlatformSession {
        FeedAdapter(root: self.root.path, clock: clock).session(Self.account(settings), transport: transport)
    }

    /// Some seconds ahead.
    static var later: Int64 { Int64((Date().timeIntervalSince1970 + 10) * 1_000_000) }

    static func account(_ settings: [String: String] = [:], _ credentials: [String: String] = [:]) -> PlatformAccount {
        PlatformAccount(
            brand: "brand-1", connection: "hub",
            settings: ["folder": "out", "ordersFolder": "orders"].merging(settings) { $1 }, credentials: credentials)
    }

    func write(_ path: String, _ text: String) throws {
        try Data(text.utf8).write(to: self.root.appending(path: "brand-1/\(path)"))
    }

    func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: self.root.appending(path: "brand-1/\(path)")), as: UTF8.self)
    }

    func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.root.appending(path: "brand-1/\(folder)").path)
            .sorted()
    }
}

/// Where nothing may be called.
struct NoTransport: PlatformTransport {
    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        throw PlatformFault(.retry, code: "not-reached", "this test has no network")
    }
}

/// A partner's addresses.
final class ScriptedPartner: PlatformTransport {
    private let kept = Mutex<[PlatformRequest]>([])
    private let answer: @Sendable (PlatformRequest) -> PlatformResponse

    init(_ answer: @escaping @Sendable (PlatformRequest) -> PlatformResponse) { self.answer = answer }

    var requests: [PlatformRequest] { self.kept.withLock { $0 } }

    func send(_ request: PlatformRequest) async throws(PlatformFault) -> PlatformResponse {
        self.kept.withLock { $0.append(request) }
        return self.answer(request)
    }
}

extension PlatformResponse {
    static func csv(
        _ text: String, status: Int = 200, type: String = "text/csv; charset=utf-8"
    ) -> PlatformResponse {
        PlatformResponse(
            status: status, headers: [PlatformHeader("content-type", type)], body: Array(text.utf8))
    }

    static func json(_ text: String) -> PlatformResponse { .csv(text, type: "application/json") }
}

extension ListingReference {
    static func example(_ sku: String) -> ListingReference {
        ListingReference(sku: sku, platformSKU: "P-\(sku)", ids: [:])
    }
}
