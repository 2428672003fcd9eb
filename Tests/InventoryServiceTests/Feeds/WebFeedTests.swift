import DrivelineTesting
import Foundation
import InventoryAPI
import InventoryMessages
import Postgres
import Synchronization
import TestSupport
import Testing
import WellKnownMessages

@testable import InventoryService

@Suite("Feeds by HTTPS")
struct WebFeedTests {
    private static let text = "Item,Qty\nA,10\nB,20\n"

    /// A feed from a partner's server, and the server; nothing is looked after but by hand.
    private static func with(
        _ configure: (inout FeedConfiguration) -> Void = { _ in },
        _ body: (FeedHarness, PartnerServer) async throws -> Void
    ) async throws {
        let authority = try TestAuthority.shared.get()
        try await PartnerServer.with(authority) { server in
            try await FeedHarness.with(looking: 0) { configuration in
                configuration.allowsPrivateNetworks = true
                configuration.authorityFile = authority.path("ca.pem")
                configure(&configuration)
            } _: { harness in
                try await harness.put { $0.source = .web(WebSource(url: server.url())) }
                try await body(harness, server)
            }
        }
    }

    private static func status(_ harness: FeedHarness) async throws -> FeedStatus {
        try #require(try await harness.client.getFeed(GetFeedRequest(feedID: "acme")).status)
    }

    @Test("a file is fetched once as long as it does not change; its secret is shown, and told to nobody")
    func unchanged() async throws {
        try await Self.with { harness, server in
            let secrets = URL(fileURLWithPath: try #require(harness.configuration.secretsRoot))
            try Data("Bearer s3cret\n".utf8).write(
                to: secrets.appending(path: "\(harness.inventory.brand)/acme-token"))
            let put = try await harness.put {
                $0.source = .web(
                    WebSource(
                        url: server.url("/stock.csv?key=q"), secretHeader: "Authorization", secretName: "acme-token"))
            }
            #expect(!"\(put)".contains("s3cret"))
            server.reply { head in
                head.lowercased().contains("if-none-match: \"v1\"")
                    ? .file("", status: "304 Not Modified")
                    : .file(Self.text, "etag: \"v1\"", "last-modified: Tue, 01 Sep 2026 08:00:00 GMT")
            }
            try await harness.look().run()
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("B") == 20)
            let run = try await harness.lastRun()
            #expect(run.state == .succeeded && run.file == server.url() && run.figuresAt?.seconds == 1_788_249_600)
            #expect(server.requests.allSatisfy { $0.contains("Authorization: Bearer s3cret\r\n") })
            try await harness.look().run()
            let status = try await Self.status(harness)
            #expect(status.finding == .unchanged && status.failures == 0)
            // What has not changed has not become younger.
            #expect(status.locations.first?.fedAt?.seconds == 1_788_249_600)
            #expect(try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme")).runs.count == 1)
            try await harness.put {
                $0.unchangedIsFresh = true
                $0.source = .web(WebSource(url: server.url()))
            }
            try await harness.look().run()
            try await harness.look().run()
            #expect(try await Self.status(harness).locations.first?.fedAt?.seconds ?? 0 > 1_788_249_600)
        }
    }

    @Test("the same bytes from a server that tells nothing of them are no news either, unless asked for")
    func sameBytes() async throws {
        try await Self.with { harness, server in
            server.reply { _ in .file(Self.text) }
            try await harness.look().run()
            try await harness.look().run()
            #expect(try await Self.status(harness).finding == .unchanged)
            #expect(try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme")).runs.count == 1)
            #expect(try await harness.inventory.number("select count(*) from feed_row") == 0)
            _ = try await harness.client.runFeed(RunFeedRequest(feedID: "acme"))
            try await harness.look().run()
            #expect(try await harness.client.listFeedRuns(ListFeedRunsRequest(feedID: "acme")).runs.count == 2)
        }
    }

    /// A fault, and how it is told of.
    struct Fault: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        var isRetried = true
        /// How long the server may be silent: long, but where that is the fault.
        var silenceMilliseconds: Int64 = 60_000
        let reply: @Sendable (String) -> PartnerServer.Reply

