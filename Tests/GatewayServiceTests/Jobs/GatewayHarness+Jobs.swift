import AsyncHTTPClient
import DrivelineTesting
import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension GatewayHarness {
    /// A header and rows of stock, of which every tenth names a location that is not there.
    static func csv(rows: Int, refusing share: Int = .max) -> String {
        "sku,locationId,stockAvailable\n"
            + (0..<rows).map { "SKU\($0),\($0 % share == share - 1 ? "NOWHERE" : "WHS1"),\($0 % 1_000)\n" }.joined()
    }

    /// Begins an import, and answers its job's id.
    func beginImport(
        _ options: String = #"{"format": "csv"}"#, id: String = "\(UInt64.random(in: .min ... .max))"
    ) async throws -> String {
        let begun = try await self.post("/v1/inventory-imports", #"{"options": \#(options)}"#, id: id)
        #expect(begun.status == 200, "\(begun.body)")
        return try #require(begun.json["importId"] as? String)
    }

    /// Sends the file that a job waits for.
    func sendInput(
        _ text: String, to job: String, key: String? = nil, type: String? = "text/csv"
    ) async throws -> Answer {
        var request = self.request(.PUT, "/v1/jobs/\(job)/input", key: key ?? self.key, [:], nil)
        if let type { request.headers.add(name: "Content-Type", value: type) }
        request.body = .bytes(ByteBuffer(string: text))
        let response = try await self.client.execute(request, deadline: .now() + .seconds(120))
        let bytes = try await response.body.collect(upTo: 1_048_576)
        return Answer(status: Int(response.status.code), headers: response.headers, body: String(buffer: bytes))
    }

    /// A job, once it has ended.
    func ended(_ job: String) async throws -> [String: Any] {
        var answer = try await self.send(.GET, "/v1/jobs/\(job)")
        try await until {
            answer = try await self.send(.GET, "/v1/jobs/\(job)")
            return ["succeeded", "failed", "cancelled"].contains(answer.json["state"] as? String)
        }
        return answer.json
    }

    /// The events of a job.
    func events(of job: String, after id: String? = nil) async throws -> HTTPClientResponse {
        let headers: HTTPHeaders = id.map { ["Last-Event-ID": $0] } ?? [:]
        let request = self.request(.GET, "/v1/jobs/\(job)/events", key: self.key, headers, nil)
        return try await self.client.execute(request, deadline: .now() + .seconds(120))
    }
}
