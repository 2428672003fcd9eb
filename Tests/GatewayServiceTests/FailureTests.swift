import AsyncHTTPClient
import DrivelineTesting
import GatewayDomain
import HTTPServer
import InventoryAPI
import InventoryMessages
import NIOCore
import NIOHTTP1
import RPC
import RPCMessages
import Testing
import Transcoding
import Wire

@testable import GatewayService

@Suite("Faults of ours are said to be ours, and nothing more", .timeLimit(.minutes(5)))
struct FailureTests {
    @Test("A service that is gone is 503, without a word of where it is; the log says why")
    func serviceGone() async throws {
        try await GatewayHarness.with { gateway in
            await gateway.inventoryServer.stop()
            let read = try await gateway.send(.GET, "/v1/inventory/ABC1234")
            #expect(read.status == 503 && read.problem == "unavailable")
            #expect(read.header("Retry-After") == "1")
            #expect(!read.body.contains("rpc.sock") && !read.body.contains("connect"))
            let write = try await gateway.post(
                "/v1/inventory/adjust", #"{"sku": "A", "locationId": "B", "delta": 1, "reason": "found"}"#)
            #expect(write.status == 503)
            #expect(gateway.log.lines.contains { $0.hasPrefix("error ") && $0.contains("InventoryService/GetStock") })
            // The other service's endpoints go on.
            #expect(try await gateway.send(.GET, "/v1/keys").status == 200)
        }
    }

    @Test("An answer that does not come in time is 504")
    func deadline() async throws {
        try await GatewayHarness.with(.testing { $0.defaultTimeout = .zero }) { gateway in
            let answer = try await gateway.send(.GET, "/v1/locations")
            #expect(answer.status == 504 && answer.problem == "deadline-exceeded")
        }
    }

    @Test("More requests than may be under way are shed, with 503")
    func shedding() async throws {
        var limits = HTTPServerLimits()
        limits.maximumConcurrentRequests = 1
        try await GatewayHarness.with(limits: limits) { gateway in
            var request = gateway.request(.GET, "/v1/inventory-changes", key: gateway.key, [:], nil)
            request.headers.replaceOrAdd(name: "Accept", value: "text/event-stream")
            let stream = try await gateway.client.execute(request, deadline: .now() + .seconds(60))
            #expect(stream.status == .ok)
            let answer = try await gateway.send(.GET, "/v1/locations")
            #expect(answer.status == 503 && answer.problem == "overloaded", "\(answer.body)")
            #expect(answer.header("Retry-After") == "1")
            _ = stream
        }
    }
}

@Suite("What a proto file asks for and the gateway cannot do is found at its start")
struct EndpointTests {
    private static func services(_ change: (inout [MethodDescriptor]) -> Void) throws -> [PublicService] {
        var methods = InventoryServiceMethods.all
        change(&methods)
        let client = try RPCClient(RPCClientConfiguration(target: .list([])))
        return [PublicService(methods, InventoryDescriptors.fileDescriptorSet, at: client)]
    }

    private func error(_ change: (inout [MethodDescriptor]) -> Void) throws -> EndpointError? {
        let services = try Self.services(change)
        do throws(EndpointError) {
            _ = try EndpointTable(services, limits: TranscodingLimits())
            return nil
        } catch {
            return error
        }
    }

    @Test("All bound methods of the services are endpoints")
    func all() throws {
        let table = try EndpointTable(try Self.services { _ in }, limits: TranscodingLimits())
        #expect(table.endpoints.count == InventoryServiceMethods.all.flatMap(\.bindings).count)
        #expect(table.endpoints.filter { $0.form == .events }.map(\.route.template) == ["/v1/inventory-changes"])
        let writers = table.endpoints.filter(\.needsVersion).map(\.method.name).map {
            $0.split(separator: "/").last ?? ""
        }
        #expect(Set(writers) == ["PutLocation", "PutRules", "PutFeed"])
        #expect(table.endpoints.allSatisfy { ($0.form == .events) == ($0.cursors != nil) })
    }

    @Test("A method that is missing, a date that is none, a version that is not there")
    func faults() throws {
        #expect(try self.error { $0.removeFirst() }?.reason.contains("no service given has it") == true)
        #expect(try self.error { $0[0].deprecatedOn = "soon" }?.reason.contains("no date") == true)
        #expect(try self.error { $0[0].versionField = "sku" }?.reason.contains("no number sku") == true)
        #expect(try self.error { $0[0].kind = .clientStreaming }?.reason.contains("stream of requests") == true)
    }
}