        var testDescription: String { self.name }
    }

    static let faults: [Fault] = [
        Fault(name: "a server that fails", code: "http-status") { _ in
            .file("no", status: "500 Internal Server Error")
        },
        Fault(name: "a file that is not there", code: "http-status", isRetried: false) { _ in
            .file("no", status: "404 Not Found")
        },
        Fault(name: "silence before the answer", code: "fetch-failed", silenceMilliseconds: 300) { _ in .stall("") },
        Fault(name: "silence within the file", code: "fetch-failed", silenceMilliseconds: 300) { _ in
            .stall("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nItem,Qty\nA,0\nB,")
        },
        Fault(name: "a file that is cut off", code: "fetch-failed") { _ in
            .bytes(Array("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nItem,Qty\nA,0\n".utf8))
        },
        Fault(name: "chunks that are cut off", code: "fetch-failed") { _ in
            .bytes(Array("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nItem,Qty\n\r\n4\r\nA,0\n\r\n".utf8))
        },
        Fault(name: "a file without an end", code: "file-too-large", isRetried: false) { _ in
            .endless(
                head: "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nItem,Qty\n",
                part: String(repeating: "A,1\n", count: 999))
        },
        Fault(name: "a row without an end", code: "columns-missing", isRetried: false) { _ in
            .endless(head: "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", part: String(repeating: "A", count: 4_000))
        },
        Fault(name: "a file that says it is too large", code: "file-too-large", isRetried: false) { _ in
            .stall("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
        },
        Fault(name: "a head without an end", code: "fetch-failed") { _ in
            .endless(head: "HTTP/1.1 200 OK\r\n", part: String(repeating: "x-a: b\r\n", count: 999))
        },
        Fault(name: "no answer of HTTP", code: "fetch-failed") { _ in .bytes(Array("220 ready\r\n".utf8)) },
        Fault(name: "an encoding that was not asked for", code: "encoding-unknown", isRetried: false) { _ in
            .file(Self.text, "content-encoding: br")
        },
        Fault(name: "two encodings", code: "encoding-unknown", isRetried: false) { _ in
            .file(Self.text, "content-encoding: gzip, gzip")
        },
        Fault(name: "an encoding that it has not", code: "gzip-damaged", isRetried: false) { _ in
            .file(Self.text, "content-encoding: gzip")
        },
        Fault(name: "a compressed file whose end is missing", code: "gzip-truncated", isRetried: false) { _ in
            .file((try? Self.compressed.get().dropLast()) ?? [], "content-encoding: gzip")
        },
        Fault(name: "a compressed file that is damaged", code: "gzip-damaged", isRetried: false) { _ in
            var bytes = (try? Self.compressed.get()) ?? []
            bytes[bytes.count - 8] ^= 1
            return .file(bytes)
        },
        Fault(name: "bytes that swell", code: "gzip-ratio-too-high", isRetried: false) { _ in
            .file((try? Self.bomb.get()) ?? [], "content-encoding: gzip")
        },
        Fault(name: "a redirection in a circle", code: "redirected-too-often", isRetried: false) { head in
            .file("", status: "302 Found", "location: /stock.csv?\(head.utf8.count)")
        },
        Fault(name: "a redirection to plain HTTP", code: "url-forbidden", isRetried: false) { _ in
            .file("", status: "302 Found", "location: http://127.0.0.1/stock.csv")
        },
        Fault(name: "a redirection to nowhere", code: "url-forbidden", isRetried: false) { _ in
            .file("", status: "302 Found")
        },
    ]

    private static let compressed = Result { try GzipCommand.compress("Item,Qty\nA,0\nB,0\n") }
    private static let bomb = Result {
        try GzipCommand.compress(Array("Item,Qty\nA,0".utf8) + [UInt8](repeating: 0x30, count: 100_000))
    }

    @Test("a file comes compressed by encoding or as a file, is read as what it holds, and compared by that")
    func compressed() async throws {
        try await Self.with { harness, server in
            let first = try GzipCommand.compress(Self.text)
            server.reply { head in
                head.lowercased().contains("accept-encoding: gzip\r\n")
                    ? .file(first, "content-encoding: gzip") : .file("asked otherwise")
            }
            try await harness.look().run()
            #expect(try await harness.available("B") == 20)
            #expect(try await harness.lastRun().bytes == Int64(first.count))
            // The same, now as it is: nothing new.
            server.reply { _ in .file(Self.text) }
            try await harness.look().run()
            #expect(try await Self.status(harness).finding == .unchanged)
            // A compressed file by its name, and by how it begins.
            let second = try GzipCommand.compress("Item,Qty\nA,7\nB,20\n")
            for path in ["/stock.csv.gz", "/stock"] {
                try await harness.put { $0.source = .web(WebSource(url: server.url("\(path)?x=1"))) }
                server.reply { head in
                    head.lowercased().contains("accept-encoding: identity\r\n") == path.hasSuffix(".gz")
                        ? .file(second) : .file("asked otherwise")
                }
                try await harness.look().run()
                #expect(try await harness.available("A") == 7)
                #expect(try await Self.status(harness).problem == nil)
            }
            try await harness.put { $0.source = .web(WebSource(url: server.url("/stock.csv.gz"))) }
            server.reply { _ in .file(Self.text) }
            try await harness.look().run()
            #expect(try await Self.status(harness).problem?.code == "gzip-damaged")
        }
    }

    @Test("faults change nothing, are told of once, and end with the next file", arguments: faults)
    func fault(_ fault: Fault) async throws {
        try await Self.with {
            $0.limits.fileBytes = 400_000
            $0.limits.compressionFreeBytes = 10_000
        } _: { harness, server in
            server.reply { _ in .file(Self.text) }
            try await harness.look().run()
            _ = try await harness.put {
                $0.active = true
                $0.source = .web(WebSource(url: server.url()))
            }
            server.reply(fault.reply)
            for failures in 1...2 {
                try await harness.look { $0.limits.silenceMilliseconds = fault.silenceMilliseconds }.run()
                let status = try await Self.status(harness)
                #expect(status.problem?.code == fault.code, "\(String(describing: status.problem))")
                #expect(status.failures == UInt32(failures))
                let due = try #require(status.nextDueAt).seconds - (try #require(status.lookedAt)).seconds
                #expect(fault.isRetried ? due <= 121 : due >= 3_599)
            }
            #expect(try await harness.available("A") == 10)
            #expect(try await harness.available("B") == 20)
            #expect(try await harness.inventory.number("select count(*) from feed_row") == 0)
            #expect(try await harness.inventory.number("select count(*) from feed_run where state <= 2") == 0)
            let last = try await harness.lastRun()
            #expect(last.state == .failed && last.problem?.code == fault.code)
            server.reply { _ in .file("Item,Qty\nA,9\nB,20\n") }
            try await harness.look().run()
            #expect(try await harness.available("A") == 9)
            let types = try await harness.inventory.eventTypes()
            #expect(types["inventory.feed.failed"] == 1 && types["inventory.feed.recovered"] == 1)
        }
    }

    @Test("a file that comes drop by drop has its time, and no more")
    func tooSlow() async throws {
        try await Self.with {
            $0.limits.fetchMilliseconds = 1_000
        } _: { harness, server in
            server.reply { _ in
                .drip(head: "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nItem,Qty\n", part: "A,1\n")
            }
            try await harness.look().run()
            #expect(try await Self.status(harness).problem?.code == "fetch-too-slow")
        }
    }

    @Test("a certificate of another authority, or for another name, is not trusted")
    func certificates() async throws {
        let stranger = try TestAuthority.stranger.get()
        try await Self.with {
            $0.authorityFile = stranger.path("ca.pem")
        } _: { harness, server in
            server.reply { _ in .file(Self.text) }
            try await harness.look().run()
            #expect(try await Self.status(harness).problem?.code == "tls-failed")
            #expect(server.requests.isEmpty)
        }
        try await Self.with { harness, server in
            server.reply { _ in .file(Self.text) }
            try await harness.put { $0.source = .web(WebSource(url: server.url(host: "localhost"))) }
            try await harness.look().run()
            #expect(try await harness.lastRun().state == .succeeded)
            // Resolves to the same server, under a name that the certificate does not have.
            try await harness.put { $0.source = .web(WebSource(url: server.url(host: "ip6-localhost.localdomain"))) }
            try await harness.put { $0.source = .web(WebSource(url: server.url(host: "127.0.0.2"))) }
            try await harness.look().run()
            #expect(try await Self.status(harness).failures == 1)
        }
    }

    @Test("private addresses are refused unless allowed, also where a redirection leads; nothing is sent there")
    func privateAddresses() async throws {
        try await Self.with {
            $0.allowsPrivateNetworks = false
        } _: { harness, server in
            for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "0x7f000001"] {
                try await harness.put { $0.source = .web(WebSource(url: server.url(host: host))) }
                try await harness.look().run()
                let code = try await Self.status(harness).problem?.code
                #expect(code == "address-private" || code == "host-unknown", "\(host) \(String(describing: code))")
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test("a secret is shown to the host that it is for, and to no other that it redirects to")
    func redirectedSecret() async throws {
        try await Self.with { harness, server in
            let secrets = URL(fileURLWithPath: try #require(harness.configuration.secretsRoot))
            let file = secrets.appending(path: "\(harness.inventory.brand)/token")
            try await harness.put {
                $0.source = .web(WebSource(url: server.url(), secretHeader: "X-Key", secretName: "token"))
            }
            try await harness.look().run()
            #expect(try await Self.status(harness).problem?.code == "secret-missing")
            try Data("a\r\nb".utf8).write(to: file)
            try await harness.look().run()
            #expect(try await Self.status(harness).problem?.code == "secret-unusable")
            try Data("s3cret".utf8).write(to: file)
            let (near, far) = (server.url("/near"), server.url("/far", host: "localhost"))
            server.reply { head in
                if head.hasPrefix("GET /stock.csv") { return .file("", status: "301 Moved", "location: \(near)") }
                if head.hasPrefix("GET /near") { return .file("", status: "307 Moved", "location: \(far)") }
                return .file(Self.text)
            }
            try await harness.look().run()
            #expect(try await harness.available("A") == 10)
            let shown = server.requests.suffix(3).map { $0.contains("X-Key: s3cret") }
            #expect(shown == [true, true, false])
        }
    }
}
