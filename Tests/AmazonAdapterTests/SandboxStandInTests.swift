import ChannelAdapter
import DrivelineTesting
import OrderMessages
import OrderedCollections
import SandboxJSON
import SandboxTestSupport
import Testing

@testable import AmazonAdapter

/// What no adapter sees, since it takes either: so that what is switched on really goes wrong.
@Suite("The stand-in of Amazon does what is asked of it", .timeLimit(.minutes(5)))
struct SandboxStandInTests {
    private static let products = (0..<30).map { SandboxProduct(sku: "PAD-\($0)", quantity: 10, price: "24.90") }

    private static func header(_ name: String, _ answer: SandboxControl.Answer) -> String? {
        answer.headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    @Test("feeds are made as often as the model has it, told so, and no other operation takes their calls")
    func feedLimit() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            let feed = try await SandboxFeed.upload(amazon, count: 3, quantity: 4)
            try await amazon.setFaults(["limitsEnabled": true])
            var ids: [String] = []
            for number in 0..<15 {
                let answer = try await feed.create()
                #expect(answer.status == 202, "feed \(number): \(answer.text)")
                #expect(Self.header("x-amzn-RateLimit-Limit", answer) == "0.0083")
                ids.append(answer.json["feedId"]?.text ?? "")
            }
            let refused = try await feed.create()
            #expect(refused.status == 429)
            #expect(refused.json["errors"]?.array?.first?["code"]?.text == "QuotaExceeded")
            // As the models have it, which is why an adapter may not count on it.
            #expect(Self.header("x-amzn-RateLimit-Limit", refused) == nil)
            let known = try await amazon.send("GET", "\(SandboxFeed.path)/feeds/\(ids[0])")
            #expect(known.status == 200 && Self.header("x-amzn-RateLimit-Limit", known) == "2.0")
            try await amazon.setFaults([:])
            #expect(try await feed.create().status == 202)
        }
    }

    @Test("a report counts each message, and those that it is to miss not")
    func counts() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            let feed = try await SandboxFeed.upload(amazon, count: 30, quantity: 4)
            let cases: [(JSONValue, Int, Int)] = [
                ([:], 30, 0), (["refusedRowInterval": 3], 20, 10), (["missingReportInterval": 10], 27, 0),
                (["refusedRowInterval": 3, "missingReportInterval": 10], 18, 9),
            ]
            for (faults, accepted, invalid) in cases {
                try await amazon.setFaults(faults)
                let id = try #require(try await feed.create().json["feedId"]?.text)
                try await until { try await feed.state(id)["processingStatus"] == "DONE" }
                let report = try JSONValue(json: try await feed.report(id).bytes)
                let summary = report["summary"]
                #expect(summary?["messagesProcessed"] == .number(accepted + invalid), "\(faults.jsonText)")
                #expect(summary?["messagesAccepted"] == .number(accepted), "\(faults.jsonText)")
                #expect(summary?["messagesInvalid"] == .number(invalid), "\(faults.jsonText)")
                #expect(summary?["errors"] == .number(invalid) && report["issues"]?.array?.count == invalid)
                #expect(report["header"]?["feedId"]?.text == id)
            }
        }
    }

    @Test(
        "a report is compressed where that is asked for, and is told to be or not",
        arguments: [nil, "GZIP", "UNANNOUNCED"])
    func compression(kind: String?) async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            try await amazon.setFaults(["reportCompression": .text(kind)])
            let feed = try await SandboxFeed.upload(amazon, count: 3, quantity: 4)
            let id = try #require(try await feed.create().json["feedId"]?.text)
            try await until { try await feed.state(id)["processingStatus"] == "DONE" }
            let (document, bytes) = try await feed.report(id)
            #expect(document["compressionAlgorithm"]?.text == (kind == "GZIP" ? "GZIP" : nil))
            #expect(bytes.starts(with: [0x1F, 0x8B]) == (kind != nil))
            let report = try JSONValue(json: try AmazonSession.decompressed(bytes))
            #expect(report["summary"]?["messagesAccepted"] == 3)
        }
    }

    @Test("a feed takes the time that is set, in the queue and in progress, and is done then alone")
    func duration() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            try await amazon.setFaults(["processingMilliseconds": 3_600_000])
            let feed = try await SandboxFeed.upload(amazon, count: 3, quantity: 4)
            let start = ContinuousClock.now
            let id = try #require(try await feed.create().json["feedId"]?.text)
            #expect(try await feed.state(id)["processingStatus"] == "IN_QUEUE")
            #expect(try await amazon.shelf()["PAD-0"]?.available == 10)
            try await amazon.setFaults(["processingMilliseconds": 600, "feedEnd": "STUCK_IN_PROGRESS"])
            try await until { try await feed.state(id)["processingStatus"] == "IN_PROGRESS" }
            #expect(start.duration(to: .now) >= .milliseconds(590))
            #expect(try await amazon.shelf()["PAD-0"]?.available == 10)
            try await amazon.setFaults(["processingMilliseconds": 600])
            try await until { try await feed.state(id)["processingStatus"] == "DONE" }
            #expect(start.duration(to: .now) >= .milliseconds(1_190))
            #expect(try await amazon.shelf()["PAD-0"]?.available == 4)
        }
    }

    @Test(
        "a feed that sticks stays where it is, without a report, and goes on where that is switched off",
        arguments: [("STUCK_IN_QUEUE", "IN_QUEUE"), ("STUCK_IN_PROGRESS", "IN_PROGRESS")])
    func stuck(end: String, status: String) async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            try await amazon.setFaults(["feedEnd": .string(end)])
            let feed = try await SandboxFeed.upload(amazon, count: 3, quantity: 4)
            let id = try #require(try await feed.create().json["feedId"]?.text)
            try await until { try await feed.state(id)["processingStatus"]?.text == status }
            try await Task.sleep(for: .milliseconds(300))
            let state = try await feed.state(id)
            #expect(state["processingStatus"]?.text == status)
            #expect(state["resultFeedDocumentId"] == nil && state["processingEndTime"] == nil)
            #expect(try await amazon.shelf()["PAD-0"]?.available == 10)
            try await amazon.setFaults([:])
            try await until { try await feed.state(id)["processingStatus"] == "DONE" }
            #expect(try await amazon.shelf()["PAD-0"]?.available == 4)
        }
    }

    @Test("a feed that is broken off or cancelled has no report, and one in the queue can be cancelled by its app")
    func ends() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            let feed = try await SandboxFeed.upload(amazon, count: 10, quantity: 4)
            for (end, done) in [("CANCELLED", 0), ("FATAL", 5)] {
                try await amazon.setFaults(["feedEnd": .string(end)])
                let id = try #require(try await feed.create().json["feedId"]?.text)
                try await until { try await feed.state(id)["processingStatus"]?.text == end }
                let state = try await feed.state(id)
                #expect(state["resultFeedDocumentId"] == nil && state["processingEndTime"] != nil)
                #expect(try await amazon.shelf().values.filter { $0.available == 4 }.count == done)
            }
            try await amazon.setFaults(["processingMilliseconds": 86_400_000])
            let id = try #require(try await feed.create().json["feedId"]?.text)
            #expect(try await amazon.send("DELETE", "\(SandboxFeed.path)/feeds/\(id)").status == 200)
            try await amazon.setFaults([:])
            try await Task.sleep(for: .milliseconds(200))
            #expect(try await feed.state(id)["processingStatus"] == "CANCELLED")
            #expect(try await amazon.shelf().values.filter { $0.available == 4 }.count == 5)
        }
    }

    @Test("a change that is wrong is a 200 that says INVALID, and a consent that was taken back is invalid_grant")
    func refusals() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            let path =
                "/listings/2021-08-01/items/\(amazon.account.settings["sellerId", default: ""])/PAD-0"
                + "?marketplaceIds=\(amazon.account.settings["marketplaceId", default: ""])"
            let patch: JSONValue = [
                "productType": "AUTO_PART",
                "patches": [
                    [
                        "op": "merge", "path": "/attributes/fulfillment_availability",
                        "value": [["fulfillment_channel_code": "DEFAULT", "quantity": -1]],
                    ]
                ],
            ]
            let answer = try await amazon.send("PATCH", path, patch)
            #expect(answer.status == 200 && answer.json["status"] == "INVALID", "\(answer.text)")
            #expect(answer.json["issues"]?.array?.first?["severity"] == "ERROR")
            #expect(Self.header("x-amzn-RateLimit-Limit", answer) == "5.0")
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await amazon.shelf()["PAD-0"]?.available == 10)

            try await amazon.setFaults(["tokenRevoked": true])
            let form =
                "grant_type=refresh_token&refresh_token=\(AmazonText.encoded(amazon.shop.token))"
                + "&client_id=\(AmazonText.encoded(amazon.account.credentials["clientId", default: ""]))"
                + "&client_secret=\(AmazonText.encoded(amazon.shop.clientSecret))"
            let token = try await amazon.sandbox.send(
                "POST", "\(amazon.shop.url)/auth/o2/token", bytes: Array(form.utf8),
                headers: ["Content-Type": "application/x-www-form-urlencoded"])
            #expect(token.status == 400 && token.json["error"] == "invalid_grant")
        }
    }

    @Test("a parcel is sent once by its reference, takes another number, and no other items")
    func parcels() async throws {
        try await SandboxSeller.with(Self.products) { amazon in
            _ = try #require(try await amazon.sandbox.placeOrder(SandboxSeller.name, ["PAD-0": 3]))
            let order = try #require(try await amazon.session.orders(since: 0, page: "").orders.first)
            let request = try AmazonAdapter().order(from: order.body, account: amazon.account)
            let line = try #require(request.items.first).channelLineID
            let send = { (reference: String, number: String, quantity: Int) in
                try await amazon.send(
                    "POST", "/orders/v0/orders/\(order.id)/shipmentConfirmation",
                    [
                        "marketplaceId": .string(amazon.account.settings["marketplaceId", default: ""]),
                        "packageDetail": [
                            "packageReferenceId": .string(reference), "carrierCode": "UPS",
                            "trackingNumber": .string(number), "shipDate": "2026-01-01T00:00:00Z",
                            "orderItems": [["orderItemId": .string(line), "quantity": .number(quantity)]],
                        ],
                    ]
                ).status
            }
            // Units are left for a second time, so that one that is sent twice is not refused for having none.
            for _ in 0..<2 { #expect(try await send("1", "1Z1", 1) == 204) }
            let fulfilled = {
                let order = try #require(try await amazon.sandbox.orders(SandboxSeller.name).first)
                let numbers = order["fulfilments"]?.array?.map { $0["tracking"]?.array?.first?["number"]?.text }
                return (order["lines"]?.array?.first?["fulfilled"], numbers)
            }
            var state = try await fulfilled()
            #expect(state.0 == 1 && state.1 == ["1Z1"])
            #expect(try await send("1", "1Z9", 1) == 204)
            #expect(try await send("1", "1Z9", 2) == 400)
            state = try await fulfilled()
            #expect(state.0 == 1 && state.1 == ["1Z9"])
            #expect(try await send("2", "1Z2", 2) == 204)
            state = try await fulfilled()
            #expect(state.0 == 3 && state.1 == ["1Z9", "1Z2"])
        }
    }

    @Test("faults are shown as they were set, and words that are none are refused")
    func control() async throws {
        try await SandboxSeller.with([]) { amazon in
            let faults: JSONValue = [
                "processingMilliseconds": 7, "accessTokenSeconds": 8, "feedEnd": "FATAL", "missingReportInterval": 9,
                "reportCompression": "UNANNOUNCED", "refusedRowInterval": 2, "throttled": true, "limitsEnabled": true,
            ]
            try await amazon.setFaults(faults)
            let path = "/control/shops/\(SandboxSeller.name)/faults"
            let shown = try await amazon.sandbox.send("GET", path).json
            for (name, value) in faults.object ?? [:] { #expect(shown[name] == value, "\(name)") }
            for wrong in [
                ["feedEnd": "DONE"], ["reportCompression": "ZIP"], ["missingReportInterval": 0], ["feedEnds": "FATAL"],
            ] as [JSONValue] {
                #expect(try await amazon.sandbox.send("PUT", path, body: wrong).status == 400, "\(wrong.jsonText)")
            }
            // What was refused changed nothing; members come in any order.
            let after = try await amazon.sandbox.send("GET", path).json
            for (name, value) in shown.object ?? [:] { #expect(after[name] == value, "\(name)") }
        }
    }
}
