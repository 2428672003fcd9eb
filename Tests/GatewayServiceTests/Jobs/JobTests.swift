import AsyncHTTPClient
import DrivelineTesting
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayService

@Suite("Jobs over REST", .timeLimit(.minutes(5)))
struct JobTests {
    @Test(
        "A file is brought in by a job, which tells how it goes and leaves the rows that were refused; stock goes out")
    func importAndExport() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("OLD", 1)
            let job = try await gateway.beginImport()
            let waiting = try await gateway.send(.GET, "/v1/jobs/\(job)")
            #expect(waiting.json["state"] as? String == "queued" && waiting.json["awaitsInput"] as? Bool == true)
            #expect(waiting.json["kind"] as? String == "stock-import" && waiting.header("ETag") != nil)
            let early = try await gateway.send(.GET, "/v1/jobs/\(job)/result")
            #expect(early.status == 409 && early.problem == "job-not-ended", "\(early.body)")

            let text = GatewayHarness.csv(rows: 5_000, refusing: 10)
            let sent = try await gateway.sendInput(text, to: job)
            #expect(sent.status == 200 && sent.json["inputBytes"] as? Int == text.utf8.count, "\(sent.body)")
            // An answer that was lost is had again, and the file is not taken twice.
            #expect(try await gateway.sendInput(text, to: job).status == 200)
            let ended = try await gateway.ended(job)
            #expect(ended["state"] as? String == "succeeded" && ended["percent"] as? Int == 100, "\(ended)")
            #expect(ended["done"] as? Int == 5_000 && ended["failed"] as? Int == 500)
            let rows = try await gateway.send(.GET, "/v1/jobs/\(job)/result?name=failed-rows")
            #expect(rows.status == 200 && rows.header("Content-Type")?.hasPrefix("text/csv") == true)
            #expect(rows.header("Content-Disposition") == "attachment; filename=\"\(job)-failed-rows.csv\"")
            let lines = rows.body.split(separator: "\r\n")
            #expect(lines.count == 501 && lines[1].contains("SKU9,NOWHERE") && lines[1].contains("unknown-location"))
            let unknown = try await gateway.send(.GET, "/v1/jobs/\(job)/result?name=rows")
            #expect(unknown.status == 400 && unknown.body.contains("one of failed-rows"), "\(unknown.body)")
            #expect(try await gateway.send(.GET, "/v1/inventory-imports/\(job)").json["rowsFailed"] as? Int == 500)

