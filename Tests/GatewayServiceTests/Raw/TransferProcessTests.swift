import APIKeys
import AsyncHTTPClient
import DrivelineTesting
import IdentityAPI
import IdentityMessages
import JobsAPI
import JobsMessages
import LocalServers
import Logging
import NIOCore
import NIOHTTP1
import ProtobufC
import RPC
import ServiceKit
import Testing
import WellKnownMessages

@Suite("Files pass through the gateway's process", .timeLimit(.minutes(5)))
struct TransferProcessTests {
    private static let fileBytes = 67_108_864
    private static let pieceBytes = 262_144

    /// Takes every key.
    private struct Keys: RPCService {
        var serviceDescriptor: ServiceDescriptor {
            ServiceDescriptor(
                name: "driveline.identity.v1.IdentityService", methods: [IdentityServiceMethods.verifyKey],
                fileDescriptorSet: IdentityDescriptors.fileDescriptorSet)
        }

        func register(in registry: inout MethodRegistry) {
            registry.addUnary(IdentityServiceMethods.verifyKey) {
                (request: VerifyKeyRequest, context: ServerContext) async throws -> VerifyKeyResponse in
                VerifyKeyResponse(
                    verdict: .valid, caller: VerifiedCaller(brandID: "brand", principal: "key"),
                    cacheableFor: ProtoDuration(seconds: 10))
            }
        }
    }

    /// Counts what is sent, and sends as much.
    private struct Files: RPCService {
        var serviceDescriptor: ServiceDescriptor {
            ServiceDescriptor(
                name: "driveline.jobs.v1.JobService",
                methods: [JobServiceMethods.sendJobInput, JobServiceMethods.readJobResult],
                fileDescriptorSet: JobsDescriptors.fileDescriptorSet)
        }

        func register(in registry: inout MethodRegistry) {
            registry.addClientStreaming(JobServiceMethods.sendJobInput) {
                (requests: RequestStream<SendJobInputRequest>, context: ServerContext) async throws -> JobStatus in
                var bytes: Int64 = 0
                for try await request in requests { bytes += Int64(request.data.count) }
                return JobStatus(inputBytes: bytes)
            }
            registry.addServerStreaming(JobServiceMethods.readJobResult) {
                (
                    request: ReadJobResultRequest, responses: ResponseWriter<ReadJobResultResponse>,
                    context: ServerContext
                ) async throws in
                let piece = ReadJobResultResponse(data: [UInt8](repeating: 120, count: TransferProcessTests.pieceBytes))
                for _ in 0..<TransferProcessTests.fileBytes / TransferProcessTests.pieceBytes {
                    try await responses.write(piece)
                }
            }
        }
    }

    private struct Everyone: Authenticator {
        func authenticate(_ credentials: PeerCredentials) async throws(RPCError) -> CallerIdentity {
            CallerIdentity(brand: "", principal: "gateway", mayActForOthers: true)
        }
    }

    /// Runs a service on a port while `body` does.
    private static func serving(_ service: any RPCService, _ body: (String) async throws -> Void) async throws {
        let server = RPCServer(
            services: [service], configuration: RPCServerConfiguration(), authenticator: Everyone(), logger: .silent)
        let running = Task { try await server.run() }
        defer { running.cancel() }
        var port: Int?
        try await until {
            port = await server.address?.port
            return port != nil
        }
        try await body("127.0.0.1:\(port ?? 0)")
    }

    /// Any text that a key can be.
    private static let key = KeyFormat.text(
        id: [UInt8](repeating: 1, count: KeyFormat.idBytes), secret: [UInt8](repeating: 2, count: KeyFormat.secretBytes)
    )

    private static func transfer(_ gateway: GatewayProcess) async throws {
        let url = "http://127.0.0.1:\(try #require(try await gateway.port(), "\(gateway.log)"))/v1/jobs/inventory-1"
        var request = HTTPClientRequest(url: url + "/input")
        request.method = .PUT
        request.headers = ["Authorization": "Bearer \(Self.key)", "Content-Type": "text/csv"]
        let piece = ByteBuffer(repeating: 97, count: Self.pieceBytes)
        let pieces = AsyncStream<ByteBuffer> { continuation in
            for _ in 0..<Self.fileBytes / Self.pieceBytes { continuation.yield(piece) }
            continuation.finish()
        }
        let before = try gateway.peakBytes()
        request.body = .stream(pieces, length: .known(Int64(Self.fileBytes)))
        let sent = try await HTTPClient.shared.execute(request, deadline: .now() + .seconds(240))
        let status = String(buffer: try await sent.body.collect(upTo: 100_000))
        #expect(sent.status == .ok && status.contains("\"inputBytes\":\(Self.fileBytes)"), "\(status)")
        request = HTTPClientRequest(url: url + "/result")
        request.headers = ["Authorization": "Bearer \(Self.key)"]
        let fetched = try await HTTPClient.shared.execute(request, deadline: .now() + .seconds(240))
        var bytes = 0
        for try await part in fetched.body { bytes += part.readableBytes }
        #expect(bytes == Self.fileBytes)
        let growth = try gateway.peakBytes() - before
        #expect(growth < 32 * 1_048_576, "the process grew by \(growth) bytes")
        print("a file of \(Self.fileBytes) bytes each way: the process grew by \(growth) bytes")
    }

    @Test("64 MiB each way leave its memory as it is")
    func memory() async throws {
        try await Self.serving(Keys()) { identity in
            try await Self.serving(Files()) { inventory in
                let gateway = try GatewayProcess(
                    [],
                    environment: [
                        "DRIVELINE_IDENTITY_ADDRESS": identity, "DRIVELINE_INVENTORY_ADDRESS": inventory,
                        "DRIVELINE_CATALOG_ADDRESS": "127.0.0.1:9", "DRIVELINE_PRICING_ADDRESS": "127.0.0.1:9",
                        "DRIVELINE_ORDER_ADDRESS": "127.0.0.1:9",
                        "DRIVELINE_CHANNEL_ADDRESS": "127.0.0.1:9",
                    ])
                do { try await Self.transfer(gateway) } catch { Issue.record(error) }
                gateway.stop()
                #expect(await gateway.exit() == .status(0), "\(gateway.log)")
            }
        }
    }
}
