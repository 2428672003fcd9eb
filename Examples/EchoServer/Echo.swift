import EchoAPI
import EchoMessages
import ProtobufC
import RPC
import Wire

/// The echo service of `proto/driveline/echo/v1/echo.proto`.
struct Echo: EchoService {
    func echo(_ request: EchoRequest, context: ServerContext) async throws -> EchoResponse {
        if request.waitMicroseconds > 0 { try await self.wait(request.waitMicroseconds) }
        return EchoResponse(text: request.text)
    }

    func speak(_ request: EchoRequest, context: ServerContext) async throws -> EchoResponse {
        EchoResponse(text: "\(context.caller.principal) says: \(request.text)")
    }

    func expand(
        _ request: ExpandRequest, responses: ResponseWriter<EchoResponse>, context: ServerContext
    ) async throws {
        for _ in 0..<request.count { try await responses.write(EchoResponse(text: request.text)) }
    }

    func collect(_ requests: RequestStream<EchoRequest>, context: ServerContext) async throws -> CollectResponse {
        var response = CollectResponse()
        for try await request in requests {
            response.count += 1
            guard response.text.utf8.count + request.text.utf8.count <= Self.maximumJoinedBytes else {
                throw RPCError(.resourceExhausted, "the texts together exceed \(Self.maximumJoinedBytes) bytes")
            }
            response.text += request.text
        }
        return response
    }

    func chat(
        _ requests: RequestStream<EchoRequest>, responses: ResponseWriter<EchoResponse>, context: ServerContext
    ) async throws {
        for try await request in requests { try await responses.write(EchoResponse(text: request.text)) }
    }

    /// What ``collect(_:context:)`` joins at most.
    private static let maximumJoinedBytes = 2_097_152

    private func wait(_ microseconds: UInt32) async throws {
        try await Task.sleep(for: .microseconds(Int(microseconds)))
    }
}

// The same answer from the three forms of handlers, to be measured against each other.
extension Echo {
    func lookup(_ request: LookupRequest, context: ServerContext) async throws -> LookupResponse {
        if request.waitMicroseconds > 0 { try await self.wait(request.waitMicroseconds) }
        return LookupResponse(
            sku: request.sku,
            version: 7,
            levels: [
                Level(locationID: "WHS1", onHand: 40, reserved: 1),
                Level(locationID: "WHS2", onHand: 41, reserved: 2),
                Level(locationID: "WHS3", onHand: 42, reserved: 3),
            ]
        )
    }

    func lookupInline(
        _ request: borrowing View<LookupRequest>, into response: inout Builder<LookupResponse>,
        context: borrowing InlineContext
    ) throws(RPCError) {
        guard request.waitMicroseconds == 0 else {
            throw RPCError(.invalidArgument, "an inline handler cannot wait")
        }
        self.fill(&response, sku: request.sku)
    }

    func lookupBatch(_ batch: borrowing Batch<LookupRequest, LookupResponse>) {
        for index in 0..<batch.count {
            let request = batch[index]
            if request.waitMicroseconds == 0 {
                batch.respond(to: index) { self.fill(&$0, sku: batch[index].sku) }
            } else {
                self.answerLater(batch.defer(index), request.copy())
            }
        }
    }

    private func fill(_ response: inout Builder<LookupResponse>, sku: borrowing TextView) {
        response.setSku(sku)
        response.version = 7
        response.setLevels(count: 3) { index, level in
            level.setLocationID(index == 0 ? "WHS1" : index == 1 ? "WHS2" : "WHS3")
            level.onHand = 40 + Int64(index)
            level.reserved = 1 + Int64(index)
        }
    }

    private func answerLater(_ reply: Reply<LookupResponse>, _ request: LookupRequest) {
        Task {
            try? await self.wait(request.waitMicroseconds)
            reply.respond(LookupResponse(sku: request.sku, version: 7))
        }
    }
}