            let begun = try await gateway.post("/v1/inventory-exports", #"{"options": {"format": "csv"}}"#)
            let export = try #require(begun.json["exportId"] as? String)
            #expect(try await gateway.ended(export)["state"] as? String == "succeeded")
            let stock = try await gateway.send(.GET, "/v1/jobs/\(export)/result", headers: ["Accept": "text/csv"])
            #expect(
                stock.status == 200 && stock.body.split(separator: "\r\n").count == 4_502, "\(stock.body.prefix(200))")
            #expect(
                stock.body.contains("OLD,WHS1,1") && stock.header("Content-Disposition")?.contains("stock.csv") == true)
        }
    }

    @Test("Lists show the newest first, by kind and state, page by page")
    func listing() async throws {
        try await GatewayHarness.with { gateway in
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try await gateway.beginImport()) }
            let export = try await gateway.post("/v1/inventory-exports", #"{"options": {"format": "json"}}"#)
            ids.append(try #require(export.json["exportId"] as? String))
            _ = try await gateway.ended(ids[5])
            let cancelled = try await gateway.send(.POST, "/v1/jobs/\(ids[0])/cancel")
            #expect(cancelled.status == 200 && cancelled.json["state"] as? String == "cancelled", "\(cancelled.body)")
            func list(_ query: String) async throws -> (ids: [String], token: String) {
                let answer = try await gateway.send(.GET, "/v1/jobs?\(query)")
                let jobs = try #require(answer.json["jobs"] as? [[String: Any]], "\(answer.body)")
                return (jobs.compactMap { $0["jobId"] as? String }, answer.json["nextPageToken"] as? String ?? "")
            }
            // Jobs of one millisecond have no order of their own.
            #expect(Set(try await list("").ids) == Set(ids))
            #expect(try await list("kind=stock-export").ids == [ids[5]])
            #expect(try await list("state=cancelled").ids == [ids[0]])
            #expect(try await list("state=queued&kind=stock-export").ids.isEmpty)
            #expect(try await list("kind=other").ids.isEmpty)
            var (seen, token) = ([String](), "")
            repeat {
                let page = try await list("pageSize=2&pageToken=\(token)")
                #expect(page.ids.count <= 2)
                seen += page.ids
                token = page.token
            } while !token.isEmpty
            #expect(seen.count == 6 && Set(seen) == Set(ids) && seen == seen.sorted(by: >))
            #expect(try await gateway.send(.GET, "/v1/jobs?pageToken=x").status == 400)
            #expect(try await gateway.send(.GET, "/v1/jobs?state=broken").status == 400)
        }
    }

    @Test("A job of another brand, or of another's scope, is exactly like one that is not there")
    func foreign() async throws {
        try await GatewayHarness.with { gateway in
            let job = try await gateway.beginImport()
            let other = try await gateway.makeOtherKey()
            let blind = try await gateway.makeKey(["identity:read"])
            // Of an id that was never given, of one of another service, and of what is none.
            let absent = [job.prefix(job.count - 12) + "000000000000", "catalog" + job.dropFirst(9), "nothing"]
            for (method, path) in [
                (HTTPMethod.GET, ""), (.POST, "/cancel"), (.GET, "/events"), (.PUT, "/input"), (.GET, "/result"),
            ] {
                func answer(_ id: some StringProtocol, _ key: String) async throws -> String {
                    let answer = try await gateway.send(
                        method, "/v1/jobs/\(id)\(path)", key: key, headers: ["X-Request-Id": "same"])
                    #expect(answer.status == 404, "\(method) \(path) \(answer.body)")
                    return "\(answer.status) \(answer.body)"
                }
                let expected = try await answer(absent[0], gateway.key)
                for id in absent { #expect(try await answer(id, gateway.key) == expected) }
                #expect(try await answer(job, other) == expected)
                #expect(try await answer(job, blind) == expected)
            }
            #expect((try await gateway.send(.GET, "/v1/jobs", key: other).json["jobs"] as? [Any])?.isEmpty == true)
            #expect((try await gateway.send(.GET, "/v1/jobs", key: blind).json["jobs"] as? [Any])?.isEmpty == true)
            let reader = try await gateway.makeKey(["inventory:read"])
            #expect(try await gateway.send(.GET, "/v1/jobs/\(job)", key: reader).status == 200)
            let refused = try await gateway.sendInput("sku\n", to: job, key: reader)
            #expect(refused.status == 403 && refused.problem == "scope-missing")
            #expect(try await gateway.send(.POST, "/v1/jobs/\(job)/cancel", key: reader).status == 403)
        }
    }

    @Test("What is refused of a file says what becomes of the job")
    func refusedInput() async throws {
        try await GatewayHarness.with { gateway in
            let job = try await gateway.beginImport()
            let typed = try await gateway.sendInput("sku\n", to: job, type: "text/html")
            #expect(typed.status == 415 && typed.problem == "content-type-unsupported")
            let truncated = try await gateway.beginImport()
            var request = gateway.request(.PUT, "/v1/jobs/\(truncated)/input", key: gateway.key, [:], nil)
            request.headers.add(name: "Content-Type", value: "application/gzip")
            request.body = .bytes(ByteBuffer(bytes: [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 75]))
            let response = try await gateway.client.execute(request, deadline: .now() + .seconds(60))
            let body = String(buffer: try await response.body.collect(upTo: 100_000))
            #expect(response.status == .badRequest && body.contains("gzip-truncated"), "\(body)")
            #expect(body.contains("the job is cancelled, begin another one"))
            #expect(try await gateway.send(.GET, "/v1/jobs/\(truncated)").json["state"] as? String == "cancelled")
            let late = try await gateway.sendInput("sku\n", to: truncated)
            #expect(late.status == 409 && late.problem == "input-closed", "\(late.body)")
            let export = try await gateway.post("/v1/inventory-exports", #"{"options": {"format": "csv"}}"#)
            let none = try await gateway.sendInput("sku\n", to: try #require(export.json["exportId"] as? String))
            #expect(none.status == 409 && none.problem == "input-closed")
            let dry = try await gateway.beginImport(#"{"format": "csv", "dryRun": true}"#)
            _ = try await gateway.send(.POST, "/v1/jobs/\(dry)/cancel")
            let differences = try await gateway.send(.GET, "/v1/jobs/\(dry)/result?name=differences")
            #expect(differences.status == 409 && differences.problem == "job-without-result")
        }
    }

    @Test("An upload that broke off leaves a job that waits, and goes on where it was, with the same file only")
    func resumedUpload() async throws {
        try await GatewayHarness.with { gateway in
            try await gateway.makeStock("OLD", 1)
            let job = try await gateway.beginImport()
            let text = GatewayHarness.csv(rows: 40_000)
            let bytes = Array(text.utf8)
            let client = try await SocketClient(gateway.port)
            await client.send(
                "PUT /v1/jobs/\(job)/input HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(gateway.key)\r\n"
                    + "Content-Type: text/csv\r\nContent-Length: \(bytes.count)\r\n\r\n")
            await client.send(String(decoding: bytes.prefix(400_000), as: UTF8.self))
            var status = try await gateway.send(.GET, "/v1/jobs/\(job)").json
            try await until {
                status = try await gateway.send(.GET, "/v1/jobs/\(job)").json
                return status["inputBytes"] as? Int == 262_144
            }
            await client.close()
            #expect(status["awaitsInput"] as? Bool == true && status["state"] as? String == "queued")

            let other = try await gateway.sendInput("x" + text.dropFirst(), to: job)
            #expect(other.status == 409 && other.problem == "input-differs", "\(other.body)")
            let sent = try await gateway.sendInput(text, to: job)
            #expect(sent.status == 200 && sent.json["awaitsInput"] as? Bool == false, "\(sent.body)")
            let ended = try await gateway.ended(job)
            #expect(ended["done"] as? Int == 40_000 && ended["failed"] as? Int == 0, "\(ended)")
        }
    }
}
